"""LangChain's standard unit tests."""

from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.unit_tests import ChatModelUnitTests

from routesql.agents.model import LocalModel


class TestLocalModelUnit(ChatModelUnitTests):
    @pytest.fixture(autouse=True)
    def _folder(self, tiny_folder: Path) -> None:
        self.folder = tiny_folder

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return LocalModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": str(self.folder), "dtype": "float32"}

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False

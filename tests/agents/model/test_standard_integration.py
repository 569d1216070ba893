"""LangChain's standard integration tests, on a tiny random model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests

from routesql.agents.model import LocalModel


class TestLocalModelIntegration(ChatModelIntegrationTests):
    @pytest.fixture(autouse=True)
    def _folders(self, family_folder: Callable[[str], Path]) -> None:
        self.folder, self.other_folder = family_folder("qwen2"), family_folder("llama")

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return LocalModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": str(self.folder), "dtype": "float32", "max_tokens": 30}

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False

    @property
    def model_override_value(self) -> str:
        return str(self.other_folder)

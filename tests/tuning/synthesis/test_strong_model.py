"""A strong model by its name; what is missing is one line."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from langchain_core.messages import BaseMessage, HumanMessage

from routesql.agents.model import ScriptedModel
from routesql.tuning.synthesis import strong_model as module
from routesql.tuning.synthesis.strong_model import ask, strong_model


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "from routesql.agents.model import ScriptedModel\nmodel = ScriptedModel(['hello'])\nother = 3\n"
    (tmp_path / "mine_of_the_test.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("mine")
def test_an_object_of_a_module(said: Callable[..., str]) -> None:
    assert ask(strong_model("mine_of_the_test:model"), [HumanMessage("hi")], seed=1) == "hello"
    assert "mine_of_the_test:other is a int, not a LangChain" in said(strong_model, "mine_of_the_test:other")
    assert "mine_of_the_test has no none" in said(strong_model, "mine_of_the_test:none")
    assert "cannot import nowhere" in said(strong_model, "nowhere:model")
    assert "names no model; --model takes" in said(strong_model, "a b:c")


def test_a_package_that_is_absent(monkeypatch: pytest.MonkeyPatch, said: Callable[..., str]) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    assert "pip install langchain langchain-google-genai" in said(strong_model, "google_genai:gemini")


def test_a_key_that_is_not_set(monkeypatch: pytest.MonkeyPatch, said: Callable[..., str]) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: True)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert said(strong_model, "openai:gpt-4o") == "no API key for openai: set OPENAI_API_KEY"


def test_a_provider(monkeypatch: pytest.MonkeyPatch, said: Callable[..., str]) -> None:
    def init_chat_model(name: str, *, model_provider: str) -> ScriptedModel:
        if name == "none":
            raise ValueError("no such model\nand more")
        return ScriptedModel([f"{model_provider} {name}"])

    package = ModuleType("langchain.chat_models")
    package.init_chat_model = init_chat_model  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "langchain", ModuleType("langchain"))
    monkeypatch.setitem(sys.modules, "langchain.chat_models", package)
    monkeypatch.setattr(module, "find_spec", lambda _: True)
    assert ask(strong_model("ollama:qwen3:8b"), [HumanMessage("hi")], seed=1) == "ollama qwen3:8b"
    assert said(strong_model, "ollama:none") == "cannot use ollama:none: no such model"


def test_a_provider_that_fails(monkeypatch: pytest.MonkeyPatch, said: Callable[..., str]) -> None:
    package = ModuleType("openai")
    package.OpenAIError = type("OpenAIError", (Exception,), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "openai", package)

    def fail(_: list[BaseMessage]) -> str:
        raise package.OpenAIError("Error code: 401\n{'error': ...}")

    told = said(ask, ScriptedModel(fail), [HumanMessage("hi")], 1)
    assert told == "the model does not answer: Error code: 401; start again to go on"

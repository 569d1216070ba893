"""The strong model by its name: a local one, one behind an API, or an object of the caller's own module."""

import os
import sys
from collections.abc import Sequence
from functools import reduce
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from ...graph.asking import accepted
from ...tools.errors import ModelError

PROVIDERS = {
    "anthropic": "ANTHROPIC_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "google_genai": "GOOGLE_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistralai": "MISTRAL_API_KEY",
    "ollama": "",
    "openai": "OPENAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "together": "TOGETHER_API_KEY",
    "xai": "XAI_API_KEY",
}
"""Providers that `init_chat_model` knows, and the variable that holds the key of each."""
FAULTS = (
    ("anthropic", "AnthropicError"),
    ("google.genai.errors", "APIError"),
    ("groq", "GroqError"),
    ("httpx", "HTTPError"),
    ("ollama", "ResponseError"),
    ("openai", "OpenAIError"),
    ("requests", "RequestException"),
)
"""The base of what a provider's package raises: no key, a wrong one, no network, a limit that is reached."""
FORMS = "--model takes a Hugging Face id, a model folder, provider:name as openai:gpt-4o, or module:object"
MAX_TOKENS = 4_096
TEMPERATURE = 0.8
"""Of a local model; another keeps its own."""


def strong_model(name: str) -> BaseChatModel:
    """Raises `ModelError` for a name that names nothing, a package that is absent, a key that is not set."""
    before, colon, after = name.partition(":")
    if not colon or Path(name).exists():
        return local(name)
    if before in PROVIDERS:
        return remote(before, after)
    return imported(before, after)


def local(name: str) -> BaseChatModel:
    from ...agents.model import LocalModel  # brings torch

    return LocalModel(model=name, max_tokens=MAX_TOKENS, temperature=TEMPERATURE)


def remote(provider: str, name: str) -> BaseChatModel:
    """Through LangChain's `init_chat_model`."""
    key = PROVIDERS[provider]
    if find_spec("langchain") is None:
        packages = f"langchain langchain-{provider.replace('_', '-')}"
        raise ModelError(f"langchain is not installed, which {provider} needs; run: pip install {packages}")
    if key and not os.environ.get(key):
        raise ModelError(f"no API key for {provider}: set {key}")
    expected: tuple[type[Exception], ...] = (ImportError, ValueError, *faults())
    try:
        made = import_module("langchain.chat_models").init_chat_model(name, model_provider=provider)
    except expected as error:
        raise ModelError(f"cannot use {provider}:{name}: {one_line(error)}") from None
    return checked(made, f"{provider}:{name}")


def imported(module: str, path: str) -> BaseChatModel:
    """An object of a module that Python finds."""
    name = f"{module}:{path}"
    if not all(part.isidentifier() for part in [*module.split("."), *path.split(".")]):
        raise ModelError(f"{name!r} names no model; {FORMS}")
    try:
        theirs: Any = import_module(module)
    except ImportError as error:
        raise ModelError(f"cannot import {module}: {one_line(error)}; {FORMS}") from None
    try:
        found = reduce(getattr, path.split("."), theirs)
    except AttributeError:
        raise ModelError(f"{module} has no {path}; {FORMS}") from None
    return checked(found, name)


def checked(found: Any, name: str) -> BaseChatModel:
    if isinstance(found, BaseChatModel):
        return found
    raise ModelError(f"{name} is a {type(found).__name__}, not a LangChain chat model")


def ask(model: BaseChatModel, messages: Sequence[BaseMessage], seed: int) -> str:
    """The reply's text. seed: for a model that takes one. Raises `ModelError` where the provider fails."""
    expected: tuple[type[Exception], ...] = (OSError, *faults())
    try:
        return str(model.bind(**accepted({"seed": seed}, model)).invoke(list(messages)).text)
    except expected as error:
        raise ModelError(f"the model does not answer: {one_line(error)}; start again to go on") from None


def faults() -> tuple[type[Exception], ...]:
    """Of the packages that are in use."""
    known = [(sys.modules.get(module), name) for module, name in FAULTS]
    return tuple(getattr(module, name) for module, name in known if hasattr(module, name))


def one_line(error: Exception) -> str:
    """The first line: a provider's own message may be a page."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]

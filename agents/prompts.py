"""Prompts from templates: the schema first, the question next, the role last.

So the text up to the schema is the same for every question on a database, and the text up to the question is
the same for every role: a model computes the shared beginning once. Text from outside (question, hint, cells,
errors) can neither close or forge a `/* header */` nor a turn of the chat.
"""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from .task import Task

_DIALECTS = {"sqlite": "SQLite", "duckdb": "DuckDB", "postgres": "PostgreSQL", "mysql": "MySQL"}

# Control tokens of the chat formats in use: ChatML, Llama, Mistral, Gemma, Phi, DeepSeek.
_CONTROL = re.compile(
    r"<(?=[|｜])"
    r"|<(?=/?(?:s|bos|eos|pad|unk|mask|think|tool_call|tool_response|start_of_turn|end_of_turn)>)"
    r"|<(?=</?SYS>>)"
    r"|\[(?=/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT)\])"
)


def messages(role: str, task: Task) -> list[BaseMessage]:
    """The prompt of the role whose template has this name."""
    template = _TEMPLATES.get_template(f"{role}.jinja")
    return [
        SystemMessage(f"You are a helpful {dialect(task.dialect)} assistant."),
        HumanMessage(template.render(task=task, dialect=dialect(task.dialect)).strip()),
    ]


def dialect(name: str) -> str:
    """The name of an SQL dialect as people write it."""
    return _DIALECTS.get(name, name)


def unforgeable(text: str) -> str:
    """The text with a space inside every control token of a chat format."""
    return _CONTROL.sub(r"\g<0> ", text)


def fenced(text: str) -> str:
    """SQL or the like: no control token, no comment to open or close."""
    return unforgeable(text).replace("/*", "/ *").replace("*/", "* /").strip()


def line(text: str) -> str:
    """Fenced, and on one line."""
    return " ".join(fenced(text).split())


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,
)
_TEMPLATES.filters.update(unforgeable=unforgeable, fenced=fenced, line=line)

"""Text-to-SQL: one query that answers the question."""

from langchain_core.messages import BaseMessage

from . import prompts, sqltext
from .task import Task

name = "generator"


def prompt(task: Task) -> list[BaseMessage]:
    return prompts.messages(name, task)


def target(value: str) -> str:
    return value


def parse(completion: str) -> str:
    """One SQL statement; "" if the completion holds none."""
    return sqltext.statement(completion)

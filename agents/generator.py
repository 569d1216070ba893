"""Text-to-SQL: one query that answers the question."""

from langchain_core.messages import BaseMessage

from ..tools.grammar import grammar as select
from . import prompts, sqltext
from .task import Task

name = "generator"


def prompt(task: Task) -> list[BaseMessage]:
    return prompts.messages(name, task)


def grammar(task: Task) -> str:
    """What a completion can be, where the model takes a grammar: one SELECT over the schema."""
    return select(task.schema, task.dialect)


def target(value: str) -> str:
    return value


def parse(completion: str) -> str:
    """One SQL statement; "" if the completion holds none."""
    return sqltext.statement(completion)

"""Continuation writing: the rest of an unfinished SQL."""

from langchain_core.messages import BaseMessage

from ..tools.grammar import grammar as select
from . import prompts, sqltext
from .task import Task

name = "continuer"


def prompt(task: Task) -> list[BaseMessage]:
    return prompts.messages(name, task)


def grammar(task: Task) -> str:
    """As the prompt asks for it: the whole SQL."""
    return select(task.schema, task.dialect)


def target(value: str) -> str:
    return value


def parse(completion: str, prefix: str = "SELECT") -> str:
    """The whole SQL, written anew or going on from the prefix of the task; "" if there is none."""
    anew = sqltext.statement(completion)
    if _plain(anew).startswith(_plain(prefix)):
        return anew
    rest = sqltext.unwrapped(completion)
    if not rest:
        return ""
    joined = sqltext.statement(_joined(prefix, rest))
    if sqltext.parses(joined):
        return joined
    return anew if sqltext.parses(anew) or sqltext.begins(rest) else joined


def _plain(sql: str) -> str:
    return "".join(sql.lower().split())


def _joined(prefix: str, rest: str) -> str:
    prefix, rest = prefix.rstrip(), rest.lstrip()
    return prefix + rest if prefix.endswith((".", "(")) else f"{prefix} {rest}"

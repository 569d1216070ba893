"""Noise correction: is this SQL right, and if not, what is?"""

import re

from langchain_core.messages import BaseMessage

from ..tools.grammar import grammar as select
from . import prompts, sqltext
from .task import Task

name = "corrector"

_CORRECT = "The SQL is correct."
_VERDICT = re.compile(
    r"(?<!not )(?<!n't )\b(?:is|are|looks|seems|appears)\s+(?:\w+\s+){0,3}?(?<!not )correct\b"
    r"|\bcorrectly\s+(?:answers|returns|retrieves)\b"
    r"|\b(?:no|without)\s+(?:\w+\s+){0,2}?(?:changes?|corrections?|errors?|issues?)\b"
    r"|\A\W*(?:correct|yes|ok)\b(?!\s+(?:sql|query)\b)",
    re.IGNORECASE,
)


def prompt(task: Task) -> list[BaseMessage]:
    return prompts.messages(name, task)


def grammar(task: Task) -> str:
    """One SELECT over the schema, or the verdict."""
    return select(task.schema, task.dialect, _CORRECT)


def target(value: str | None) -> str:
    return _CORRECT if value is None else value


def parse(completion: str) -> str | None:
    """The corrected SQL; None if the completion calls the SQL correct, "" if it says neither."""
    if _VERDICT.search(sqltext.preamble(completion)):
        return None
    return sqltext.statement(completion)

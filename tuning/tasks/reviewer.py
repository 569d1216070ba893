"""The question of an SQL: what the weighed vote asks how likely it is. Not one of ROUTE's four tasks."""

from collections.abc import Iterator
from dataclasses import replace

from .line import Line, line
from .question import Question


def examples(question: Question) -> Iterator[Line]:
    about = replace(question.task, sql=question.gold)
    yield line(question, "reviewer", about, question.task.question, "gold")

"""Schema linking: the tables and columns that the gold SQL reads, from its syntax tree."""

from collections.abc import Iterator

from .line import Line, line
from .question import Question


def examples(question: Question) -> Iterator[Line]:
    yield line(question, "linker", question.task, question.links, "gold")

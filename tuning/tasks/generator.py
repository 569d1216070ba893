"""Text-to-SQL: the question alone, and for some questions with links, as a linker would have left them."""

from collections.abc import Iterator

from .line import Line, line
from .question import Question


def examples(question: Question) -> Iterator[Line]:
    yield line(question, "generator", question.task, question.gold, "gold")
    if linked := question.linked:
        yield line(question, "generator", linked, question.gold, "linked", "linked")

"""Noise correction: a wrong SQL to mend, the model's own or a mutation; and right ones, to be called so."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from ..mutations import Mutant
from ..mutations.verified import mutant
from .line import Line, line
from .question import Question
from .samples import Sample

WRONG = 1 / 2
"""Of the questions, those with an example whose SQL is wrong; all have one whose SQL is right.

A tuned model's SQL is right more often than not: were most of what it is shown wrong, it would learn to
correct what is right.
"""


def examples(question: Question, used: Counter[str]) -> Iterator[Line]:
    """used: how often each class of mutation was taken so far; the rarest goes first. It is counted on."""
    task = question.linked or question.task
    random = question.random("correct")
    if random.random() < WRONG and (wrong := sampled(question) or mutant(question, used)):
        noisy = replace(task, sql=wrong.sql, error=wrong.error, doubts=wrong.doubts)
        yield line(question, "corrector", noisy, question.gold, wrong.kind)
    right = [one for one in question.samples if one.correct]
    one = random.choice(right) if right else gold(question)
    called = replace(task, sql=one.sql, error=one.error, doubts=one.doubts)
    yield line(question, "corrector", called, None, "correct", "correct")


def gold(question: Question) -> Sample:
    return Sample(question.gold, True, *question.said(question.gold, question.outcome))


def sampled(question: Question) -> Mutant | None:
    """One of the model's own wrong answers, if there are any."""
    wrong = [one for one in question.samples if not one.correct and one.sql.strip()]
    if not wrong:
        return None
    one = question.random("sample").choice(wrong)
    return Mutant("sample", one.sql, one.error, one.doubts)

"""Noise correction: a wrong SQL to mend, the model's own or a mutation; and right ones, to be called so."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from ..mutations import Mutant
from ..mutations.verified import mutant
from .line import Line, line
from .question import Question
from .samples import Sample

CORRECT = 1 / 3
"""Of the questions, those with an example whose SQL is correct."""


def examples(question: Question, used: Counter[str]) -> Iterator[Line]:
    """used: how often each class of mutation was taken so far; the rarest goes first. It is counted on."""
    task = question.linked or question.task
    if wrong := sampled(question) or mutant(question, used):
        noisy = replace(task, sql=wrong.sql, error=wrong.error, doubts=wrong.doubts)
        yield line(question, "corrector", noisy, question.gold, wrong.kind)
    random = question.random("correct")
    if random.random() < CORRECT:
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

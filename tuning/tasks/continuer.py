"""Continuation writing: the gold SQL from a beginning of it.

The live graph gives `SELECT` alone, so a third of the questions do. The rest are cut where a clause begins or
between any two tokens; a wrong answer of the model's own is cut where it leaves the gold SQL.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

from ...agents.task import Task
from ..wording import Tokens, tokens
from .line import Line, line
from .question import Question

ALONE = 1 / 3
CLAUSES = frozenset(
    "FROM JOIN WHERE GROUP_BY HAVING ORDER_BY LIMIT UNION INTERSECT EXCEPT AND OR ON".split()  # noqa: SIM905
)


def examples(question: Question) -> Iterator[Line]:
    task = question.linked or question.task
    prefix, kind = sampled(question) or cut(question)
    yield line(question, "continuer", replace(task, prefix=prefix), question.gold, f"prefix:{kind}")


def cut(question: Question) -> tuple[str, str]:
    """The gold SQL up to a seeded place, and what place that is."""
    random = question.random("cut")
    found = tokens(question.gold)
    alone = random.random() < ALONE
    if alone or len(found) < 3:
        return Task.prefix, "select"
    clauses = [at for at in range(2, len(found)) if found[at].token_type.name in CLAUSES]
    if clauses and random.random() < 0.5:
        return before(question.gold, found, random.choice(clauses)), "clause"
    return before(question.gold, found, random.randrange(1, len(found))), "token"


def sampled(question: Question) -> tuple[str, str] | None:
    """The longest beginning that the gold SQL shares with one of the model's wrong answers."""
    found = tokens(question.gold)
    shared = [
        common(found, tokens(sample.sql)) for sample in question.samples if not sample.correct and sample.sql
    ]
    longest = max((length for length in shared if length < len(found)), default=0)
    return (before(question.gold, found, longest), "sample") if longest else None


def common(gold: Tokens, sql: Tokens) -> int:
    pairs = zip(gold, sql, strict=False)
    return len(list(takewhile(lambda pair: pair[0].text.lower() == pair[1].text.lower(), pairs)))


def before(sql: str, found: Tokens, at: int) -> str:
    return sql[: found[at].start].rstrip()

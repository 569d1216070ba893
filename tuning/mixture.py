"""The mixture of the four tasks: every question's examples, made in worker processes, in a fixed order.

What is made depends on the corpus, the samples and the seed alone, not on the number of workers; only an SQL
that takes about as long as it may can fail on a busy machine. Examples of one database follow each other, and
of one question: their prompts begin alike.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from ..graph.policy import Policy
from ..tools.database import Database
from ..tools.errors import DatabaseError
from .corpora.spider import OTHERS, VALIDATION
from .evaluation.workers import Lost, each
from .noise_filter import LeftOut, Pair, admitted, left_out
from .tasks import continuer, corrector, generator, linker
from .tasks.line import Line
from .tasks.question import Question
from .tasks.samples import Sample

BATCH = 50
"""Questions of one database that a worker is given at once; classes of mutations are balanced within them."""
HELD_OUT = 0.1
"""Of the databases, where the corpus is not Spider, whose own are known."""


@dataclass(frozen=True)
class Batch:
    """Questions of one database."""

    pairs: tuple[Pair, ...]
    samples: Mapping[str, tuple[Sample, ...]]
    cache: Path
    """For the schemas and values of databases, shared by the workers."""
    seed: int

    @property
    def database(self) -> str:
        return self.pairs[0].example.database


@dataclass(frozen=True)
class Made:
    lines: tuple[Line, ...]
    left_out: tuple[LeftOut, ...]


def held_out(databases: set[str], seed: int) -> set[str]:
    """The databases of validation: Spider's own, else a seeded tenth, each by its own name alone.

    So a database that is held out of one kind of data is held out of any other.
    """
    if known := databases & (VALIDATION | OTHERS):
        return known - OTHERS
    drawn = {name: random.Random(f"{seed} {name}").random() for name in databases}
    fewest = min(drawn.values()) if len(databases) > 1 else 0.0
    return {name for name, draw in drawn.items() if draw < HELD_OUT or draw == fewest}


def batches(
    pairs: Sequence[Pair], samples: Mapping[str, tuple[Sample, ...]], cache: Path, seed: int
) -> list[Batch]:
    """By database, within it in the corpus's order."""
    ordered = sorted(pairs, key=database_of)
    groups = [tuple(group) for _, group in groupby(ordered, key=database_of)]
    parts = [group[start : start + BATCH] for group in groups for start in range(0, len(group), BATCH)]
    return [
        Batch(part, {pair.id: samples[pair.id] for pair in part if pair.id in samples}, cache, seed)
        for part in parts
    ]


def database_of(pair: Pair) -> str:
    return pair.example.database


def mixture(given: Sequence[Batch], workers: int | None = None) -> Iterator[tuple[Batch, Made]]:
    """Each batch and what is made of it, in their order."""
    ready: dict[int, Made] = {}
    following = 0
    for index, made in each(make, given, patience, workers):
        ready[index] = one_by_one(given[index]) if isinstance(made, Lost) else made
        while following in ready:
            yield given[following], ready.pop(following)
            following += 1


def patience(batch: Batch) -> float:
    """Seconds before a worker is killed: SQLite keeps to its deadline unless a function overruns."""
    return 90 + 5 * len(batch.pairs)


def one_by_one(batch: Batch) -> Made:
    """After a worker died over them: the question that it died over is left out."""
    singles = [Batch((pair,), batch.samples, batch.cache, batch.seed) for pair in batch.pairs]
    lines: list[Line] = []
    left: list[LeftOut] = []
    found = dict(each(make, singles, patience, workers=1))
    for index, single in enumerate(singles):
        match found[index]:
            case Lost(reason=reason):
                left.append(left_out(single.pairs[0], "lost", f"its worker was stopped: {reason}"))
            case made:
                lines += made.lines
                left += made.left_out
    return Made(tuple(lines), tuple(left))


def make(batch: Batch) -> Made:
    """In a worker."""
    lines: list[Line] = []
    left: list[LeftOut] = []
    used: Counter[str] = Counter()
    try:
        database = opened(batch.pairs[0].file, batch.cache)
        for pair in batch.pairs:
            found = admitted(pair, database, Policy(), batch.samples.get(pair.id, ()), batch.seed)
            if isinstance(found, LeftOut):
                left.append(found)
            else:
                lines += examples(found, used)
    except DatabaseError as error:
        return Made((), tuple(left_out(pair, "database", str(error)) for pair in batch.pairs))
    return Made(tuple(lines), tuple(left))


@lru_cache(maxsize=1)
def opened(file: Path, cache: Path) -> Database:
    return Database.open(file, cache=cache)


def examples(question: Question, used: Counter[str]) -> Iterator[Line]:
    """Of all four tasks."""
    yield from generator.examples(question)
    yield from linker.examples(question)
    yield from corrector.examples(question, used)
    yield from continuer.examples(question)

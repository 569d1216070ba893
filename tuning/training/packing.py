"""Which examples share a row, and which rows share an optimizer step."""

import random
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .data import Example, cost
from .tree import common_prefix


class Pack(NamedTuple):
    examples: tuple[int, ...]
    """Indices of examples of one database."""
    tokens: int
    """The row's length."""


Step = tuple[Pack, ...]


def plan(
    examples: Sequence[Example], budget: int, per_step: int, epochs: int, seed: int, *, share: bool
) -> list[Step]:
    """Every step of the training, the same for the same seed: a resumed run only needs the step's number."""
    steps: list[Step] = []
    for epoch in range(epochs):
        rows = packs(examples, budget, seed=seed + epoch, share=share)
        random.Random(f"{seed} {epoch}").shuffle(rows)
        steps += [tuple(rows[start : start + per_step]) for start in range(0, len(rows), per_step)]
    return steps


def packs(examples: Sequence[Example], budget: int, *, seed: int, share: bool) -> list[Pack]:
    """Rows of at most `budget` tokens, each of one database; each row repeats its database's trunk.

    A question's examples stay together, and questions are shuffled: sorted ones would begin alike. No example
    may be longer than the budget.
    """
    found = []
    for database in _databases(examples, seed):
        tree = _Tree(share)
        for index in database:
            if tree.members and tree.tokens + tree.added(examples[index]) > budget:
                found.append(tree.pack())
                tree = _Tree(share)
            tree.add(index, examples[index])
        found.append(tree.pack())
    return found


def _databases(examples: Sequence[Example], seed: int) -> Iterator[list[int]]:
    questions: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, example in enumerate(examples):
        questions[example.database][example.question].append(index)
    generator = random.Random(seed)
    for database in sorted(questions):
        groups = list(questions[database].values())
        generator.shuffle(groups)
        yield [index for group in groups for index in group]


class _Tree:
    """Counts a row's tokens while it fills."""

    def __init__(self, share: bool) -> None:
        self.share = share
        self.members: list[int] = []
        self.tokens = 0
        self._prompts: list[array[int]] = []

    def added(self, example: Example) -> int:
        """Tokens that the row would grow by: what it shares most with stands beside it in sorted order."""
        shared = 0
        if self.share:
            place = bisect_left(self._prompts, example.prompt)
            neighbours = self._prompts[max(0, place - 1) : place + 1]
            shared = max((common_prefix(example.prompt, other) for other in neighbours), default=0)
        return len(example.prompt) - shared + sum(map(cost, example.completions))

    def add(self, index: int, example: Example) -> None:
        self.tokens += self.added(example)
        self.members.append(index)
        self._prompts.insert(bisect_left(self._prompts, example.prompt), example.prompt)

    def pack(self) -> Pack:
        return Pack(tuple(self.members), self.tokens)

"""Which pairs of question and gold SQL are fit to learn from; the others are listed with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..agents import generator
from ..agents.links import links_of
from ..graph.policy import Policy
from ..tools.database import Database
from ..tools.errors import QuestionError
from ..tools.executor import execute
from .corpora.example import Corpus, Example, Rule
from .tasks.question import Question, live_task
from .tasks.samples import Sample
from .wording import plain


@dataclass(frozen=True)
class Pair:
    """An example of a corpus and where its database is."""

    id: str
    """Unique among the corpora of a mixture: `spider-train-12`."""
    example: Example
    rule: Rule
    file: Path


@dataclass(frozen=True)
class LeftOut:
    id: str
    database: str
    question: str
    gold: str
    reason: str
    """`duplicate`, `rejected`, `no_query`, `pruned`, `question`, `database`, `lost`, `unscored`, or the kind
    of the gold's outcome."""
    message: str


def pairs(corpora: Sequence[Corpus]) -> list[Pair]:
    return [
        Pair(
            f"{corpus.name}-{corpus.split}-{example.id}",
            example,
            corpus.rule,
            corpus.databases[example.database],
        )
        for corpus in corpora
        for example in corpus.examples
    ]


def left_out(pair: Pair, reason: str, message: str) -> LeftOut:
    example = pair.example
    return LeftOut(pair.id, example.database, example.question, example.gold, reason, message)


def without_duplicates(given: Sequence[Pair]) -> tuple[list[Pair], list[LeftOut]]:
    """The first of those with the same database, question and gold SQL."""
    first: dict[tuple[str, str, str], Pair] = {}
    repeated = []
    for pair in given:
        example = pair.example
        key = (example.database, " ".join(example.question.lower().split()), plain(example.gold))
        if (known := first.setdefault(key, pair)) is not pair:
            repeated.append(left_out(pair, "duplicate", f"the same as {known.id}"))
    return list(first.values()), repeated


def admitted(
    pair: Pair, database: Database, policy: Policy, samples: tuple[Sample, ...], seed: int
) -> Question | LeftOut:
    """The question if its gold SQL is one query that a prompt's schema has all names of, and that runs."""
    gold = plain(pair.example.gold)
    if generator.parse(gold) != gold:
        return left_out(pair, "no_query", "the gold SQL is not one query")
    try:
        task = live_task(pair.example, database, policy)
    except QuestionError as error:
        return left_out(pair, "question", str(error))
    if links_of(gold, task.schema) != links_of(gold, database.schema):
        return left_out(pair, "pruned", "the gold SQL reads what the pruned schema no longer shows")
    outcome = execute(database, gold, limits=policy.limits, written=policy.dialect)
    if not outcome.ok:
        return left_out(pair, outcome.kind, outcome.message)
    return Question(pair.id, pair.example, pair.rule, pair.file, database, task, gold, outcome, samples, seed)

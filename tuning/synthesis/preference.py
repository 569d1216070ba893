"""Preference pairs from a model's own right and wrong SQL: what SENSE's preference stage learns from.

The prompt is the generator's, as a tuned model sees it live. Errors are as frequent as the model makes them.
Source: SENSE (arXiv 2408.03256).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...agents import generator
from ...graph.policy import Policy
from ...tools.errors import DatabaseError
from ...tools.executor import execute
from ..evaluation.workers import Lost, each
from ..mixture import Batch, opened, patience
from ..noise_filter import LeftOut, Pair, admitted, left_out
from ..tasks.question import Question
from ..tasks.samples import Sample
from .error_class import difference


@dataclass(frozen=True)
class Preference:
    """One line of the JSONL files."""

    id: str
    """The question's id and a number: `spider-train-12/preference-0`."""
    database: str
    system: str
    user: str
    chosen: str
    rejected: str
    kind: str
    """Whose the chosen SQL is, and the rejected one's class of error: `sample:unknown_name`, `gold:where`."""

    @property
    def error_class(self) -> str:
        return self.kind.partition(":")[2]


@dataclass(frozen=True)
class Made:
    preferences: tuple[tuple[Preference, ...], ...]
    """Of each question, the SQLs that the model gave most often first."""
    left_out: tuple[LeftOut, ...]


def preferences(batches: Sequence[Batch], workers: int | None = None) -> Iterator[tuple[int, Made]]:
    """(index, all pairs of this batch), as they are made in worker processes."""
    for index, made in each(make, batches, patience_of, workers):
        yield index, one_by_one(batches[index]) if isinstance(made, Lost) else made


def patience_of(batch: Batch) -> float:
    """Seconds before a worker is killed."""
    return patience(batch) + Policy().limits.seconds * sum(map(len, batch.samples.values()))


def one_by_one(batch: Batch) -> Made:
    """After a worker died over them: the question that it died over is left out."""
    found: list[tuple[Preference, ...]] = []
    left: list[LeftOut] = []
    singles = [replace(batch, pairs=(pair,)) for pair in batch.pairs]
    for index, made in each(make, singles, patience_of, workers=1):
        if isinstance(made, Lost):
            left.append(left_out(singles[index].pairs[0], "lost", f"its worker was stopped: {made.reason}"))
        else:
            found += made.preferences
            left += made.left_out
    return Made(tuple(found), tuple(left))


def make(batch: Batch) -> Made:
    """In a worker."""
    found: list[tuple[Preference, ...]] = []
    left: list[LeftOut] = []
    try:
        database = opened(batch.pairs[0].file, batch.cache)
        for pair in batch.pairs:
            samples = batch.samples[pair.id]
            question = admitted(pair, database, Policy(), samples, batch.seed)
            made = question if isinstance(question, LeftOut) else of_question(question, pair)
            if isinstance(made, LeftOut):
                left.append(made)
            else:
                found.append(made)
    except DatabaseError as error:
        return Made((), tuple(left_out(pair, "database", str(error)) for pair in batch.pairs))
    return Made(tuple(found), tuple(left))


def of_question(question: Question, pair: Pair) -> tuple[Preference, ...] | LeftOut:
    """A pair for each wrong SQL. The right ones take turns; where there are none, the gold SQL stands in."""
    key = Policy().key
    wrong = [one for one in question.samples if not one.correct and one.sql.strip()]
    if not wrong:
        return left_out(pair, "no_wrong_sample", "the model answers it right each time")
    right = chosen(question)
    whose, good = ("sample", right) if right else ("gold", [question.gold])
    question.random("preference").shuffle(good)
    system, user = (message.text for message in generator.prompt(question.task))
    return tuple(
        Preference(
            f"{question.id}/preference-{number}",
            question.example.database,
            system,
            user,
            generator.target(good[number % len(good)]),
            generator.target(one.sql),
            f"{whose}:{error_class(question, one)}",
        )
        for number, one in enumerate(wrong)
        if key(one.sql) != key(good[number % len(good)])
    )


def chosen(question: Question) -> list[str]:
    """The right SQLs that the executor has nothing to say of: an empty result is right by accident."""
    right = [one for one in question.samples if one.correct and one.sql.strip()]
    return [one.sql for one in right if not one.error and not one.doubts]


def error_class(question: Question, sample: Sample) -> str:
    """The kind of its outcome; of one that ran, the first clause that differs from the gold SQL's."""
    outcome = execute(question.database, sample.sql, limits=Policy().limits, written=Policy().dialect)
    if not outcome.ok:
        return outcome.kind
    return difference(sample.sql, question.gold, question.file)

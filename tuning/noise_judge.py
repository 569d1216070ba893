"""The judge of the noise filter: which gold SQL do a model's samples, and then its corrector, speak against?

A gold SQL is suspect if no sample of its question is right and more than half return the same rows. It is
rejected if the corrector, shown it as any SQL under review, writes one that returns those rows, too. Neither
the order of rows nor a result that is cut is evidence.
Source: ROUTE's noise filter has a strong model as its judge; evidence by execution is ours.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from ..agents import corrector
from ..agents.task import Task
from ..graph.asking import accepted
from ..graph.policy import Policy
from ..tools.database import Database
from ..tools.errors import DatabaseError, QuestionError, SetupError
from ..tools.executor import execute
from ..tools.outcome import Outcome
from .corpora.example import Example
from .evaluation.evaluate import Asked, answered
from .evaluation.workers import Lost, each
from .mixture import Batch, opened
from .noise_filter import LeftOut, Pair, admitted, left_out
from .synthesis.lines import read_lines
from .synthesis.preference import patience_of
from .synthesis.sampling import named, opened_in
from .tasks.question import Question, live_task, said_of


@dataclass(frozen=True)
class Judgement:
    """One line of `judged.jsonl`."""

    id: str
    database: str
    question: str
    gold: str
    alternative: str
    """The first of the samples whose rows most agree on."""
    votes: int
    """Samples that return those rows, of so many."""
    of: int
    reply: str | None = ""
    """The corrector's SQL; None if it calls the gold SQL correct, empty if it says neither."""
    rejected: bool = False


FEWEST = 3
"""Votes: one wrong sample is no majority."""
KEYS = tuple(Judgement.__dataclass_fields__)


def suspects(batches: Sequence[Batch], workers: int | None = None) -> Iterator[tuple[int, list[Judgement]]]:
    """(index, those of this batch), as they are found in worker processes."""
    for index, found in each(suspects_of, batches, patience_of, workers):
        yield index, one_by_one(batches[index]) if isinstance(found, Lost) else found


def one_by_one(batch: Batch) -> list[Judgement]:
    """After a worker died over them: the question that it died over is no suspect."""
    singles = [replace(batch, pairs=(pair,)) for pair in batch.pairs]
    found = each(suspects_of, singles, patience_of, workers=1)
    return [one for _, of in found if not isinstance(of, Lost) for one in of]


def suspects_of(batch: Batch) -> list[Judgement]:
    """In a worker."""
    try:
        database = opened(batch.pairs[0].file, batch.cache)
        asked = [
            admitted(pair, database, Policy(), batch.samples[pair.id], batch.seed) for pair in batch.pairs
        ]
    except DatabaseError:
        return []
    found = [suspect(question) for question in asked if isinstance(question, Question)]
    return [one for one in found if one]


def suspect(question: Question) -> Judgement | None:
    if any(one.correct for one in question.samples):
        return None
    votes: Counter[str] = Counter()
    first: dict[str, str] = {}
    gold = rows_in(question.outcome)
    for one in question.samples:
        if (rows := rows_of(question.database, one.sql)) not in ("", gold):
            votes[rows] += one.count
            first.setdefault(rows, one.sql)
    of = sum(one.count for one in question.samples)
    for rows, count in votes.most_common(1):
        if count >= FEWEST and 2 * count > of:
            example = question.example
            asked = question.id, example.database, example.question, question.gold
            return Judgement(*asked, first[rows], count, of)
    return None


def rows_of(database: Database, sql: str) -> str:
    return rows_in(execute(database, sql, limits=Policy().limits, written=Policy().dialect))


def rows_in(outcome: Outcome) -> str:
    """Equal for the same rows, in whatever order; empty if there are none, or not all."""
    return "\n".join(sorted(map(repr, outcome.rows))) if outcome.ok and not outcome.truncated else ""


def judged(given: Sequence[tuple[Pair, Judgement]], model: BaseChatModel, cache: Path) -> Iterator[Judgement]:
    """Ask the corrector about each suspect, many at once; as they come."""
    of = {pair.id: (pair, one) for pair, one in given}
    few_shot = not getattr(model, "tuned", False)
    options = accepted({"temperature": 0.0, "max_tokens": Policy().max_tokens}, model)
    with ExitStack() as stack:
        databases = opened_in(stack, [pair for pair, _ in given], cache)

        def ask(one: tuple[Example, int]) -> Asked:
            example, _ = one
            try:
                task = under_review(example, of[example.id][1].gold, databases[example.database])
                reply = model.bind(**options).invoke(corrector.prompt(replace(task, few_shot=few_shot)))
            except QuestionError:  # longer than the model allows
                return Asked(example, "")
            return Asked(example, str(reply.text))

        for said in answered(ask, [(named(pair), 0) for pair, _ in given]):
            pair, one = of[said.example.id]
            reply, database = corrector.parse(said.sql), databases[pair.example.database]
            rows = rows_of(database, one.alternative)
            agrees = bool(reply and rows) and rows_of(database, str(reply)) == rows
            yield replace(one, reply=reply, rejected=agrees)


def under_review(example: Example, sql: str, database: Database) -> Task:
    """As the live corrector gets it. Raises `QuestionError`."""
    policy = Policy()
    task = live_task(example, database, policy)
    outcome = execute(database, sql, limits=policy.limits, written=policy.dialect)
    error, doubts = said_of(sql, outcome, database)
    return replace(task, sql=sql, error=error, doubts=doubts)


def without_rejected(given: Sequence[Pair], path: Path) -> tuple[list[Pair], list[LeftOut]]:
    """path: `judged.jsonl`. Raises `SetupError` for another file, or one of other questions."""
    if not path.is_file():
        raise SetupError(f"no file {path}; `routesql tune judge` makes it")
    judged = {line["id"]: line for line in read_lines(path, KEYS)}
    known = [pair for pair in given if pair.id in judged]
    if given and judged and not known:
        raise SetupError(f"{path} judges {min(judged)}, but no question here, as {given[0].id}")
    if other := [pair.id for pair in known if judged[pair.id]["question"] != pair.example.question]:
        raise SetupError(f"{path} judges another {other[0]} than the one here; is it of other data?")
    rejected = {name: line for name, line in judged.items() if line["rejected"]}
    left = [
        left_out(pair, "rejected", f"{line['votes']} of {line['of']} samples agree on: {line['alternative']}")
        for pair in given
        if (line := rejected.get(pair.id))
    ]
    return [pair for pair in given if pair.id not in rejected], left

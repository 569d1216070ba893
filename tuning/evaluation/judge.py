"""The verdict on one prediction: its rows against the gold SQL's, on real files, read-only and in time."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Literal

from ...tools.engines.engine import Cursor
from ...tools.engines.sqlite import SQLite
from ...tools.errors import DatabaseError
from ...tools.outcome import Limits
from ..corpora.example import Rule
from .execution import Row, order_matters, prepared, spider_equal

Score = Literal["right", "wrong", "unscored"]
MAX_GOLD_ROWS = 1_000_000
FETCHED = 100
MAX_SQL = 100_000
"""Characters; SQLite itself gives up at a million, after a long look."""


@dataclass(frozen=True)
class Question:
    """What there is to judge. databases: one file, or all of a test suite's."""

    rule: Rule
    gold: str
    predicted: str
    databases: tuple[Path, ...]
    seconds: float = 30.0
    """For each statement."""


@dataclass(frozen=True)
class Verdict:
    score: Score
    kind: str = ""
    """Empty if the prediction ran; else `empty`, `too_long` or the kind of the `Outcome` that stopped it.
    Of an unscored item: what went wrong with the gold SQL or the database."""
    message: str = ""


class GoldError(Exception):
    """The item cannot be scored."""


class PredictionError(Exception):
    """kind, message."""


def judge(question: Question) -> Verdict:
    """Right on every database, or wrong."""
    if not question.predicted.strip():
        return Verdict("wrong", "empty", "no SQL was predicted")
    if len(question.predicted) > MAX_SQL:
        return Verdict("wrong", "too_long", f"{len(question.predicted):,} characters")
    try:
        same = all(_same(question, path) for path in question.databases)
    except GoldError as error:
        return Verdict("unscored", "gold", str(error))
    except PredictionError as error:
        return Verdict("wrong", *error.args)
    return Verdict("right" if same else "wrong")


def gold_rows(question: Question, path: Path) -> list[Row]:
    """Raises `GoldError`."""
    if not question.gold.strip():
        raise GoldError("there is no gold SQL")
    gold = prepared(question.gold) if question.rule == "spider" else question.gold
    try:
        with rows(path, gold, question.seconds) as found:
            fetched = _up_to(found, MAX_GOLD_ROWS)
    except (PredictionError, DatabaseError) as error:
        raise GoldError(f"{path.name}: {error.args[-1]}") from None
    if len(fetched) > MAX_GOLD_ROWS:
        raise GoldError(f"the gold SQL returns more than {MAX_GOLD_ROWS:,} rows")
    return fetched


@contextmanager
def rows(path: Path, sql: str, seconds: float) -> Iterator[Iterator[Row]]:
    """A statement's rows as SQLite stores them, one by one. Raises `PredictionError`."""
    with _connected(path, sql) as run, run(seconds) as cursor:
        yield chain.from_iterable(_chunks(cursor))


@contextmanager
def _connected(path: Path, sql: str) -> Iterator[Callable[[float], AbstractContextManager[Cursor]]]:
    """Runs the statement once the file is open. Raises `PredictionError`."""
    engine = SQLite(path)
    try:
        with engine.connect() as connection:
            connection.text_factory = lambda text: text.decode(errors="ignore")
            yield lambda seconds: engine.select(connection, sql, Limits(seconds=seconds))
    except UnicodeEncodeError:
        raise PredictionError("syntax", "the SQL is no text") from None
    except engine.errors as error:
        failure = engine.failure(error, sql)
        raise PredictionError(failure.kind, failure.message) from None


def _chunks(cursor: Cursor) -> Iterator[list[Row]]:
    while chunk := cursor.fetchmany(FETCHED):
        yield [tuple(row) for row in chunk]


def _same(question: Question, path: Path) -> bool:
    gold = gold_rows(question, path)
    if question.rule == "bird":
        return _same_set(question, path, set(gold))
    with rows(path, prepared(question.predicted), question.seconds) as found:
        predicted = _up_to(found, len(gold))
    return spider_equal(gold, predicted, order_matters(question.gold))


def _same_set(question: Question, path: Path, gold: set[Row]) -> bool:
    """BIRD's rule, without keeping more rows than the gold SQL has."""
    seen: set[Row] = set()
    with rows(path, question.predicted, question.seconds) as found:
        for row in found:
            if row not in gold:
                return False
            seen.add(row)
    return seen == gold


def _up_to(found: Iterator[Row], limit: int) -> list[Row]:
    """All rows, or one more than the limit if there are more."""
    return list(islice(found, limit + 1))


def seconds_of(path: Path, sql: str, seconds: float) -> float:
    """How long the statement takes, its rows fetched, the file open before. Raises `PredictionError`."""
    with _connected(path, sql) as run:
        start = time.perf_counter()
        with run(seconds) as cursor:
            for _ in _chunks(cursor):
                pass
        return time.perf_counter() - start


def ratios(question: Question, repeats: int) -> Sequence[float]:
    """BIRD's VES of one right prediction: the gold SQL's time by the prediction's, in turns."""
    path = question.databases[0]
    return [
        seconds_of(path, question.gold, question.seconds)
        / seconds_of(path, question.predicted, question.seconds)
        for _ in range(repeats)
    ]


def judge_gold(question: Question) -> Verdict:
    """The gold SQL against itself; kind `no_rows` if it returns nothing, which many an SQL would match."""
    verdict = judge(question)
    if verdict.score == "right" and not any(gold_rows(question, path) for path in question.databases):
        return Verdict("right", "no_rows", "returns no rows")
    return verdict


def gold_works(question: Question) -> bool:
    try:
        for path in question.databases:
            gold_rows(question, path)
    except GoldError:
        return False
    return True

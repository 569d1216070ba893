"""Predictions to scored items: execution match in worker processes, exact match and hardness beside it."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...tools.engines.sqlite import SQLite
from ...tools.errors import DatabaseError
from ..corpora.example import Corpus, CorpusError, Example
from .exact_match import Component, comparable, compared, exact_match, foreign_keys, hardness
from .judge import Question, Score, Verdict, gold_works, judge, judge_gold
from .spider_sql import Query, Tables, parse
from .workers import Lost, each


@dataclass(frozen=True)
class Scored:
    """One prediction and what the official rules say of it."""

    id: str
    database: str
    difficulty: str
    predicted: str
    score: Score
    kind: str = ""
    """As `Verdict.kind`."""
    message: str = ""
    exact: bool | None = None
    """Exact set match; None where the rule has none or cannot be applied."""
    components: Mapping[str, Component] | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Scored":
        parts = value["components"]
        components = {name: Component(*part) for name, part in parts.items()} if parts is not None else None
        return cls(**{**value, "components": components})


@dataclass(frozen=True)
class Prediction:
    example: Example
    sql: str


def score(
    corpus: Corpus,
    predictions: Iterable[Prediction],
    *,
    suites: Path | None = None,
    seconds: float = 30.0,
    workers: int | None = None,
) -> Generator[tuple[Prediction, Scored], None, None]:
    """As they are judged. predictions: may come one by one, as a model makes them.

    suites: a folder of test-suite databases, `NAME/*.sqlite`: the score is then TS. seconds: for a statement.
    """
    with closing(executed(corpus, predictions, suites=suites, seconds=seconds, workers=workers)) as verdicts:
        for prediction, verdict in verdicts:
            yield prediction, scored(corpus, prediction, verdict)


def executed(
    corpus: Corpus,
    predictions: Iterable[Prediction],
    *,
    suites: Path | None = None,
    seconds: float = 30.0,
    workers: int | None = None,
) -> Generator[tuple[Prediction, Verdict], None, None]:
    """The execution match alone."""
    asked: list[Prediction] = []

    def questions() -> Iterator[Question]:
        for prediction in predictions:
            asked.append(prediction)
            yield question_of(corpus, prediction, suites, seconds)

    for index, verdict in each(judge, questions(), hard_limit, workers):
        prediction = asked[index]
        if isinstance(verdict, Lost):
            verdict = blamed(question_of(corpus, prediction, suites, seconds), verdict)
        yield prediction, verdict


def validated(corpus: Corpus, seconds: float = 30.0) -> Iterator[tuple[Example, Verdict]]:
    """Each gold SQL by its own scorer, as they are judged; kind `no_rows` where it returns nothing."""
    questions = [question_of(corpus, Prediction(one, one.gold), None, seconds) for one in corpus.examples]
    for index, verdict in each(judge_gold, questions, hard_limit):
        if isinstance(verdict, Lost):
            verdict = Verdict("unscored", "gold", f"its worker was stopped: {verdict.reason}")
        yield corpus.examples[index], verdict


def question_of(corpus: Corpus, prediction: Prediction, suites: Path | None, seconds: float) -> Question:
    name = prediction.example.database
    files = suite(suites, name) if suites else (corpus.databases[name],)
    sql = filled(prediction.sql) if corpus.rule == "spider" else prediction.sql
    return Question(corpus.rule, prediction.example.gold, sql, files, seconds)


def filled(predicted: str) -> str:
    """Spider's official scorer takes `value` for a placeholder."""
    return predicted.replace(" value ", " 1 ")


def suite(suites: Path, name: str) -> tuple[Path, ...]:
    """Raises `CorpusError` rather than score by one database what is to be scored by many."""
    if files := tuple(sorted((suites / name).glob("*.sqlite"))):
        return files
    raise CorpusError(f"no test-suite databases {suites / name}/*.sqlite")


def hard_limit(question: Question) -> float:
    """Both statements on each database, and some: SQLite keeps to its deadline unless a function overruns."""
    return 2 * question.seconds * len(question.databases) + 10


def blamed(question: Question, lost: Lost) -> Verdict:
    """The gold SQL alone, in a worker of its own: if that works, the prediction was to blame."""
    ((_, works),) = each(gold_works, [question], hard_limit, workers=1)
    if works is True:
        return Verdict("wrong", lost.reason, "its worker was stopped")
    return Verdict("unscored", "gold", f"the gold SQL does not run: {lost.reason}")


def scored(corpus: Corpus, prediction: Prediction, verdict: Verdict) -> Scored:
    example = prediction.example
    difficulty, exact, components = example.difficulty, None, None
    if corpus.rule == "spider":
        tables = columns_of(corpus.databases[example.database])
        gold = parse(example.gold, tables)
        difficulty = hardness(gold) if gold else "unknown"
        keys = corpus.tables.get(example.database)
        if gold and keys is not None:
            components, exact = _exact(prediction.sql, gold, tables, foreign_keys(keys))
    return Scored(
        example.id,
        example.database,
        difficulty,
        prediction.sql,
        verdict.score,
        verdict.kind,
        verdict.message,
        exact,
        components,
    )


def _exact(
    predicted: str, gold: Query, tables: Tables, keys: Mapping[str, str]
) -> tuple[dict[str, Component], bool]:
    # The official scorer takes an SQL that it cannot parse for an empty one.
    query = parse(filled(predicted), tables) or Query()
    theirs = comparable(gold, tables, keys)
    try:
        mine = comparable(query, tables, keys)
    except RecursionError:
        mine = comparable(Query(), tables, keys)
    components = compared(mine, theirs)
    return components, exact_match(components, mine, theirs)


@lru_cache(maxsize=256)
def columns_of(path: Path) -> Tables:
    """The tables of a SQLite file, not its views, with their columns, in lower case."""
    engine = SQLite(path)
    try:
        with engine.connect() as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            fields = "SELECT name FROM pragma_table_info(?)"
            return {
                name.lower(): [row[0].lower() for row in connection.execute(fields, (name,))]
                for (name,) in names
            }
    except engine.errors as error:
        raise DatabaseError(f"cannot read {path}: {engine.failure(error, '').message}") from None

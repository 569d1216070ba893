"""Right or wrong, by execution: the label of each SQL that was drawn, and what is to be said of it."""

from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace

from ...graph.policy import Policy
from ...tools.errors import DatabaseError
from ...tools.executor import execute
from ..evaluation.judge import Question as Judged
from ..evaluation.judge import gold_works, judge
from ..evaluation.workers import Lost, each
from ..mixture import opened
from ..noise_filter import LeftOut, admitted, left_out
from ..tasks.question import Question
from .sampling import Drawn

SECONDS = 30.0
"""For each statement, as in an evaluation."""
STOPPED = "its worker was stopped"


@dataclass(frozen=True)
class Labelled:
    """One line of `samples.jsonl`."""

    id: str
    sql: str
    """As it was drawn first; empty if a reply held none."""
    correct: bool
    """By the evaluator's comparison; and the executor must let it run, as it would live."""
    error: str
    """As the live corrector would be told; empty if it ran."""
    doubts: str
    """What the live corrector would be told besides: of one that failed or found nothing."""
    count: int
    """How often it was drawn: SQLs that differ in case and spacing alone are one."""
    question: str = ""


Label = tuple[Labelled, ...] | LeftOut
"""A question's SQLs, the most frequent first; or why the question is none to learn from."""


def labelled(
    given: Iterable[Drawn], workers: int | None = None
) -> Generator[tuple[Drawn, Label], None, None]:
    """As they are judged, in worker processes. given: may come one by one, as a model makes them."""
    asked: list[Drawn] = []

    def questions() -> Iterator[Drawn]:
        for one in given:
            asked.append(one)
            yield one

    for index, found in each(label, questions(), patience, workers):
        yield asked[index], one_by_one(asked[index]) if isinstance(found, Lost) else found


def patience(drawn: Drawn) -> float:
    """Seconds before a worker is killed: SQLite keeps to its deadline unless a function overruns."""
    return 60 + 2 * SECONDS * (len(set(drawn.sqls)) + 1)


def label(drawn: Drawn) -> Label:
    """In a worker."""
    try:
        database = opened(drawn.pair.file, drawn.cache)
        question = admitted(drawn.pair, database, Policy(), (), seed=0)
    except DatabaseError as error:
        return left_out(drawn.pair, "database", str(error))
    if isinstance(question, LeftOut):
        return question
    if not gold_works(asked_of(question, question.gold)):
        return left_out(drawn.pair, "unscored", "its gold SQL cannot be scored")
    key = Policy().key
    counts = Counter(map(key, drawn.sqls))
    first = {key(sql): sql for sql in reversed(drawn.sqls)}
    return tuple(judged(question, first[one], count) for one, count in counts.most_common())


def judged(question: Question, sql: str, count: int) -> Labelled:
    asked = question.example.question
    if not sql:
        return Labelled(question.id, "", False, "the reply holds no SQL", "", count, asked)
    outcome = execute(question.database, sql, limits=Policy().limits, written=Policy().dialect)
    right = outcome.ok and judge(asked_of(question, sql)).score == "right"
    return Labelled(question.id, sql, right, *question.said(sql, outcome), count, asked)


def asked_of(question: Question, sql: str) -> Judged:
    return Judged(question.rule, question.gold, sql, (question.file,), SECONDS)


def one_by_one(drawn: Drawn) -> Label:
    """After a worker died over them: the SQL that it died over is wrong."""
    counts = Counter(drawn.sqls).most_common()
    singles = [replace(drawn, sqls=(sql,)) for sql, _ in counts]
    labels = dict(each(label, singles, patience, workers=1))
    found: list[Labelled] = []
    for index, (sql, count) in enumerate(counts):
        match labels[index]:
            case Lost(reason=reason):
                asked = drawn.pair.example.question
                found.append(Labelled(drawn.pair.id, sql, False, f"{STOPPED}: {reason}", "", count, asked))
            case LeftOut() as left:
                return left
            case (one,):
                found.append(replace(one, count=count))
    if all(one.error.startswith(STOPPED) for one in found):
        return left_out(drawn.pair, "lost", f"every worker was stopped: {found[0].error}")
    return tuple(found)

"""The judge: evidence is execution, and both the samples and the corrector must give it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from routesql.agents.model import ScriptedModel
from routesql.graph.policy import Policy
from routesql.tools.database import Database
from routesql.tools.errors import QuestionError, SetupError
from routesql.tools.outcome import Limits
from routesql.tuning.corpora import Corpus
from routesql.tuning.evaluation.workers import Lost
from routesql.tuning.mixture import Batch, batches
from routesql.tuning.noise_filter import Pair, admitted, pairs
from routesql.tuning.noise_judge import Judgement, judged, suspect, suspects, suspects_of, without_rejected
from routesql.tuning.tasks.question import Question
from routesql.tuning.tasks.samples import Sample

NAMES, UNORDERED = "SELECT name FROM singer", "SELECT name FROM singer ORDER BY name DESC"
SPAIN = "SELECT name FROM singer WHERE country = 'Spain'"
NOWHERE = "SELECT name FROM singer WHERE country = 'Nowhere'"
CORRECT = "The SQL is correct."


@pytest.fixture
def france(corpus: Corpus) -> Pair:
    """Its gold SQL: who comes from France."""
    return pairs([corpus])[1]


@pytest.fixture
def question(france: Pair) -> Callable[..., Question]:
    """`question((sql, count), ...)`: none of them is right."""

    def make(*drawn: tuple[str, int], right: bool = False) -> Question:
        samples = tuple(Sample(sql, right, count=count) for sql, count in drawn)
        found = admitted(france, Database.open(france.file, cache=None), Policy(), samples, 0)
        assert isinstance(found, Question)
        return found

    return make


def test_most_samples_agree_on_other_rows(question: Callable[..., Question]) -> None:
    found = suspect(question((SPAIN, 1), (NAMES, 2), (UNORDERED, 1)))
    assert found
    assert (found.alternative, found.votes, found.of) == (NAMES, 3, 4)
    assert found.gold == "SELECT name FROM singer WHERE country = 'France'"


@pytest.mark.parametrize(
    "drawn",
    [
        [(NAMES, 3), (SPAIN, 3)],
        [(NAMES, 2)],
        [(NOWHERE, 4)],
        [("SELECT shoe FROM singer", 4)],
        [("", 4)],
        [("SELECT name FROM singer WHERE country = 'France' ORDER BY name DESC", 4)],
        [],
    ],
    ids=["half", "two votes", "no rows", "fails", "no SQL", "another order", "no samples"],
)
def test_no_evidence(drawn: list[tuple[str, int]], question: Callable[..., Question]) -> None:
    assert suspect(question(*drawn)) is None


def test_one_right_sample_is_enough_for_the_gold_sql(question: Callable[..., Question]) -> None:
    assert suspect(question((NAMES, 4), right=True)) is None


@pytest.mark.parametrize(
    ("reply", "sql", "rejected"),
    [
        (CORRECT, None, False),
        (f"```sql\n{UNORDERED}\n```", UNORDERED, True),
        (SPAIN, SPAIN, False),
        ("SELECT shoe FROM singer", "SELECT shoe FROM singer", False),
        ("I do not know.", "", False),
    ],
)
def test_the_corrector_decides(
    reply: str,
    sql: str | None,
    rejected: bool,
    france: Pair,
    question: Callable[..., Question],
    tmp_path: Path,
) -> None:
    one = suspect(question((NAMES, 4)))
    assert one
    model = ScriptedModel([reply])
    (found,) = judged([(france, one)], model, tmp_path)
    assert (found.reply, found.rejected) == (sql, rejected)
    _, asked = model.prompts[0][-1].text.split("/* Question */")
    assert one.gold in asked
    assert NAMES not in asked.replace(one.gold, "")


def test_rows_that_are_cut_are_no_evidence(
    question: Callable[..., Question], monkeypatch: pytest.MonkeyPatch
) -> None:
    of = question((NAMES, 4))
    assert suspect(of)
    cut = Policy(limits=Limits(rows=2))
    monkeypatch.setattr("routesql.tuning.noise_judge.Policy", lambda: cut)
    assert suspect(of) is None


def test_two_failures_do_not_agree(france: Pair, question: Callable[..., Question], tmp_path: Path) -> None:
    """An alternative that ran once may be too slow the next time."""
    one = suspect(question((NAMES, 4)))
    assert one
    slow = replace(one, alternative="SELECT shoe FROM singer")
    (found,) = judged([(france, slow)], ScriptedModel(["SELECT hat FROM singer"]), tmp_path)
    assert not found.rejected


def test_a_question_that_the_model_has_no_room_for(
    france: Pair, question: Callable[..., Question], tmp_path: Path
) -> None:
    def refuse(_: object) -> str:
        raise QuestionError("the prompt is longer than the model's context")

    one = suspect(question((NAMES, 4)))
    assert one
    (found,) = judged([(france, one)], ScriptedModel(refuse), tmp_path)
    assert (found.reply, found.rejected) == ("", False)


def test_in_batches_as_workers_do_it(corpus: Corpus, tmp_path: Path) -> None:
    given = pairs([corpus])
    samples = {pair.id: (Sample("SELECT 7", False, count=3),) for pair in given[:2]}
    (batch,) = batches(given[:2], samples, tmp_path, 0)
    assert [one.id for one in suspects_of(batch)] == [pair.id for pair in given[:2]]


def test_a_worker_that_dies_costs_its_question_alone(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = pairs([corpus])[:2]
    samples = {pair.id: (Sample("SELECT 7", False, count=3),) for pair in given}

    def each(function: Callable[[Any], Any], items: Sequence[Batch], *_: object, **__: object) -> Any:
        for index, batch in enumerate(items):
            dies = given[0] in batch.pairs
            yield index, Lost("crash") if dies else function(batch)

    monkeypatch.setattr("routesql.tuning.noise_judge.each", each)
    ((_, found),) = suspects(batches(given, samples, tmp_path, 0))
    assert [one.id for one in found] == [given[1].id]


def line(pair: Pair, rejected: bool, question: str = "") -> str:
    asked = question or pair.example.question
    one = Judgement(pair.id, "singers", asked, "SELECT 1", NAMES, 3, 4, NAMES, rejected)
    return json.dumps(asdict(one)) + "\n"


def test_what_is_rejected_is_left_out(corpus: Corpus, tmp_path: Path) -> None:
    given = pairs([corpus])
    file = tmp_path / "judged.jsonl"
    file.write_text(line(given[0], True) + line(given[1], False), encoding="utf-8")
    kept, left = without_rejected(given, file)
    assert kept == given[1:]
    assert [(one.id, one.reason, one.message) for one in left] == [
        (given[0].id, "rejected", f"3 of 4 samples agree on: {NAMES}")
    ]


def test_judgements_of_other_data(corpus: Corpus, tmp_path: Path) -> None:
    given = pairs([corpus])
    file = tmp_path / "judged.jsonl"
    file.write_text(line(given[0], True, "Another?"), encoding="utf-8")
    with pytest.raises(SetupError, match=f"judges another {given[0].id} than the one here"):
        without_rejected(given, file)
    with pytest.raises(SetupError, match="but no question here"):
        without_rejected(given[1:], file)


@pytest.mark.parametrize(("content", "said"), [(None, "makes it"), ('{"id": 1}\n', "line 1 is damaged")])
def test_another_file_is_one_line(content: str | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "judged.jsonl"
    if content:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(SetupError, match=said):
        without_rejected([], file)

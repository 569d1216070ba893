"""Predictions to scored items, in worker processes."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from routesql.tools.errors import DatabaseError
from routesql.tuning.corpora import Corpus, CorpusError, open_spider
from routesql.tuning.evaluation.judge import Verdict
from routesql.tuning.evaluation.scoring import (
    Prediction,
    Scored,
    columns_of,
    score,
    scored,
    validated,
)

Build = Callable[..., Path]
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def judged(corpus: Corpus, *sqls: str, seconds: float = 5) -> list[Scored]:
    predictions = [Prediction(one, sql) for one, sql in zip(corpus.examples, sqls, strict=False)]
    found = {one.example.id: result for one, result in score(corpus, predictions, seconds=seconds)}
    return [found[prediction.example.id] for prediction in predictions]


def test_gold_is_right_by_every_rule(corpus: Corpus) -> None:
    found = judged(corpus, *(one.gold for one in corpus.examples))
    assert [(one.score, one.exact, one.kind) for one in found] == [("right", True, "")] * 4
    assert [one.difficulty for one in found] == ["easy", "easy", "easy", "medium"]
    assert [one.id for one in found] == ["0", "1", "2", "3"]


@pytest.mark.parametrize("levels", [20, 200, 2_000])
def test_a_deeply_nested_prediction_is_wrong_and_no_more(levels: int, corpus: Corpus) -> None:
    nested = "SELECT name FROM singer WHERE name IN (" * levels + "'x'" + ")" * levels
    (found,) = judged(corpus, nested)
    assert (found.score, found.exact) == ("wrong", False)


def test_value_is_a_placeholder_by_the_official_rule(corpus: Corpus) -> None:
    (found,) = judged(corpus, "SELECT count(*) FROM singer WHERE 0 < value ")
    (same,) = judged(corpus, "SELECT count(*) FROM singer WHERE 0 < 1 ")
    assert (found.score, found.kind) == (same.score, same.kind) == ("right", "")


def test_bad_predictions_are_wrong_and_say_why(corpus: Corpus) -> None:
    found = judged(corpus, "", "no SQL at all", "DROP TABLE singer", ENDLESS, seconds=1)
    assert [(one.score, one.exact) for one in found] == [("wrong", False)] * 4
    assert [one.kind for one in found] == ["empty", "syntax", "refused", "timeout"]


def test_ex_and_em_are_independent(corpus: Corpus) -> None:
    other_value = "SELECT name FROM singer WHERE country = 'Spain'"
    other_way = "SELECT sum(1) FROM singer"
    way, value = judged(corpus, other_way, other_value)
    assert (way.score, way.exact) == ("right", False)
    assert (value.score, value.exact) == ("wrong", True)


def test_a_placeholder_is_a_value_for_exact_match(corpus: Corpus) -> None:
    found = scored(
        corpus,
        Prediction(corpus.examples[1], "SELECT name FROM singer WHERE country = value "),
        Verdict("wrong"),
    )
    assert found.exact


@pytest.mark.parametrize("gold", ["SELECT nam FROM singer", "", ENDLESS])
def test_gold_that_fails_is_unscored(gold: str, spider_folder: Build) -> None:
    corpus = open_spider(spider_folder([("q", gold), ("q", "SELECT count(*) FROM singer")]))
    bad, good = judged(corpus, "SELECT 1", "SELECT 3", seconds=1)
    assert (bad.score, bad.kind, bad.difficulty) == ("unscored", "gold", "unknown")
    assert good.score == "right"


def test_who_is_to_blame_for_a_lost_worker(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the gold SQL runs in time it was the prediction."""
    monkeypatch.setattr("routesql.tuning.evaluation.scoring.hard_limit", lambda _: 4)
    slow = ENDLESS
    wrong, right = judged(corpus, slow, corpus.examples[1].gold, seconds=60)
    assert (wrong.score, wrong.kind) == ("wrong", "timeout")
    assert right.score == "right"
    bad_gold = replace(corpus, examples=(replace(corpus.examples[0], gold=slow),))
    (unscored,) = judged(bad_gold, "SELECT 1", seconds=60)
    assert unscored.score == "unscored"


def test_scored_items_survive_json(corpus: Corpus) -> None:
    for one in judged(corpus, "SELECT count(*) FROM singer", "nothing"):
        assert Scored.from_json(one.as_json()) == one


def test_test_suites(corpus: Corpus, tmp_path: Path) -> None:
    suite = tmp_path / "suites" / "singers"
    suite.mkdir(parents=True)
    shutil.copy(corpus.databases["singers"], suite / "one.sqlite")
    right = Prediction(corpus.examples[0], "SELECT count(*) FROM singer")
    ((_, found),) = score(corpus, [right], suites=tmp_path / "suites")
    assert found.score == "right"
    with pytest.raises(CorpusError, match=r"^no test-suite databases .*singers/\*\.sqlite$"):
        list(score(corpus, [right], suites=tmp_path))


def test_a_damaged_database_is_one_line(corpus: Corpus) -> None:
    corpus.databases["singers"].write_bytes(b"no database " * 100)
    columns_of.cache_clear()
    with pytest.raises(DatabaseError, match=r"^cannot read .*singers\.sqlite: file is not a database$"):
        judged(corpus, "SELECT 1")


def test_columns_are_those_of_tables_in_lower_case(singers: Path) -> None:
    assert columns_of(singers)["concert"] == ["concert_id", "singer_id", "year"]


def test_validation_tells_failing_from_empty(spider_folder: Build) -> None:
    golds = [
        "SELECT count(*) FROM singer",
        "SELECT nam FROM singer",
        "SELECT name FROM singer WHERE born < 0",
    ]
    corpus = open_spider(spider_folder([("q", gold) for gold in golds]))
    found = {example.id: verdict for example, verdict in validated(corpus)}
    assert [(found[one.id].score, found[one.id].kind) for one in corpus.examples] == [
        ("right", ""),
        ("unscored", "gold"),
        ("right", "no_rows"),
    ]

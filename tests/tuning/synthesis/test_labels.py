"""Labels by execution, in lines that `tune data` reads; torn lines are asked again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from routesql.tuning.noise_filter import LeftOut, Pair
from routesql.tuning.synthesis import labels
from routesql.tuning.synthesis.labels import Labelled, label, labelled
from routesql.tuning.synthesis.samples_file import SamplesFile
from routesql.tuning.synthesis.sampling import Drawn
from routesql.tuning.tasks.samples import Sample, read_samples

FRANCE = "SELECT name FROM singer WHERE country = 'France'"


def draws(pair: Pair, cache: Path, *sqls: str) -> Drawn:
    return Drawn(pair, sqls, cache)


def test_each_distinct_sql_has_its_label_and_its_count(pairs: list[Pair], tmp_path: Path) -> None:
    sqls = [
        FRANCE,
        "SELECT nam FROM singer",
        f"{FRANCE.lower().replace('france', 'France')}",
        "",
        "SELECT name FROM singer",
    ]
    found = label(draws(pairs[1], tmp_path, *sqls))
    assert isinstance(found, tuple)
    assert [(one.sql, one.correct, one.count) for one in found] == [
        (FRANCE, True, 2),
        ("SELECT nam FROM singer", False, 1),
        ("", False, 1),
        ("SELECT name FROM singer", False, 1),
    ]
    right, failed, empty, wrong = found
    assert {(one.error, one.doubts) for one in (right, wrong)} == {("", "")}
    assert 'no column "nam" in singer' in failed.error
    assert empty.error == "the reply holds no SQL"


def test_an_empty_result_is_told_as_to_the_live_corrector(pairs: list[Pair], tmp_path: Path) -> None:
    found = label(draws(pairs[1], tmp_path, "SELECT name FROM singer WHERE country = 'Franc'"))
    assert isinstance(found, tuple)
    assert found[0].error == ""
    assert found[0].doubts.startswith("it returns no rows; ")


def test_what_tune_data_leaves_out_is_left_out(pairs: list[Pair], tmp_path: Path) -> None:
    broken = replace(pairs[0], example=replace(pairs[0].example, gold="SELECT shoe FROM singer"))
    found = label(draws(broken, tmp_path, "SELECT 1"))
    assert isinstance(found, LeftOut)
    assert (found.id, found.reason) == (broken.id, "unknown_name")


def test_what_the_evaluator_cannot_score_is_left_out(
    pairs: list[Pair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routesql.tuning.evaluation.judge.MAX_GOLD_ROWS", 1)
    found = label(draws(pairs[1], tmp_path, FRANCE))
    assert isinstance(found, LeftOut)
    assert found.reason == "unscored"


def test_what_would_be_refused_live_is_wrong(pairs: list[Pair], tmp_path: Path) -> None:
    """The official scorer reads the first statement alone."""
    found = label(draws(pairs[1], tmp_path, f"{FRANCE}; SELECT 2"))
    assert isinstance(found, tuple)
    assert not found[0].correct
    assert found[0].error


def test_a_worker_that_hangs_costs_its_question_alone(
    pairs: list[Pair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "patience", lambda _: 0)
    ((_, found),) = labelled([draws(pairs[0], tmp_path, "SELECT 1")], workers=1)
    assert isinstance(found, LeftOut)
    assert found.reason == "lost"


def line(name: str, sql: str, count: int, correct: bool = False) -> Labelled:
    return Labelled(name, sql, correct, "" if correct else "no column", "", count)


def test_the_file_is_what_tune_data_reads(tmp_path: Path) -> None:
    file = SamplesFile(tmp_path, 3)
    file.add((line("spider-train-1", "SELECT 1", 2, True), line("spider-train-1", "SELECT ü", 1)))
    file.add(LeftOut("spider-train-2", "d", "q", "g", "timeout", "too slow"))
    assert read_samples(file.path) == {
        "spider-train-1": (Sample("SELECT 1", True, count=2), Sample("SELECT ü", False, "no column"))
    }
    assert file.share == pytest.approx(2 / 3)
    assert file.done == {"spider-train-1", "spider-train-2"}


@pytest.mark.parametrize("cut", [1, 40, 75])
def test_half_a_question_is_asked_again(cut: int, tmp_path: Path) -> None:
    """A stop tears the last line, or the last question."""
    first = SamplesFile(tmp_path, 3)
    first.add((line("a-1", "SELECT 1", 3, True),))
    first.add((line("a-2", "SELECT 1", 2), line("a-2", "SELECT 2", 1)))
    first.path.write_bytes(first.path.read_bytes()[:-cut])
    again = SamplesFile(tmp_path, 3)
    again.restore()
    assert again.done == {"a-1"}
    assert (again.drawn, again.right) == (3, 3)
    again.add((line("a-2", "SELECT 1", 3),))
    assert set(read_samples(again.path)) == {"a-1", "a-2"}


def test_a_damaged_file_is_one_line(tmp_path: Path, said: Callable[..., str]) -> None:
    file = SamplesFile(tmp_path, 3)
    file.path.write_text("mine\n{}\n", encoding="utf-8")
    assert f"{file.path} line 1 is damaged" in said(file.restore)

"""Pairs of a right and a wrong SQL."""

from pathlib import Path

import pytest

from routesql.agents import generator
from routesql.tuning.mixture import batches
from routesql.tuning.noise_filter import Pair
from routesql.tuning.synthesis.error_class import difference
from routesql.tuning.synthesis.preference import Preference, make
from routesql.tuning.tasks.samples import Sample

FRANCE = "SELECT name FROM singer WHERE country = 'France'"
WRONG = (Sample("SELECT nam FROM singer", False, "no column"), Sample("SELECT name FROM singer", False))


def made(pair: Pair, samples: tuple[Sample, ...], cache: Path) -> tuple[Preference, ...]:
    (batch,) = batches([pair], {pair.id: samples}, cache, seed=0)
    (found,) = make(batch).preferences
    return found


def test_a_right_sample_is_chosen_over_each_wrong_one(pairs: list[Pair], tmp_path: Path) -> None:
    right = "SELECT T1.name FROM singer AS T1 WHERE T1.country = 'France'"
    found = made(pairs[1], (WRONG[0], Sample(right, True), WRONG[1], Sample("", False)), tmp_path)
    assert [(one.chosen, one.rejected, one.kind) for one in found] == [
        (right, WRONG[0].sql, "sample:unknown_name"),
        (right, WRONG[1].sql, "sample:where"),
    ]
    assert [one.id for one in found] == [f"{pairs[1].id}/preference-{n}" for n in range(2)]
    assert {one.database for one in found} == {"singers"}
    assert all(generator.parse(text) == text for one in found for text in (one.chosen, one.rejected))
    assert found[0].user.endswith("Answer with the SQL only.")
    assert pairs[1].example.question in found[0].user


def test_the_gold_sql_stands_in_and_is_flagged(pairs: list[Pair], tmp_path: Path) -> None:
    by_accident = Sample("SELECT name FROM singer LIMIT 0", True, "", "it returns no rows")
    found = made(pairs[1], (*WRONG, by_accident), tmp_path)
    assert {one.chosen for one in found} == {FRANCE}
    assert {one.kind.partition(":")[0] for one in found} == {"gold"}


def test_without_a_wrong_sample_there_is_no_pair(pairs: list[Pair], tmp_path: Path) -> None:
    (batch,) = batches([pairs[1]], {pairs[1].id: (Sample(FRANCE, True),)}, tmp_path, seed=0)
    found = make(batch)
    assert found.preferences == ()
    assert [one.reason for one in found.left_out] == ["no_wrong_sample"]


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT country FROM singer WHERE country = 'France'", "select"),
        ("SELECT name FROM singer WHERE born = 3", "where"),
        ("SELECT name FROM singer WHERE country = 'Spain'", "value"),
        ("SELECT year FROM concert WHERE year = 1", "from"),
        ("SELECT name FROM singer WHERE country = 'France' ORDER BY name", "order_by"),
        ("SELECT name FROM singer WHERE country = 'France' UNION SELECT name FROM singer", "set_operation"),
        ("WITH a AS (SELECT 1) SELECT * FROM a", "other"),
    ],
)
def test_classes_of_errors(sql: str, named: str, singers: Path) -> None:
    assert difference(sql, FRANCE, singers) == named

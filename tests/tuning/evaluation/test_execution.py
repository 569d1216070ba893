"""Execution match: which results are the same."""

import random
import time
from collections import Counter
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routesql.tuning.evaluation.execution import bird_equal, order_matters, prepared, spider_equal

Rows = list[tuple[Any, ...]]
CELLS = st.sampled_from([0, 1, 2, 1.0, "1", "a", None, b"a", ""])


@st.composite
def results(draw: st.DrawFn) -> tuple[Rows, Rows]:
    """Two small results; the second often is the first in another order."""
    width, height = draw(st.integers(1, 4)), draw(st.integers(0, 4))
    row = st.tuples(*[CELLS] * width)
    first = draw(st.lists(row, min_size=height, max_size=height))
    if draw(st.booleans()):
        return first, draw(st.lists(row, min_size=height, max_size=height))
    columns = draw(st.permutations(range(width)))
    second = [tuple(line[index] for index in columns) for line in draw(st.permutations(first))]
    return first, second


def by_all_permutations(gold: Rows, predicted: Rows, ordered: bool) -> bool:
    """The official rule, without any of its shortcuts but the first rejection, which is part of it."""
    if not gold and not predicted:
        return True
    if len(gold) != len(predicted) or len(gold[0]) != len(predicted[0]):
        return False
    mine, theirs = (
        [tuple(sorted(row, key=lambda cell: str(cell) + str(type(cell)))) for row in rows]
        for rows in (predicted, gold)
    )
    if (mine != theirs) if ordered else (set(mine) != set(theirs)):
        return False
    for columns in permutations(range(len(gold[0]))):
        moved = [tuple(row[index] for index in columns) for row in predicted]
        if moved == gold if ordered else Counter(moved) == Counter(gold):
            return True
    return False


@given(results(), st.booleans())
def test_the_same_verdict_as_trying_every_order_of_columns(pair: tuple[Rows, Rows], ordered: bool) -> None:
    assert spider_equal(*pair, ordered) == by_all_permutations(*pair, ordered)


@given(results())
def test_a_result_in_another_order_of_columns_and_rows_is_the_same(pair: tuple[Rows, Rows]) -> None:
    rows, _ = pair
    turned = [row[::-1] for row in rows]
    assert spider_equal(rows, turned, ordered=True) == by_all_permutations(rows, turned, ordered=True)
    assert spider_equal(rows, rows[::-1], ordered=False)


@pytest.mark.parametrize(
    ("same", "gold", "predicted", "ordered"),
    [
        (True, [(1, "a")], [("a", 1)], False),
        (True, [(1,), (2,)], [(2,), (1,)], False),
        (False, [(1,), (2,)], [(2,), (1,)], True),
        (False, [(1,), (1,), (2,)], [(1,), (2,), (2,)], False),
        (False, [(1,), (1,)], [(1,)], False),
        (True, [(1,)], [(1.0,)], False),
        (False, [(1,)], [("1",)], False),
        (True, [(None, 1)], [(1, None)], False),
        (False, [(None,)], [("None",)], False),
        (False, [(None,)], [("",)], False),
        (True, [], [], True),
        (False, [], [(1,)], False),
        (False, [(1,)], [], False),
        (False, [(1, 1)], [(1,)], False),
        (False, [("a", "b"), ("b", "a")], [("a", "a"), ("b", "b")], False),
        (False, [("a",)], [("A",)], False),
    ],
)
def test_spider(same: bool, gold: Rows, predicted: Rows, ordered: bool) -> None:
    assert spider_equal(gold, predicted, ordered) is same


@pytest.mark.parametrize(
    ("same", "gold", "predicted"),
    [
        (True, [(1,), (1,)], [(1,)]),
        (True, [(1,), (2,)], [(2,), (1,)]),
        (True, [(1,)], [(1.0,)]),
        (False, [(1, "a")], [("a", 1)]),
        (False, [(1,)], [("1",)]),
        (True, [], []),
        (False, [], [(None,)]),
    ],
)
def test_bird_compares_sets_of_rows(same: bool, gold: Rows, predicted: Rows) -> None:
    assert bird_equal(gold, predicted) is same


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("ordered", [True, False])
def test_many_identical_columns_are_fast(same: bool, ordered: bool) -> None:
    """Two columns that match one by one, but not together, behind thirty that cannot be told apart."""
    gold = [(*[7] * 30, left, right) for left, right in ((1, 1), (2, 2), (1, 2), (2, 1), (1, 1), (2, 2))]
    predicted = gold if same else [(*row[:30], row[30], 3 - row[31]) for row in gold]
    start = time.monotonic()
    assert spider_equal(gold, predicted, ordered) is same
    assert time.monotonic() - start < 1


def test_a_large_result_is_fast() -> None:
    draw = random.Random(0)
    gold = [tuple(draw.randrange(50) for _ in range(8)) for _ in range(20_000)]
    predicted = [row[::-1] for row in gold]
    draw.shuffle(predicted)
    start = time.monotonic()
    assert spider_equal(gold, predicted, ordered=False)
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ("sql", "run"),
    [
        ("SELECT DISTINCT a FROM t", "SELECT  a FROM t"),
        ("SELECT count(DISTINCT a), b FROM t", "SELECT count( a), b FROM t"),
        ("select distinct a from (select DISTINCT b from t)", "select  a from (select  b from t)"),
        ("SELECT 'DISTINCT', \"distinct\" FROM t", "SELECT 'DISTINCT', \"distinct\" FROM t"),
        ("SELECT 'é', DISTINCT_id, distinct 'ü' FROM t", "SELECT 'é', DISTINCT_id,  'ü' FROM t"),
        ("SELECT a FROM t WHERE a > = 1 AND b ! = 2", "SELECT a FROM t WHERE a >= 1 AND b != 2"),
        ("SELECT YEAR(CURDATE()) - born FROM t", "SELECT 2020- born FROM t"),
        ("SELECT a FROM t; that is all", "SELECT a FROM t"),
        ("SELECT DISTINCT a FROM t; SELECT DISTINCT b", "SELECT  a FROM t"),
        ("SELECT ';' FROM t;", "SELECT ';' FROM t"),
        ("SELECT 'open", "SELECT 'open"),
    ],
)
def test_what_spider_runs(sql: str, run: str) -> None:
    assert prepared(sql) == run


@given(st.text())
def test_preparing_never_raises(text: str) -> None:
    prepared(text)
    prepared(f"SELECT DISTINCT {text}")


def test_order_matters_where_the_gold_sql_says_so() -> None:
    assert order_matters("SELECT a FROM t ORDER BY a")
    assert order_matters("select a from t order by a limit 1")
    assert not order_matters("SELECT a FROM t")

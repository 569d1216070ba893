"""Execution match: are two results the same, by Spider's official rule or by BIRD's?

Sources: `exec_eval.py` of taoyds/test-suite-sql-eval; `evaluation.py` of AlibabaResearch/DAMO-ConvAI/bird.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlglot
from sqlglot import TokenType
from sqlglot.errors import SqlglotError

Row = tuple[Any, ...]
SPACED = (("> =", ">="), ("< =", "<="), ("! =", "!="))
THIS_YEAR = re.compile(r"YEAR\s*\(\s*CURDATE\s*\(\s*\)\s*\)\s*", re.IGNORECASE)
SPIDER_FLAGS = "DISTINCT ignored (keep_distinct off), values as predicted (plug_value off)"
BIRD_FLAGS = "rows as a set"


def prepared(sql: str) -> str:
    """As Spider's scorer runs it: operators mended, DISTINCT taken out, the year fixed at 2020."""
    for spaced, joined in SPACED:
        sql = sql.replace(spaced, joined)
    return THIS_YEAR.sub("2020", without_distinct(sql))


def without_distinct(sql: str) -> str:
    try:
        found = [token for token in sqlglot.tokenize(sql, "sqlite") if token.token_type == TokenType.DISTINCT]
    except SqlglotError:
        return sql
    for token in reversed(found):
        sql = sql[: token.start] + sql[token.end + 1 :]
    return sql


def order_matters(gold: str) -> bool:
    return "order by" in gold.lower()


def spider_equal(gold: Sequence[Row], predicted: Sequence[Row], ordered: bool) -> bool:
    """The same rows under some order of the columns, and in the same order if `ordered`."""
    if not gold and not predicted:
        return True
    if len(gold) != len(predicted) or len(gold[0]) != len(predicted[0]):
        return False
    if _cannot_match(gold, predicted, ordered):
        return False
    candidates = [
        [j for j in range(len(predicted[0])) if _column(gold, i, ordered) == _column(predicted, j, ordered)]
        for i in range(len(gold[0]))
    ]
    return _permutes(list(gold), predicted, ordered, candidates, ())


def bird_equal(gold: Sequence[Row], predicted: Sequence[Row]) -> bool:
    return set(gold) == set(predicted)


def _cannot_match(gold: Sequence[Row], predicted: Sequence[Row], ordered: bool) -> bool:
    """The original's quick rejection, which tells 1 from 1.0 where that changes the order of the cells."""
    mine, theirs = [_sorted(row) for row in predicted], [_sorted(row) for row in gold]
    return mine != theirs if ordered else set(mine) != set(theirs)


def _sorted(row: Row) -> Row:
    return tuple(sorted(row, key=lambda cell: str(cell) + str(type(cell))))


def _column(rows: Sequence[Row], index: int, ordered: bool) -> Any:
    column = [row[index] for row in rows]
    return column if ordered else Counter(column)


def _permutes(
    gold: list[Row],
    predicted: Sequence[Row],
    ordered: bool,
    candidates: Sequence[Sequence[int]],
    chosen: tuple[int, ...],
) -> bool:
    """Try predicted columns for each gold column in turn, giving up as soon as those chosen cannot match."""
    width = len(chosen)
    if width and not _same([row[:width] for row in gold], _picked(predicted, chosen), ordered):
        return False
    return width == len(candidates) or any(
        _permutes(gold, predicted, ordered, candidates, (*chosen, index))
        for index in candidates[width]
        if index not in chosen
    )


def _picked(rows: Sequence[Row], columns: Sequence[int]) -> list[Row]:
    return [tuple(row[index] for index in columns) for row in rows]


def _same(gold: list[Row], predicted: list[Row], ordered: bool) -> bool:
    return gold == predicted if ordered else Counter(gold) == Counter(predicted)

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
    """As Spider's scorer runs it: operators mended, the first statement alone, without DISTINCT, in 2020."""
    for spaced, joined in SPACED:
        sql = sql.replace(spaced, joined)
    return THIS_YEAR.sub("2020", without_distinct(sql))


def without_distinct(sql: str) -> str:
    """Of the first statement: the original drops what follows it."""
    try:
        tokens = sqlglot.tokenize(sql, "sqlite")
    except SqlglotError:
        return sql
    end = next((token.start for token in tokens if token.token_type == TokenType.SEMICOLON), len(sql))
    for token in reversed(tokens):
        if token.token_type == TokenType.DISTINCT and token.start < end:
            sql, end = sql[: token.start] + sql[token.end + 1 :], end - len(token.text)
    return sql[:end]


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
    theirs, mine = (list(zip(*rows, strict=True)) for rows in (gold, predicted))
    bags = [column if ordered else Counter(column) for column in mine]
    candidates = [
        [j for j, bag in enumerate(bags) if bag == wanted]
        for wanted in (column if ordered else Counter(column) for column in theirs)
    ]
    # Columns that are the same row by row are one another's equals: only the first not taken is tried.
    first = [mine.index(column) for column in mine]
    return _permutes(list(gold), predicted, ordered, candidates, first, ())


def bird_equal(gold: Sequence[Row], predicted: Sequence[Row]) -> bool:
    return set(gold) == set(predicted)


def _cannot_match(gold: Sequence[Row], predicted: Sequence[Row], ordered: bool) -> bool:
    """The original's quick rejection, which tells 1 from 1.0 where that changes the order of the cells."""
    mine, theirs = [_sorted(row) for row in predicted], [_sorted(row) for row in gold]
    return mine != theirs if ordered else set(mine) != set(theirs)


def _sorted(row: Row) -> Row:
    return tuple(sorted(row, key=lambda cell: str(cell) + str(type(cell))))


def _permutes(
    gold: list[Row],
    predicted: Sequence[Row],
    ordered: bool,
    candidates: Sequence[Sequence[int]],
    first: Sequence[int],
    chosen: tuple[int, ...],
) -> bool:
    """Try predicted columns for each gold column in turn, giving up as soon as those chosen cannot match."""
    width = len(chosen)
    if width and not _same([row[:width] for row in gold], _picked(predicted, chosen), ordered):
        return False
    if width == len(candidates):
        return True
    free = {first[index]: index for index in reversed(candidates[width]) if index not in chosen}
    return any(
        _permutes(gold, predicted, ordered, candidates, first, (*chosen, index)) for index in free.values()
    )


def _picked(rows: Sequence[Row], columns: Sequence[int]) -> list[Row]:
    return [tuple(row[index] for index in columns) for row in rows]


def _same(gold: list[Row], predicted: list[Row], ordered: bool) -> bool:
    return gold == predicted if ordered else Counter(gold) == Counter(predicted)

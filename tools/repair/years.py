"""A year beside a date: to SQLite any text is greater than any number, other engines refuse or guess."""

import re

from sqlglot import exp

from ..kinds import declared
from .statement import Statement

_YEAR, _DATE = re.compile(r"[12]\d{3}"), re.compile(r"\d{4}-\d\d-\d\d")
_DIGITS = {"%Y": 4, "%m": 2, "%d": 2}
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)


def mend_year(statement: Statement) -> str | None:
    """`hired > 2022` compares the date's year, and `STRFTIME('%m', hired) = 3` is with a text.

    A column is let be unless the sampled rows hold dates: some hold years.
    """
    for node in statement.tree.find_all(*_COMPARISONS):
        before = statement.written(node)
        others, numbers = _sides(node)
        if len(others) == 1 and numbers and _mended(others[0], numbers, statement):
            return f"{before} → {statement.written(node)}"
    return None


def _mended(moment: exp.Expr, numbers: list[exp.Literal], statement: Statement) -> bool:
    if isinstance(moment, exp.Column) and _holds_dates(moment, statement):
        if not all(_YEAR.fullmatch(number.name) for number in numbers):
            return False
        moment.replace(exp.TimeToStr(this=moment.copy(), format=exp.Literal.string("%Y")))
        digits = 4
    elif not (isinstance(moment, exp.TimeToStr) and (digits := _DIGITS.get(moment.args["format"].name, 0))):
        return False
    for number in numbers:
        number.replace(exp.Literal.string(number.name.zfill(digits)))
    return True


def _sides(node: exp.Expr) -> tuple[list[exp.Expr], list[exp.Literal]]:
    """What is compared, and the whole numbers that it is compared with; each side is one or the other."""
    if isinstance(node, exp.Between):
        sides = [node.this, node.args["low"], node.args["high"]]
    else:
        sides = [node.this, *(node.expressions if isinstance(node, exp.In) else [node.expression])]
    numbers = [side for side in sides if isinstance(side, exp.Literal) and side.is_int]
    return [side for side in sides if side not in numbers], numbers


def _holds_dates(node: exp.Column, statement: Statement) -> bool:
    found = statement.scopes.stored_column(node)
    if found is None or declared(found[1].type) != "time":
        return False
    table, column = found
    at = table.columns.index(column)
    cells = [row[at] for row in table.rows if row[at] is not None]
    return bool(cells) and all(isinstance(cell, str) and _DATE.match(cell) for cell in cells)

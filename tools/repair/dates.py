"""A number beside a date: to SQLite any text is greater than any number, other engines refuse or guess."""

import re
from datetime import date

from sqlglot import exp

from ..kinds import declared
from ..schema import Schema
from ..scope import Scopes
from .statement import Statement, sides

_YEAR = re.compile(r"[12]\d{3}")
_DATE = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?"
)
"""What SQLite's STRFTIME reads; of anything else it makes NULL."""
_DIGITS = {"%Y": 4, "%m": 2, "%d": 2}
_STRICT = ("sqlite", "postgres")
"""Engines that do not compare a text with a number by its value; DuckDB does but for BETWEEN."""
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)


def mend_date(statement: Statement) -> str | None:
    """As `mend_dates`, in a statement that may have other faults."""
    return mend_dates(statement.tree, statement.schema, statement.dialect)


def mend_dates(tree: exp.Expr, schema: Schema, written: str) -> str | None:
    """`hired > 2022` compares the date's year, `STRFTIME('%m', hired) = 3` is with a text, and
    `hired > 2022-05-03` is with a date.

    A column is let be unless the sampled rows hold dates: some hold years.
    """
    scopes = Scopes(schema, written)
    changes = []
    for node in reversed(list(tree.find_all(*_COMPARISONS))):  # what is within others first
        strict = schema.dialect in _STRICT or isinstance(node, exp.Between)
        if replacements := _quoted(node, scopes) or _numbers_as_texts(node, scopes, strict):
            before = node.sql(dialect=written)
            for side, text in replacements:
                side.replace(text)
            changes.append(f"{before} → {node.sql(dialect=written)}")
    return "; ".join(dict.fromkeys(reversed(changes))) or None


def _quoted(node: exp.Expr, scopes: Scopes) -> list[tuple[exp.Expr, exp.Expr]]:
    """Dates without quotes, and the texts to put in their place; none unless all else is a date."""
    found = [(side, _unquoted_date(side)) for side in sides(node)]
    others = [side for side, text in found if not text and not side.is_string]
    if not any(text for _, text in found) or not others:
        return []
    meant = all(_holds_dates(side, scopes) for side in others)
    return [(side, exp.Literal.string(text)) for side, text in found if text and meant]


def _unquoted_date(node: exp.Expr) -> str:
    """`2022-05-03` without quotes is 2014, a subtraction; an empty string for anything else."""
    if not isinstance(node, exp.Sub) or not isinstance(node.this, exp.Sub):
        return ""
    parts = [node.this.this, node.this.expression, node.expression]
    text = "-".join(part.name.zfill(2) for part in parts)
    try:
        date.fromisoformat(text)
    except ValueError:
        return ""
    return text if all(map(_whole_number, parts)) else ""


def _numbers_as_texts(node: exp.Expr, scopes: Scopes, strict: bool) -> list[tuple[exp.Expr, exp.Expr]]:
    """A date beside numbers and those numbers, and the texts to put in their place."""
    others = [side for side in sides(node) if not _whole_number(side)]
    numbers = [side for side in sides(node) if _whole_number(side)]
    if len(others) != 1 or not numbers or not (text := _as_text(others[0], numbers, scopes, strict)):
        return []
    digits = _DIGITS[text.args["format"].name]
    return [(others[0], text), *((one, exp.Literal.string(one.name.zfill(digits))) for one in numbers)]


def _as_text(moment: exp.Expr, numbers: list[exp.Expr], scopes: Scopes, strict: bool) -> exp.TimeToStr | None:
    """What the numbers are to be compared with, as texts; None where they mean what they say."""
    if isinstance(moment, exp.Column) and all(_YEAR.fullmatch(number.name) for number in numbers):
        year = exp.TimeToStr(this=moment.copy(), format=exp.Literal.string("%Y"))
        return year if _holds_dates(moment, scopes) else None
    if isinstance(moment, exp.TimeToStr) and strict:
        digits = _DIGITS.get(moment.args["format"].name, 0)
        return moment if all(len(number.name) <= digits for number in numbers) else None
    return None


def _whole_number(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_int


def _holds_dates(node: exp.Expr, scopes: Scopes) -> bool:
    found = scopes.stored_column(node) if isinstance(node, exp.Column) else None
    if found is None or declared(found[1].type) != "time":
        return False
    cells = found[0].cells(found[1])
    return bool(cells) and all(isinstance(cell, str) and _DATE.fullmatch(cell) for cell in cells)

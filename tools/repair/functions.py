"""Functions of other engines in SQLite's words: a model has read the SQL of all of them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp
from sqlglot.dialects import MySQL
from sqlglot.time import format_time

from ..scope import Scopes
from .statement import Statement

_PARTS = {"YEAR": "%Y", "MONTH": "%m", "DAY": "%d"}
_MARKS = {"%d", "%H", "%j", "%m", "%M", "%S", "%w", "%Y", "%%"}
"""Of STRFTIME, in every SQLite."""
_CLOSED = (exp.Column, exp.Literal, exp.Paren, exp.Anonymous, exp.Coalesce)
"""What needs no parentheses beside an operator."""


def _formatted(of: exp.Expr, form: exp.Expr) -> exp.Expr | None:
    """MySQL's DATE_FORMAT, where SQLite's STRFTIME knows all of its marks."""
    known = isinstance(form, exp.Literal) and form.is_string
    strftime = format_time(form.name, MySQL.TIME_MAPPING) if known else None
    if not strftime or not set(re.findall("%.", strftime)) <= _MARKS:
        return None
    return exp.TimeToStr(this=of, format=exp.Literal.string(strftime))


_CALLS: Mapping[str, Callable[..., exp.Expr | None]] = {
    "AVERAGE": lambda of: exp.Avg(this=of),
    "CURDATE": lambda: exp.CurrentDate(),
    "DATE_FORMAT": _formatted,
    "GETDATE": lambda: exp.CurrentTimestamp(),
    "ISNULL": lambda of, other: exp.Coalesce(this=of, expressions=[other]),
    "NOW": lambda: exp.CurrentTimestamp(),
}


def mend_function(statement: Statement) -> str | None:
    """The first call that SQLite does not know, if it is known here; other engines have most of them."""
    if {statement.schema.dialect, statement.dialect} != {"sqlite"}:
        return None
    node: exp.Expr
    for node in statement.tree.find_all(*_REWRITES):
        ours = _REWRITES[type(node)](node, statement.scopes)
        if ours is not None:
            was = statement.written(node)
            node.replace(ours)
            return f"{was} → {statement.written(ours)}"
    return None


def _part_of_date(of: exp.Expr, unit: str, scopes: Scopes) -> exp.Expr | None:
    """A number, as the others give it; where numbers are stored they may be the years themselves."""
    if unit not in _PARTS:
        return None
    if _holds_numbers(of, scopes):
        return of.copy() if unit == "YEAR" else None
    text = exp.TimeToStr(this=of.copy(), format=exp.Literal.string(_PARTS[unit]))
    return exp.cast(text, "INTEGER")


def _holds_numbers(node: exp.Expr, scopes: Scopes) -> bool:
    found = scopes.stored_column(node) if isinstance(node, exp.Column) else None
    return found is not None and any(isinstance(cell, int | float) for cell in found[0].cells(found[1]))


def _joined(call: exp.Concat, _: Scopes) -> exp.Expr | None:
    """As in the others, NULL if one of them is."""
    whole: exp.Expr | None = None
    for part in call.expressions:
        closed = part.copy() if isinstance(part, _CLOSED) else exp.paren(part)
        whole = closed if whole is None else exp.DPipe(this=whole, expression=closed)
    return whole


def _called(call: exp.Anonymous, _: Scopes) -> exp.Expr | None:
    ours = _CALLS.get(call.name.upper())
    try:
        return ours(*(argument.copy() for argument in call.expressions)) if ours else None
    except TypeError:  # as many arguments as no engine takes
        return None


def _start(call: exp.Left, _: Scopes) -> exp.Expr:
    one = exp.Literal.number(1)
    return exp.Substring(this=call.this.copy(), start=one, length=call.expression.copy())


_REWRITES: Mapping[type, Callable[[Any, Scopes], exp.Expr | None]] = {
    exp.Anonymous: _called,
    exp.Concat: _joined,
    exp.Day: lambda call, scopes: _part_of_date(call.this, "DAY", scopes),
    exp.Extract: lambda call, scopes: _part_of_date(call.expression, call.name.upper(), scopes),
    exp.Left: _start,
    exp.Month: lambda call, scopes: _part_of_date(call.this, "MONTH", scopes),
    exp.Year: lambda call, scopes: _part_of_date(call.this, "YEAR", scopes),
}

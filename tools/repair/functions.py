"""Functions of other engines in SQLite's words: a model has read the SQL of all of them."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from sqlglot import exp

from .statement import Statement

_PARTS = {"YEAR": "%Y", "MONTH": "%m", "DAY": "%d"}
_CALLS: Mapping[str, Callable[..., exp.Expr]] = {
    "AVERAGE": lambda of: exp.Avg(this=of),
    "CURDATE": lambda: exp.CurrentDate(),
    "GETDATE": lambda: exp.CurrentTimestamp(),
    "ISNULL": lambda of, other: exp.Coalesce(this=of, expressions=[other]),
    "NOW": lambda: exp.CurrentTimestamp(),
}


def mend_function(statement: Statement) -> str | None:
    """The first call that SQLite does not know, if it is known here; other engines have most of them."""
    if {statement.schema.dialect, statement.dialect} != {"sqlite"}:
        return None
    for node in statement.tree.find_all(exp.Func):
        ours = _REWRITES.get(type(node), lambda _: None)(node)
        if ours is not None:
            was = statement.written(node)
            node.replace(ours)
            return f"{was} → {statement.written(ours)}"
    return None


def _part(of: exp.Expr, unit: str) -> exp.Expr | None:
    """A number, as the others give it."""
    if unit.upper() not in _PARTS:
        return None
    text = exp.TimeToStr(this=of.copy(), format=exp.Literal.string(_PARTS[unit.upper()]))
    return exp.cast(text, "INTEGER")


def _joined(call: exp.Concat) -> exp.Expr | None:
    parts = [exp.paren(part) if isinstance(part, exp.Binary) else part.copy() for part in call.expressions]
    return reduce(lambda left, right: exp.DPipe(this=left, expression=right), parts) if parts else None


def _called(call: exp.Anonymous) -> exp.Expr | None:
    ours = _CALLS.get(call.name.upper())
    try:
        return ours(*(argument.copy() for argument in call.expressions)) if ours else None
    except TypeError:  # as many arguments as no engine takes
        return None


_REWRITES: Mapping[type, Callable[[Any], exp.Expr | None]] = {
    exp.Anonymous: _called,
    exp.Concat: _joined,
    exp.Day: lambda call: _part(call.this, "DAY"),
    exp.Extract: lambda call: _part(call.expression, call.name),
    exp.Left: lambda call: exp.Substring(
        this=call.this.copy(), start=exp.Literal.number(1), length=call.expression.copy()
    ),
    exp.Month: lambda call: _part(call.this, "MONTH"),
    exp.Year: lambda call: _part(call.this, "YEAR"),
}

"""What kind of value an expression gives, as far as the schema's declared types tell."""

import re
from typing import Literal

from sqlglot import exp

from .schema import Schema

Kind = Literal["int", "real", "text", "bool", "time", ""]
"""Empty if it cannot be told."""
_DECLARED: tuple[tuple[str, Kind], ...] = (
    (r"bool|tinyint\(1\)", "bool"),
    (r"interval|date|time|year", "time"),
    (r"\w*int|integer|serial|bigserial|oid", "int"),
    (r"float|double|real|dec|num", "real"),
    (r"\w*char|\w*text|clob|string|enum|uuid", "text"),
)
_SAME_AS_ARGUMENT = (exp.Sum, exp.Max, exp.Min, exp.Abs, exp.Neg, exp.Paren, exp.Alias, exp.Coalesce)
_WHOLE = (exp.Count, exp.Length, exp.StrPosition, exp.IntDiv, exp.RowNumber)
_CALCULATED = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
_TEXTS = (exp.Upper, exp.Lower, exp.Substring, exp.DPipe, exp.Concat, exp.TimeToStr, exp.GroupConcat)


class Kinds:
    """A column's kind is known if every table that has one of its name declares the same."""

    def __init__(self, schema: Schema) -> None:
        self._columns: dict[str, Kind] = {}
        for column in (column for table in schema.tables for column in table.columns):
            name, kind = column.name.lower(), declared(column.type)
            self._columns[name] = kind if self._columns.get(name, kind) == kind else ""

    def of(self, node: exp.Expr) -> Kind:
        if isinstance(node, exp.Column):
            return self._columns.get(node.name.lower(), "")
        if isinstance(node, exp.Literal):
            return "text" if node.is_string else "int" if node.is_int else "real"
        if isinstance(node, exp.Cast):
            return declared(node.to.sql())
        if isinstance(node, _WHOLE):
            return "int"
        if isinstance(node, _TEXTS):
            return "text"
        if isinstance(node, exp.Avg):
            return "real"
        return self._composed(node)

    def _composed(self, node: exp.Expr) -> Kind:
        if isinstance(node, _SAME_AS_ARGUMENT):
            return self.of(node.this)
        if isinstance(node, exp.Distinct | exp.Select) and node.expressions:
            return self.of(node.expressions[0])
        if isinstance(node, exp.Subquery):
            return self.of(node.this)
        if isinstance(node, _CALCULATED):
            kinds = {self.of(node.this), self.of(node.expression)}
            return "int" if kinds == {"int"} else "real" if "real" in kinds else ""
        return ""


def declared(type_name: str) -> Kind:
    return next((kind for pattern, kind in _DECLARED if re.match(pattern, type_name.lower())), "")

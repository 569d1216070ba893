"""Every table and column name of a statement, checked against the schema before anything runs.

`resolve_names` also writes into the tree what the engine would understand: the stored spelling of each name,
and a string literal for each of SQLite's double-quoted strings. What cannot be known is let through: a false
alarm costs a right answer, a miss only costs the engine's own message.
"""

import re
from collections.abc import Iterable

from sqlglot import exp

from .schema import Schema, Table
from .scope import Frame, Scopes
from .suggestions import missing_column, unknown_column, unknown_table

_UNKNOWN = "\0"
"""No column's name."""
_ROW_IDS = {"rowid", "_rowid_", "oid"}
_IMPLICIT = {
    "sqlite": {"rank"},
    "duckdb": {"rowid", "user", "current_role"},
    "mysql": {"_rowid", "user"},
    "postgres": {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "user", "current_role"},
}
_VALUE_NODES = (exp.Condition, exp.If, exp.Tuple)
_TIMES = (exp.Date, exp.Time, exp.TimeToStr, exp.TsOrDsToTimestamp, exp.TsOrDsToDate, exp.TsOrDsToTime)
_OTHER_TIMES = {"date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff"}
_TIME_TEXT = re.compile(
    r"now|localtime|utc|auto|unixepoch|julianday|(start of|weekday) \w+|[-+]?\d[\d:. -]*( \w+)?|.*%[a-z].*",
    re.IGNORECASE,
)
"""Moments, formats and modifiers of SQLite's date functions."""
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg)


def resolve_names(tree: exp.Expr, schema: Schema, dialect: str, sql: str) -> exp.Expr:
    """`tree` with each name as the schema stores it; raises GuardError for the first unknown one."""
    return _Names(Scopes(schema, dialect), schema, sql).resolved(tree)


def unknown_names(tree: exp.Expr, schema: Schema, dialect: str, sql: str) -> list[exp.Table | exp.Column]:
    """Every table and column reference that nothing in the schema or the statement declares, tables first."""
    return _Names(Scopes(schema, dialect), schema, sql).unknown(tree)


class _Names:
    def __init__(self, scopes: Scopes, schema: Schema, sql: str) -> None:
        self.scopes = scopes
        self.schema = schema
        self.sql = sql

    def resolved(self, tree: exp.Expr) -> exp.Expr:
        tables = list(tree.find_all(exp.Table))
        for table in tables:
            self._check_table(table)
        every = list(tree.find_all(exp.Column))
        columns = [column for column in every if not isinstance(column.this, exp.Star)]
        # All names are looked up before one is written: a lookup must not meet a spelling changed half-way.
        found = [(column, self._name(column)) for column in columns]
        identifiers = [pair for join in tree.find_all(exp.Join) for pair in self._using(join)]
        identifiers += [pair for column in every for pair in self._qualifier(column)]
        declared = [(table, self.scopes.declared(table), self.scopes.stored(table)) for table in tables]
        for identifier, name in identifiers:
            identifier.set("this", name)
        for column, stored in found:
            _write(column, stored)
        for table, name, origin in declared:
            _spell(table, name, origin)
        return tree

    def unknown(self, tree: exp.Expr) -> list[exp.Table | exp.Column]:
        tables = [table for table in tree.find_all(exp.Table) if self._is_unknown(table)]
        columns = (column for column in tree.find_all(exp.Column) if not isinstance(column.this, exp.Star))
        return [*tables, *(column for column in columns if self._meaning(column) is _UNKNOWN)]

    def _check_table(self, table: exp.Table) -> None:
        if self._is_unknown(table):
            raise unknown_table(table, self.schema)

    def _is_unknown(self, table: exp.Table) -> bool:
        if not isinstance(table.this, exp.Identifier) or table.arg_key == "indexed":
            return False
        return self.scopes.cte(table) is None and self.scopes.stored(table) is None

    def _name(self, column: exp.Column) -> str | None:
        """The stored name, "" if it cannot be known, None for a string of SQLite; raises if there is none."""
        name = self._meaning(column)
        if name is _UNKNOWN:
            raise unknown_column(column, self.scopes, self.schema)
        return name

    def _meaning(self, column: exp.Column) -> str | None:
        name = self.scopes.find(column)
        if name is not None or self._implicit(column):
            return name or ""
        return None if self._is_string(column) else _UNKNOWN

    def _implicit(self, column: exp.Column) -> bool:
        """Names that no relation declares: row ids, whole rows, parameters of a lambda, a table after IN."""
        name = column.name.lower()
        frames = list(self.scopes.frames(column))
        relations = [relation for frame in frames for relation in frame.relations]
        if self.scopes.dialect == "sqlite" and name in _ROW_IDS:
            return any(relation.table for relation in relations)
        if column.find_ancestor(exp.Lambda, exp.Comprehension):
            return True
        if column.arg_key == "field" and isinstance(column.parent, exp.In):
            table = exp.Table(this=column.this.copy(), db=column.args.get("table"))
            table.parent = column.parent
            return bool(self.scopes.cte(table) or self.scopes.stored(table))
        if self.scopes.dialect in ("duckdb", "postgres") and self._is_row(column, frames):
            return True
        named = (self.scopes.named(frame, column) for frame in frames) if column.table else ()
        return (
            name in _IMPLICIT[self.scopes.dialect]
            and not _is_quoted(column)
            and all(relation is None or relation.table is None for relation in named)
        )

    def _is_row(self, column: exp.Column, frames: list[Frame]) -> bool:
        """`s` and `s.field` where `s` is a relation or a column that is a struct."""
        first = column.parts[0].name.lower()
        relations = [relation for frame in frames for relation in frame.relations]
        if any(relation.name.lower() == first for relation in relations):
            return not column.table or column.args.get("db") is not None
        known = [relation.columns for relation in relations] + [frame.aliases for frame in frames]
        struct = any(columns is None or first in map(str.lower, columns) for columns in known)
        return bool(column.table) and struct

    def _is_string(self, column: exp.Column) -> bool:
        """Does SQLite's user mean `"x"` as a string? SQLite itself takes any unknown `"x"` for one.

        A value stands beside a column: in the same comparison, call, `||` or CASE. What stands alone in the
        select list, an aggregate or a comparison with a constant is meant as a name, and so is what is
        grouped, ordered or calculated by, and either side of a join's `=`. Where nothing has columns, and
        where a date function is told what only it understands, there is no doubt.
        """
        start = column.this.meta.get("start")
        written = start is not None and self.sql[start : start + 1] == '"'
        if self.scopes.dialect != "sqlite" or column.table or not written:
            return False
        if _is_time(column) or all(frame == Frame() for frame in self.scopes.frames(column)):
            return True
        parent = column.parent
        if isinstance(parent, _ARITHMETIC) or (isinstance(parent, exp.EQ) and _joins(parent)):
            return False
        if isinstance(parent, exp.In) and parent.this is column and parent.args.get("query"):
            return False
        return self._beside_column(column)

    def _beside_column(self, column: exp.Column) -> bool:
        node: exp.Expr = column
        while isinstance(node.parent, _VALUE_NODES) and not isinstance(node, (exp.Predicate, exp.AggFunc)):
            if isinstance(node.parent, exp.Connector | exp.Subquery | exp.Not):
                break
            node = node.parent
        return any(self._is_real(one) for one in node.walk(prune=lambda one: isinstance(one, exp.Query)))

    def _is_real(self, node: exp.Expr) -> bool:
        if isinstance(node, exp.Column):
            return self.scopes.find(node) is not None
        return isinstance(node, exp.Star)

    def _using(self, join: exp.Join) -> Iterable[tuple[exp.Identifier, str]]:
        relations = list(self.scopes.relation(join.this))
        for identifier in join.args.get("using") or ():
            if len(relations) == 1 and relations[0].columns is not None:
                name = relations[0].columns.get(self.scopes.folded(identifier))
                if name is None:
                    raise missing_column(identifier, [relations[0]], self.schema)
                yield identifier, name

    def _qualifier(self, column: exp.Column) -> Iterable[tuple[exp.Identifier, str]]:
        if not column.table:
            return
        named = (self.scopes.named(frame, column) for frame in self.scopes.frames(column))
        relation = next((one for one in named if one is not None), None)
        if relation is not None:
            yield column.args["table"], relation.name
        elif isinstance(column.this, exp.Star):
            raise unknown_column(column, self.scopes, self.schema)


def _write(column: exp.Column, name: str | None) -> None:
    if name:
        column.this.set("this", name)
    elif name is None:
        column.replace(exp.Literal.string(column.name))


def _spell(table: exp.Table, name: str, stored: Table | None) -> None:
    """A schema of its own is part of a stored name, the engine's default is not."""
    if not isinstance(table.this, exp.Identifier):
        return
    table.this.set("this", name)
    if stored is not None and stored.name == name:
        table.set("db", None)
    elif stored is not None:
        table.args["db"].set("this", stored.name.rpartition(".")[0])


def _joins(condition: exp.Expr) -> bool:
    """Is it, alone or under AND and OR, what a join is on?"""
    while isinstance(condition.parent, exp.Connector | exp.Paren):
        condition = condition.parent
    return condition.arg_key == "on"


def _is_time(column: exp.Column) -> bool:
    call = column.parent
    known = isinstance(call, _TIMES) or (
        isinstance(call, exp.Anonymous) and call.name.lower() in _OTHER_TIMES
    )
    return known and _TIME_TEXT.fullmatch(column.name) is not None


def _is_quoted(column: exp.Column) -> bool:
    return bool(column.this.args.get("quoted"))

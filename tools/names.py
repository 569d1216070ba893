"""Every table and column name of a statement, checked against the schema before anything runs.

`resolve_names` also writes into the tree what the engine would understand: the stored spelling of each name,
and a string literal for each of SQLite's double-quoted strings. What cannot be known is let through: a false
alarm costs a right answer, a miss only costs the engine's own message.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher

from sqlglot import exp

from .errors import GuardError
from .schema import Schema, Table
from .scope import Frame, Relation, Scopes

_ROW_IDS = {"rowid", "_rowid_", "oid"}
_IMPLICIT = {
    "sqlite": {"rank"},
    "duckdb": {"rowid", "user", "current_role"},
    "mysql": {"_rowid", "user"},
    "postgres": {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "user", "current_role"},
}
_VALUE_NODES = (exp.Condition, exp.If, exp.Tuple)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg)


def resolve_names(tree: exp.Expr, schema: Schema, dialect: str, sql: str) -> exp.Expr:
    """`tree` with each name as the schema stores it; raises GuardError for the first unknown one."""
    return _Names(Scopes(schema, dialect), schema, sql).resolved(tree)


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

    def _check_table(self, table: exp.Table) -> None:
        if not isinstance(table.this, exp.Identifier) or table.arg_key == "indexed":
            return
        if self.scopes.cte(table) is None and self.scopes.stored(table) is None:
            written = ".".join(part.name for part in table.parts)
            near = _nearest(table.name, [one.name for one in self.schema.tables])
            hint = f'; did you mean "{near}"?' if near else ""
            raise GuardError("unknown_name", f'no table "{_line(written)}"{hint}', _position(table.this))

    def _name(self, column: exp.Column) -> str | None:
        """The stored name, "" if it cannot be known, None for a string of SQLite; raises if there is none."""
        name = self.scopes.find(column)
        if name is not None or self._implicit(column):
            return name or ""
        if self._is_string(column):
            return None
        raise self._unknown(column)

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
        return name in _IMPLICIT[self.scopes.dialect] and not _is_quoted(column)

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
        grouped, ordered or calculated by, and either side of a join's `=`.
        """
        start = _position(column.this)
        written = start is not None and self.sql[start : start + 1] == '"'
        if self.scopes.dialect != "sqlite" or column.table or not written:
            return False
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
                    raise self._missing(identifier, [relations[0]])
                yield identifier, name

    def _qualifier(self, column: exp.Column) -> Iterable[tuple[exp.Identifier, str]]:
        if not column.table:
            return
        named = (self.scopes.named(frame, column) for frame in self.scopes.frames(column))
        relation = next((one for one in named if one is not None), None)
        if relation is not None:
            yield column.args["table"], relation.name
        elif isinstance(column.this, exp.Star):
            raise self._unknown(column)

    def _unknown(self, column: exp.Column) -> GuardError:
        frames = [frame for frame in self.scopes.frames(column) if frame.relations] or [Frame()]
        if not column.table:
            return self._missing(column.this, frames[0].relations)
        named = [self.scopes.named(frame, column) for frame in frames]
        relation = next((one for one in named if one is not None), None)
        if relation is not None:
            return self._missing(column.this, [relation])
        return self._no_alias(column, [relation for frame in frames for relation in frame.relations])

    def _no_alias(self, column: exp.Column, relations: list[Relation]) -> GuardError:
        written = column.table
        folded = written.lower()
        aliased = next((one for one in relations if one.table and one.table.name.lower() == folded), None)
        if aliased is not None:
            hint = f"{written} is called {aliased.name} here"
        elif any(table.name.lower() == folded for table in self.schema.tables):
            hint = f"{written} is a table, but not in this FROM"
        else:
            near = _nearest(written, [one.name for one in relations])
            hint = f'did you mean "{near}"?' if near else "it is not in this FROM"
        message = f'no alias "{_line(written)}"; {hint}'
        return GuardError("unknown_name", message, _position(column.args["table"]))

    def _missing(self, identifier: exp.Identifier, relations: list[Relation]) -> GuardError:
        places = ", ".join(dict.fromkeys(one.table.name if one.table else one.name for one in relations))
        within = f" in {places}" if places else ""
        hint = self._hint(identifier.name, relations)
        message = f'no column "{_line(identifier.name)}"{within}{hint}'
        return GuardError("unknown_name", message, _position(identifier))

    def _hint(self, name: str, relations: list[Relation]) -> str:
        """The same name in another table is a better guess than a near name in this one."""
        folded = name.lower()
        holders = [table.name for table in self.schema.tables if folded in _lowered(table)]
        here = [(one, column) for one in relations for column in (one.columns or {}).values()]
        if holders and not any(column.lower() == folded for _, column in here):
            return f"; {', '.join(holders[:3])} {'has' if len(holders) == 1 else 'have'} it"
        near = _nearest(name, [column for _, column in here])
        if near is None:
            return ""
        owner = next(one.name for one, column in here if column == near)
        if near.lower() == folded:
            return f'; write it in quotes: "{near}"'
        prefix = f"{owner}." if len(relations) > 1 and owner else ""
        return f'; did you mean {prefix}"{near}"?'


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


def _lowered(table: Table) -> set[str]:
    return {column.name.lower() for column in table.columns}


def _joins(condition: exp.Expr) -> bool:
    """Is it, alone or under AND and OR, what a join is on?"""
    while isinstance(condition.parent, exp.Connector | exp.Paren):
        condition = condition.parent
    return condition.arg_key == "on"


def _is_quoted(column: exp.Column) -> bool:
    return bool(column.this.args.get("quoted"))


def _position(identifier: exp.Expr) -> int | None:
    return identifier.meta.get("start")


def _line(name: str) -> str:
    """A name from a statement, fit for a one-line message."""
    return " ".join(name.split())[:80]


def _nearest(name: str, candidates: Iterable[str]) -> str | None:
    scored = [(_likeness(name, candidate), candidate) for candidate in candidates]
    score, best = max(scored, default=(0.0, ""), key=lambda pair: pair[0])
    return best if score >= 0.6 else None


def _likeness(left: str, right: str) -> float:
    """Share of letters in common, or of whole words: `singer_name` is near `Name`."""
    ours, theirs = (set(text.lower().replace("_", " ").split()) for text in (left, right))
    shared = len(ours & theirs)
    plain, other = (text.lower().replace("_", "").replace(" ", "") for text in (left, right))
    words = 0.7 + 0.01 * shared if shared and (ours <= theirs or theirs <= ours) else 0.0
    return max(words, SequenceMatcher(None, plain, other, autojunk=False).ratio())

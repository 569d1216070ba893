"""A text beside a number that refers to another table: what that table calls its rows is meant."""

from collections.abc import Iterator

from sqlglot import exp

from ..kinds import declared
from ..likeness import words
from ..schema import Column, ForeignKey, Schema, Table
from ..scope import Scopes
from .joins import column, table


def read_names(tree: exp.Expr, schema: Schema, written: str) -> Iterator[str]:
    """`campus = 'Fresno'` → `campus IN (SELECT id FROM campuses WHERE name = 'Fresno')`, where campus holds
    ids; so IN and LIKE. Changes the tree.

    Let be where a text is a number, and where it cannot be told which column has the names.
    """
    scopes = Scopes(schema, written)
    hidden = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for node in list(tree.find_all(exp.EQ, exp.In, exp.Like)):
        place = scopes.stored_column(node.this) if isinstance(node.this, exp.Column) else None
        if not place or not _of_texts(node) or declared(place[1].type) not in ("int", "real"):
            continue
        key = next((one for one in place[0].foreign_keys if one.columns == (place[1].name,)), None)
        other = schema.table(key.table) if key else None
        if not key or not other or other.name.lower() in hidden or _holds_texts(*place):
            continue
        if name := _name(other, place[1].name):
            before = node.sql(dialect=written)
            node.replace(_referring(node, key, other, name))
            yield f"{before} → {other.name}.{name.name}"


def _of_texts(node: exp.Expr) -> bool:
    """Is it compared with literals, none of which may be a number?"""
    texts = node.expressions if isinstance(node, exp.In) else [node.expression]
    return bool(texts) and all(one.is_string and not any(map(str.isdigit, one.name)) for one in texts)


def _holds_texts(table: Table, column: Column) -> bool:
    """SQLite takes them in any column."""
    return any(isinstance(cell, str) for cell in table.cells(column))


def _name(table: Table, reference: str) -> Column | None:
    """The text column that is called as what refers to it, or as names are; or the only name, or text."""
    keys = table.keys
    texts = [one for one in table.columns if declared(one.type) == "text" and one.name not in keys]
    called = [{reference.lower()}, {"name", f"{table.name}_name".lower()}]
    exact = [one for names in called for one in texts if one.name.lower() in names]
    named = [one for one in texts if "name" in words(one.name)]
    left = named or texts
    return exact[0] if exact else left[0] if len(left) == 1 else None


def _referring(node: exp.Expr, key: ForeignKey, other: Table, name: Column) -> exp.In:
    reference, asked = node.this.copy(), node.copy()
    asked.set("this", column(name.name))
    query = exp.select(column(key.referred[0])).from_(table(other.name)).where(asked)
    return exp.In(this=reference, query=exp.Subquery(this=query))

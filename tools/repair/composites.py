"""Joins on a part of a key."""

from collections.abc import Iterator

from sqlglot import exp

from ..schema import Schema
from ..scope import Relation, Scopes
from .joins import column, equijoins
from .negations import _ends


def join_whole_keys(tree: exp.Expr, schema: Schema, written: str) -> Iterator[str]:
    """`room JOIN block ON room.floor = block.floor`, where a room refers to a floor and a code together, joins
    each room with every block of its floor; changes the tree.

    Let be where WHERE asks for the rest.
    """
    scopes = Scopes(schema, written)
    for select in tree.find_all(exp.Select):
        joins, relations = equijoins(select, scopes)
        where = select.args.get("where")
        if where and any(isinstance(one.expression, exp.Column) for one in where.find_all(exp.EQ)):
            continue
        for join in joins:
            ends = _ends(join, relations, scopes)
            if len(ends) == 2 and (rest := _rest(*ends[0], *ends[1]) or _rest(*ends[1], *ends[0])):
                before = join.sql(dialect=written)
                join.set("on", exp.and_(join.args["on"], *rest))
                yield f"{before} → {join.sql(dialect=written)}"


def _rest(here: Relation, own: exp.Column, there: Relation, other: exp.Column) -> list[exp.Expr]:
    """The conditions that are missing, if one column refers to the other as a part of a key."""
    for key in here.table.foreign_keys if here.table and there.table else ():
        pairs = list(zip(key.columns, key.referred, strict=False))
        lower = [(a.lower(), b.lower()) for a, b in pairs]
        if key.table.lower() == there.table.name.lower() and (own.name.lower(), other.name.lower()) in lower:
            at = lower.index((own.name.lower(), other.name.lower()))
            return [
                exp.EQ(this=column(a, here.name), expression=column(b, there.name))
                for a, b in pairs[:at] + pairs[at + 1 :]
            ]
    return []

"""Joins on a part of a key."""

from collections.abc import Iterator

from sqlglot import exp

from ..schema import Schema
from ..scope import Scopes
from .hops import Hop, hops
from .joins import column, equijoins


def join_whole_keys(tree: exp.Expr, schema: Schema, written: str) -> Iterator[str]:
    """`room JOIN block ON room.floor = block.floor`, where a room refers to a floor and a code, joins each
    room with every block of its floor; changes the tree.

    Let be where WHERE compares columns: it may ask for the rest.
    """
    scopes = Scopes(schema, written)
    for select in tree.find_all(exp.Select):
        joins, relations = equijoins(select, scopes)
        where = select.args.get("where")
        if where and any(isinstance(one.expression, exp.Column) for one in where.find_all(exp.EQ)):
            continue
        for join in joins:
            if rest := next(filter(None, map(_rest, hops(join, relations, scopes))), None):
                before = join.sql(dialect=written)
                join.set("on", exp.and_(join.args["on"], *rest))
                yield f"{before} → {join.sql(dialect=written)}"


def _rest(hop: Hop) -> list[exp.Expr]:
    """The conditions that are missing, if the one column refers to the other as a part of a key."""
    joined = (hop.key.name.lower(), hop.column.name.lower())
    for key in hop.here.table.foreign_keys if hop.here.table and hop.there.table else ():
        pairs = list(zip(key.columns, key.referred, strict=False))
        lower = [(own.lower(), referred.lower()) for own, referred in pairs]
        if hop.there.table and key.table.lower() == hop.there.table.name.lower() and joined in lower:
            return [
                exp.EQ(this=column(own, hop.here.name), expression=column(referred, hop.there.name))
                for index, (own, referred) in enumerate(pairs)
                if index != lower.index(joined)
            ]
    return []

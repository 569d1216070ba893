"""Joins on a part of a key."""

from collections.abc import Iterator

from sqlglot import exp

from ..schema import Schema
from ..scope import Scopes
from .hops import Hop, hops
from .joins import equal, equijoins
from .statement import conjuncts


def join_whole_keys(tree: exp.Expr, schema: Schema, written: str) -> Iterator[str]:
    """`room JOIN block ON room.floor = block.floor`, where a room refers to a floor and a code, joins each
    room with every block of its floor; changes the tree.

    Let be where WHERE compares columns, which may ask for the rest, and where a table refers to the other, or
    to itself, in several ways.
    """
    scopes = Scopes(schema, written)
    for select in tree.find_all(exp.Select):
        joins, relations = equijoins(select, scopes)
        if any(map(_compares_columns, conjuncts(select.args.get("where")))):
            continue
        for join in joins:
            if rest := next(filter(None, map(_rest, hops(join, relations, scopes))), None):
                before = join.sql(dialect=written)
                join.set("on", exp.and_(join.args["on"], *rest))
                yield f"{before} → {join.sql(dialect=written)}"


def _rest(hop: Hop) -> list[exp.Expr]:
    """The conditions that are missing, if the one column refers to the other as a part of a key."""
    here, there = hop.here.table, hop.there.table
    if here is None or there is None or here is there:
        return []
    keys = [key.pairs for key in here.foreign_keys if key.table.lower() == there.name.lower()]
    pairs = keys[0] if len(keys) == 1 else ()
    joined = (hop.key.name.lower(), hop.column.name.lower())
    rest = [(own, referred) for own, referred in pairs if (own.lower(), referred.lower()) != joined]
    return equal(rest, hop.here.name, hop.there.name) if len(rest) < len(pairs) else []


def _compares_columns(part: exp.Expr) -> bool:
    return sum(1 for _ in part.find_all(exp.Column)) > 1

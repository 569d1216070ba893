"""What a group of rows is called."""

from collections.abc import Iterator

from sqlglot import exp

from ..schema import Schema
from ..scope import Scopes
from .hops import Hop, hops
from .joins import equijoins, identifier


def name_groups(tree: exp.Expr, schema: Schema, written: str) -> Iterator[str]:
    """`SELECT event.name … JOIN event ON stadium.id = event.stadium_id GROUP BY stadium.id` gives the name of
    any of its events: the stadium's is meant, if it has one. Changes the tree.
    """
    scopes = Scopes(schema, written)
    for select in tree.find_all(exp.Select):
        group = select.args.get("group")
        keys = group.expressions if group else []
        if len(keys) != 1 or not isinstance(keys[0], exp.Column) or _chooses(select):
            continue
        joins, relations = equijoins(select, scopes)
        ways = [hop for join in joins for hop in hops(join, relations, scopes)]
        hop = next((one for one in ways if one.to_many and _groups(keys[0], one, scopes)), None)
        if hop is None:
            continue
        for item in list(select.expressions):
            if isinstance(item, exp.Column) and _is_of_any(item, hop, scopes):
                yield from _renamed(item, select, hop, written)


def _chooses(select: exp.Select) -> bool:
    """Which row of the group is meant: beside MIN and MAX the one that has it, or the only one there is."""
    having = select.args.get("having")
    return bool(select.find(exp.Min, exp.Max) or (having and having.find(exp.EQ)))


def _renamed(column: exp.Column, select: exp.Select, hop: Hop, written: str) -> Iterator[str]:
    named = column.copy()
    named.set("table", identifier(hop.here.name))
    if named in select.expressions:
        return
    for node in list(select.find_all(exp.Column)):
        if node == column and node.find_ancestor(exp.Join, exp.Where, exp.AggFunc, exp.Select) is select:
            node.replace(named.copy())
    yield f"{column.sql(dialect=written)} → {named.sql(dialect=written)}"


def _groups(key: exp.Column, hop: Hop, scopes: Scopes) -> bool:
    """Is there one group for each row of the table, by its key or by what is joined on it?"""
    table = hop.here.table
    own = scopes.may_be_of(key, hop.here) and key.name
    joined = scopes.may_be_of(key, hop.there) and _same(key, hop.column, scopes) and hop.key.name
    return table is not None and any(table.is_key(name) for name in (own, joined) if name)


def _is_of_any(node: exp.Column, hop: Hop, scopes: Scopes) -> bool:
    """A column of the many, written with their table, of which the one has its own?"""
    of_many = bool(node.table) and scopes.may_be_of(node, hop.there) and not _same(node, hop.column, scopes)
    return of_many and scopes.folded(node.this) in (hop.here.columns or {})


def _same(one: exp.Column, other: exp.Column, scopes: Scopes) -> bool:
    return scopes.folded(one.this) == scopes.folded(other.this)

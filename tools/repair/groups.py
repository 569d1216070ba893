"""Groups of rows: what names each."""

from collections.abc import Iterator

from sqlglot import exp

from ..schema import Schema
from ..scope import Relation, Scopes
from .joins import equijoins, identifier
from .negations import _ends, _to_many, Hop


def name_groups(tree: exp.Expr, schema: Schema, written: str) -> Iterator[str]:
    """`SELECT event.name … JOIN event ON stadium.id = event.stadium_id GROUP BY stadium.id` gives the name of any
    event: the stadium's is meant, if it has one. Changes the tree.
    """
    scopes = Scopes(schema, written)
    for select in tree.find_all(exp.Select):
        group = select.args.get("group")
        keys = group.expressions if group else []
        if len(keys) != 1 or not isinstance(keys[0], exp.Column):
            continue
        joins, relations = equijoins(select, scopes)
        hops = [hop for join in joins for hop in _hops(_ends(join, relations, scopes))]
        hop = next((one for one in hops if _to_many(one) and _is_key(keys[0], one, scopes)), None)
        for node in [item.unalias() for item in select.expressions] if hop else ():
            assert hop
            if not isinstance(node, exp.Column) or node == keys[0] or not node.table:
                continue
            name = scopes.folded(node.this)
            if scopes.may_be_of(node, hop.there) and name in (hop.here.columns or {}) and name != scopes.folded(hop.column.this):
                before = node.sql(dialect=written)
                node.set("table", identifier(hop.here.name))
                yield f"{before} → {node.sql(dialect=written)}"


def _hops(ends):
    if len(ends) == 2:
        (one, a), (other, b) = ends
        yield Hop(one, a, other, b)
        yield Hop(other, b, one, a)


def _is_key(node: exp.Column, hop: Hop, scopes: Scopes) -> bool:
    table = hop.here.table
    own = scopes.may_be_of(node, hop.here) and table is not None and table.is_key(node.name)
    other = scopes.may_be_of(node, hop.there) and scopes.folded(node.this) == scopes.folded(hop.column.this)
    return own or (other and table is not None and table.is_key(hop.key.name))

"""Rows that are not there: an inner join finds none of them."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlglot import exp

from ..schema import Schema
from ..scope import Relation, Scopes
from .joins import equated, equijoins
from .statement import MOST_CONDITIONS, conjuncts


class Unmatched(NamedTuple):
    condition: exp.Is
    join: exp.Join
    """That of the table which has no row; it may stand on either side of it."""
    first: bool
    """Does that table stand before its join?"""


def keep_unmatched(tree: exp.Expr, schema: Schema, written: str) -> Iterator[str]:
    """`FROM customer JOIN card ON … WHERE card.id IS NULL` joins LEFT: else it never finds anything.

    Changes the tree. Where the card goes first, the two change places. Let be where more is asked of the
    card, as it has none.
    """
    scopes = Scopes(schema, written)
    for select in tree.find_all(exp.Select):
        if found := _unmatched(select, scopes):
            yield _kept(select, found, written)


def _unmatched(select: exp.Select, scopes: Scopes) -> Unmatched | None:
    joins, relations = equijoins(select, scopes)
    if not joins:
        return None
    for part in conjuncts(select.args.get("where"))[:MOST_CONDITIONS]:
        if not isinstance(part, exp.Is) or not isinstance(part.expression, exp.Null):
            continue
        owners = [index for index, one in enumerate(relations) if _reads(part, one, scopes)]
        if len(owners) != 1 or (owners[0] == 0 and len(joins) > 1):
            continue
        relation, join = relations[owners[0]], joins[max(owners[0] - 1, 0)]
        if not _has_value(part.this, relation, join, select, scopes):
            continue
        uses = [node for node in select.find_all(exp.Column) if scopes.may_be_of(node, relation)]
        if all(node is part.this or node.find_ancestor(exp.Join) is join for node in uses):
            return Unmatched(part, join, owners[0] == 0)
    return None


def _reads(part: exp.Is, relation: Relation, scopes: Scopes) -> bool:
    return isinstance(part.this, exp.Column) and scopes.may_be_of(part.this, relation)


def _has_value(
    column: exp.Column, relation: Relation, join: exp.Join, select: exp.Select, scopes: Scopes
) -> bool:
    """In every row that the inner join gives: a key of the table; or what is joined on, if the other table
    is read (`COUNT(*)` of cards without a customer means the cards).
    """
    stored = relation.table.column(column.name) if relation.table else None
    if relation.table is None or stored is None:
        return False
    sides = [side for side in equated(join.args.get("on")) if scopes.may_be_of(side, relation)]
    joined_on = any(scopes.folded(side.this) == scopes.folded(column.this) for side in sides)
    read = [node for item in select.expressions for node in item.find_all(exp.Column)]
    of_other = any(not scopes.may_be_of(node, relation) for node in read)
    given = relation.table.is_key(stored.name) or not stored.nullable
    return given or (joined_on and of_other)


def _kept(select: exp.Select, found: Unmatched, written: str) -> str:
    condition, join, first = found
    if first:
        from_ = select.args["from_"]
        absent, present = from_.this.copy(), join.this.copy()
        from_.set("this", present)
        join.set("this", absent)
    join.set("kind", None)
    join.set("side", "LEFT")
    return f"{condition.sql(dialect=written)} → {join.sql(dialect=written).strip()}"

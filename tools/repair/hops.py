"""From table to table along the joins of a SELECT, as it has them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlglot import exp

from ..scope import Relation, Scopes
from .joins import equated


class Hop(NamedTuple):
    """A join, from the one table to the other."""

    here: Relation
    key: exp.Column
    there: Relation
    column: exp.Column

    @property
    def to_many(self) -> bool:
        """May several rows there belong to one here? Their column is not the only key of their table, and
        ours is of ours, or they refer to it.
        """
        if self.there.table is None or self.here.table is None:
            return False
        theirs, ours = self.column.name.lower(), self.key.name.lower()
        referred = [
            (name.lower(), own.lower())
            for key in self.there.table.foreign_keys
            if key.table.lower() == self.here.table.name.lower()
            for name, own in key.pairs
        ]
        known = self.here.table.is_key(ours) or (theirs, ours) in referred
        return known and not self.there.table.is_key(theirs)


def hops(join: exp.Join, relations: Sequence[Relation], scopes: Scopes) -> tuple[Hop, ...]:
    """The two ways of a join; none unless each side of its condition is one table's."""
    sides = equated(join.args.get("on"))
    ends = [(one, side) for side in sides for one in relations if scopes.may_be_of(side, one)]
    if len(ends) != 2:
        return ()
    (here, key), (there, column) = ends
    return Hop(here, key, there, column), Hop(there, column, here, key)


def way(start: Relation, goal: Relation, joins: Sequence[tuple[Hop, ...]]) -> list[Hop]:
    """The joins one after the other, from the one table to the other; empty if they do not connect them."""
    found: list[Hop] = []
    here, left = start, list(joins)
    while here is not goal:
        hop = next((hop for both in left for hop in both if hop.here is here), None)
        if hop is None:
            return []
        left = [both for both in left if all(one is not hop for one in both)]
        found.append(hop)
        here = hop.there
    return found

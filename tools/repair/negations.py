"""None of many: `<>` beside a joined table finds whoever has another one, too."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlglot import exp

from ..schema import Schema
from ..scope import Relation, Scopes
from .joins import equated, equijoins
from .statement import conjuncts, is_plain

_DO, _NOT = r"(?:do|does|did|has|have|had)", r"(?: not|n['’]t)\b"
_NONE = re.compile(
    rf"\b(?:never|{_DO}{_NOT}|(?:without|(?:have|has|had|with|where|which|whom) no)\b(?! (?:duplicat|repe)))", re.IGNORECASE
)
"""What has none, in the words of a question."""
_ANOTHER = re.compile(
    r"\bnot only\b|\bother than\b|\bexcept\b|\bdifferent from\b"
    rf"|\b(?:that|which|who|whose)\b[^,.?]*? (?:is|are|was|were){_NOT}"
    rf"|\bwhose\b[^,.?]*? (?:do|does|did){_NOT}"
    rf"|\b(?:an?|some|any|\w+thing)(?: \w+){{0,2}} (?:that|which)\b[^,.?]*? {_DO}{_NOT}",
    re.IGNORECASE,
)
"""What has one that is another."""


Ends = list[tuple[Relation, exp.Column]]


class Hop(NamedTuple):
    """A join, from the one table to the other."""

    here: Relation
    key: exp.Column
    there: Relation
    column: exp.Column


def none_of_many(tree: exp.Expr, schema: Schema, written: str, question: str) -> Iterator[str]:
    """`SELECT name FROM dorm JOIN amenity ON … WHERE amenity.kind <> 'pool'` → `SELECT name FROM dorm WHERE
    NOT id IN (SELECT dorm.id … WHERE amenity.kind = 'pool')`, if the question says that they have none; so
    NOT IN and NOT LIKE.

    Changes the tree once; its root needs a parent to be replaced. Let be where a dorm has but one amenity,
    where more is asked of it, or of another table, and where rows are counted, grouped or ordered.
    """
    if not _NONE.search(question) or _ANOTHER.search(question):
        return
    scopes = Scopes(schema, written)
    for select in tree.find_all(exp.Select):
        denied = [one for one in conjuncts(select.args.get("where")) if isinstance(one, exp.NEQ | exp.Not)]
        if len(denied) != 1 or not is_plain(select) or select.find_ancestor(exp.Not, exp.Except):
            continue
        affirmed = _affirmed(denied[0])
        if affirmed and (found := _owner(select, denied[0], affirmed.this, scopes)):
            before = denied[0].sql(dialect=written)
            select.replace(_none_of(select, denied[0], affirmed, *found))
            yield f"{before} → NOT IN"
            return  # the others are in copies now


def _affirmed(denied: exp.Expr) -> exp.Expr | None:
    """What is denied of a column: that it is a text or number that says something, among some, or like one."""
    if isinstance(denied, exp.NEQ):
        side = denied.expression
        says = isinstance(side, exp.Literal) and bool(side.name.strip())
        affirmed = exp.EQ(this=denied.this.copy(), expression=side.copy()) if says else None
    else:
        inner = denied.this.unnest()
        affirmed = inner.copy() if isinstance(inner, exp.In | exp.Like) else None
    return affirmed if affirmed and isinstance(affirmed.this, exp.Column) else None


def _owner(
    select: exp.Select, denied: exp.Expr, column: exp.Column, scopes: Scopes
) -> tuple[exp.Table, exp.Column] | None:
    """The table of which all is asked but what is denied, and what joins it, if its rows may have many of what
    the column is asked of.
    """
    joins, relations = equijoins(select, scopes)
    if not joins:
        return None
    within = {id(node) for part in (*joins, denied) for node in part.find_all(exp.Column)}
    own = [node for node in select.find_all(exp.Column) if id(node) not in within]
    owners = [one for one in relations if own and all(scopes.may_be_of(node, one) for node in own)]
    asked = next(node for node in denied.find_all(exp.Column) if node == column)
    others = [one for one in relations if scopes.may_be_of(asked, one)]
    if len(owners) != 1 or len(others) != 1 or any(node.is_star for node in select.expressions):
        return None
    if denied.find(exp.Select) and not (others[0].table and others[0].table.is_key(column.name)):
        return None  # the subquery tells already what none is
    way = _way(owners[0], others[0], [_ends(join, relations, scopes) for join in joins])
    table = [select.args["from_"].this, *(join.this for join in joins)][relations.index(owners[0])]
    many = len(way) == len(joins) and any(map(_to_many, way))
    return (table, way[0].key) if many and isinstance(table, exp.Table) else None


def _ends(join: exp.Join, relations: list[Relation], scopes: Scopes) -> Ends:
    """The two columns that are joined on, each with its table."""
    sides = equated(join.args.get("on"))
    return [(one, side) for side in sides for one in relations if scopes.may_be_of(side, one)]


def _way(owner: Relation, other: Relation, joins: Sequence[Ends]) -> list[Hop]:
    """The joins one after the other: as many as there are, if none stands aside."""
    way: list[Hop] = []
    here, left = owner, [ends for ends in joins if len(ends) == 2]
    while here is not other:
        ends = next((ends for ends in left if any(one is here for one, _ in ends)), None)
        if ends is None:
            return []
        left.remove(ends)
        (_, key), (there, column) = ends if ends[0][0] is here else ends[::-1]
        way.append(Hop(here, key, there, column))
        here = there
    return way


def _to_many(hop: Hop) -> bool:
    """By a foreign key that is not its own table's only key, which no two rows share?"""
    if hop.there.table is None or hop.here.table is None:
        return False
    ours, theirs = hop.column.name.lower(), hop.key.name.lower()
    keys = [
        tuple(name.lower() for name in (*key.columns, *key.referred))
        for key in hop.there.table.foreign_keys
        if key.table.lower() == hop.here.table.name.lower()
    ]
    return (ours, theirs) in keys and not hop.there.table.is_key(ours)


def _none_of(
    select: exp.Select, denied: exp.Expr, affirmed: exp.Expr, table: exp.Table, key: exp.Column
) -> exp.Select:
    kept = [one.copy() for one in conjuncts(select.args["where"]) if one is not denied]
    owners = select.copy()
    owners.set("from_", exp.From(this=table.copy()))
    owners.set("joins", [])
    denied.replace(affirmed)
    having = select.copy()
    having.set("distinct", None)
    having.set("expressions", [key.copy()])
    none = exp.Not(this=exp.In(this=key.copy(), query=exp.Subquery(this=having)))
    owners.set("where", exp.Where(this=exp.and_(*kept, none)))
    return owners

"""None of many: `<>` beside a joined table finds whoever has another one, too."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlglot import exp

from ..likeness import begin_alike, words
from ..schema import Schema
from ..scope import Relation, Scopes
from .denials import Denial, Denied, denial, denied_in, denies, undenied_in
from .hops import Hop, hops, way
from .joins import column, equijoins
from .statement import conjuncts, is_plain

_NEAR = 5
"""So many words after the denial what is denied is called."""


class Owner(NamedTuple):
    """The table of which all is asked but what is denied."""

    table: exp.Table
    key: exp.Column


def deny(tree: exp.Expr, schema: Schema, written: str, question: str) -> Iterator[str]:
    """`SELECT name FROM dorm JOIN amenity ON … WHERE amenity.kind <> 'pool'` → `SELECT name FROM dorm WHERE
    NOT id IN (SELECT dorm.id … WHERE amenity.kind = 'pool')`, if the question says that they have none; so
    NOT IN and NOT LIKE, and `= 'pool'` where the statement denies nothing at all. Of cities (a column of
    dorm) that have no dorm with a pool it makes an EXCEPT.

    Changes the tree once; its root needs a parent to be replaced. Let be where a dorm has but one amenity,
    where more is asked of it, or of another table, and where rows are counted, grouped or ordered.
    """
    if (asked := denial(question)) is None:
        return
    scopes = Scopes(schema, written)
    lost = not any(map(denies, tree.walk()))
    for select in tree.find_all(exp.Select):
        if not is_plain(select) or select.find_ancestor(exp.Not, exp.Except):
            continue
        denied = undenied_in(select, asked.said) if lost else denied_in(select)
        if denied and (none := _none(select, denied, asked, scopes)):
            name, query = none
            yield f"{denied.part.sql(dialect=written)} → {name}"
            select.replace(query)
            return  # the others are in copies now


def _none(select: exp.Select, denied: Denied, asked: Denial, scopes: Scopes) -> tuple[str, exp.Query] | None:
    """How the change is called, and the query."""
    if owner := _owner(select, denied, asked, scopes):
        return "NOT IN", _none_of(select, denied, owner)
    if select.args.get("joins") or denied.affirmed is None:
        return None
    kept = _kept(select, denied)
    if not denied.part.find(exp.Select) and _is_of_groups(select, denied, asked, scopes):
        query = exp.Except(this=_where(select, kept), expression=_where(select, [*kept, denied.affirmed]))
        return "EXCEPT", query
    if denied.part != denied.affirmed:
        return None
    none = exp.Not(this=_without_nulls(denied.affirmed))
    return f"NOT {'IN' * isinstance(denied.part, exp.In)}".strip(), _where(select, [*kept, none])


def _owner(select: exp.Select, denied: Denied, asked: Denial, scopes: Scopes) -> Owner | None:
    """If its rows may have many of what the condition is on, and the question does not deny it of those."""
    joins, relations = equijoins(select, scopes, outer=True)
    node = denied.part.find(exp.Column)
    if not joins or node is None or any(item.is_star for item in select.expressions):
        return None
    within = {id(one) for part in (*joins, denied.part) for one in part.find_all(exp.Column)}
    own = [one for one in select.find_all(exp.Column) if id(one) not in within]
    owners = [one for one in relations if own and all(scopes.may_be_of(name, one) for name in own)]
    others = [one for one in relations if scopes.may_be_of(node, one)]
    if len(owners) != 1 or len(others) != 1:
        return None
    found = way(owners[0], others[0], [hops(join, relations, scopes) for join in joins])
    many = len(found) == len(joins) and any(hop.to_many for hop in found)
    if not many or not _is_whole(denied, node, found, joins) or _is_of_others(asked, found):
        return None
    table = [select.args["from_"].this, *(join.this for join in joins)][relations.index(owners[0])]
    return Owner(table, _key(owners[0]) or found[0].key) if isinstance(table, exp.Table) else None


def _is_whole(denied: Denied, node: exp.Column, found: list[Hop], joins: list[exp.Join]) -> bool:
    """Is there nothing that tells already what none is? A subquery does, unless it is on the rows themselves;
    one outer join does, and an inner one means rows that have a value missing.
    """
    last = found[-1].there.table
    if last is None:
        return False
    if denied.part.find(exp.Select):
        return last.is_key(node.name)
    given = node.name.lower() in [name.lower() for name in last.primary_key]
    return denied.affirmed is not None or (given and len(found) > 1 and any(join.side for join in joins))


def _is_of_others(asked: Denial, found: list[Hop]) -> bool:
    """Is it orders, of customers, "that have not been paid"?"""
    own = words(found[0].here.table.name) if found[0].here.table else frozenset()
    others = [words(hop.there.table.name) for hop in found if hop.there.table]
    return begin_alike(frozenset().union(*others) - own, asked.noun)


def _key(owner: Relation) -> exp.Column | None:
    """Its own: what it is joined on may be missing."""
    keys = owner.table.primary_key if owner.table else ()
    return column(keys[0], owner.name) if len(keys) == 1 else None


def _none_of(select: exp.Select, denied: Denied, owner: Owner) -> exp.Select:
    kept = _kept(select, denied)
    having = _where(select, [*kept, *filter(None, [denied.affirmed])])
    for join in having.args["joins"]:
        join.set("side", None)
    having.set("distinct", None)
    having.set("expressions", [owner.key.copy()])
    none = exp.Not(this=exp.In(this=owner.key.copy(), query=exp.Subquery(this=having)))
    owners = _where(select, [*kept, none])
    owners.set("from_", exp.From(this=owner.table.copy()))
    owners.set("joins", [])
    return owners


def _is_of_groups(select: exp.Select, denied: Denied, asked: Denial, scopes: Scopes) -> bool:
    """Does the question deny rows of the table, of which what is selected, but no name, may have many?"""
    relations = scopes.relations(select)
    table = relations[0].table if len(relations) == 1 else None
    item = select.expressions[0].unalias()
    plain = len(select.expressions) == 1 and isinstance(item, exp.Column) and not item.is_star
    if table is None or not plain or table.is_key(item.name) or "name" in words(item.name):
        return False
    texts = {word for one in denied.part.find_all(exp.Literal) for word in words(one.name)}
    near = words(" ".join(asked.said.split()[:_NEAR])) - texts
    return bool(words(table.name) & near)


def _without_nulls(part: exp.Expr) -> exp.Expr:
    """`NOT x IN (SELECT y …)` holds for none if there is a y that is NULL."""
    query = part.args.get("query")
    inner = query.this if query else None
    item = inner.expressions[0] if isinstance(inner, exp.Select) and inner.expressions else None
    if isinstance(inner, exp.Select) and isinstance(item, exp.Column) and not item.is_star:
        given = exp.Not(this=exp.Is(this=item.copy(), expression=exp.Null()))
        parts = [*conjuncts(inner.args.get("where")), given]
        inner.set("where", exp.Where(this=exp.and_(*(one.copy() for one in parts))))
    return part


def _kept(select: exp.Select, denied: Denied) -> list[exp.Expr]:
    return [one for one in conjuncts(select.args["where"]) if one is not denied.part]


def _where(select: exp.Select, conditions: list[exp.Expr]) -> exp.Select:
    """A copy that asks for these, and for nothing if there are none."""
    query = select.copy()
    asked = exp.and_(*(one.copy() for one in conditions)) if conditions else None
    query.set("where", asked and exp.Where(this=asked))
    return query

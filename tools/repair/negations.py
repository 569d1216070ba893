"""None of many: `<>` beside a joined table finds whoever has another one, too."""

from collections.abc import Iterator

from sqlglot import exp

from ..likeness import words
from ..schema import Schema
from ..scope import Scopes
from .denials import Denied, denied_by, denied_in, denies, undenied_in
from .hops import hops, way
from .joins import equijoins
from .statement import conjuncts, is_plain


def deny(tree: exp.Expr, schema: Schema, written: str, question: str) -> Iterator[str]:
    """`SELECT name FROM dorm JOIN amenity ON … WHERE amenity.kind <> 'pool'` → `SELECT name FROM dorm WHERE
    NOT id IN (SELECT dorm.id … WHERE amenity.kind = 'pool')`, if the question says that they have none; so
    NOT IN and NOT LIKE, and `= 'pool'` where the statement denies nothing at all. Of cities (a column of
    dorm) that have no dorm with a pool it makes an EXCEPT.

    Changes the tree once; its root needs a parent to be replaced. Let be where a dorm has but one amenity,
    where more is asked of it, or of another table, and where rows are counted, grouped or ordered.
    """
    if (rest := denied_by(question)) is None:
        return
    scopes = Scopes(schema, written)
    lost = not any(map(denies, tree.walk()))
    for select in tree.find_all(exp.Select):
        if not is_plain(select) or select.find_ancestor(exp.Not, exp.Except):
            continue
        denied = undenied_in(select, rest) if lost else denied_in(select)
        if denied and (query := _none(select, denied, rest, scopes)):
            name = (
                "EXCEPT" if isinstance(query, exp.Except) else "NOT IN" if query.find(exp.Subquery) else "NOT"
            )
            yield f"{denied.part.sql(dialect=written)} → {name}"
            select.replace(query)
            return  # the others are in copies now


def _none(select: exp.Select, denied: Denied, rest: str, scopes: Scopes) -> exp.Query | None:
    if found := _owner(select, denied, scopes):
        return _none_of(select, denied, *found)
    if select.args.get("joins") or denied.affirmed is None:
        return None
    kept = _kept(select, denied)
    if not denied.part.find(exp.Select) and _is_of_groups(select, denied, rest, scopes):
        return exp.Except(this=_where(select, kept), expression=_where(select, [*kept, denied.affirmed]))
    lost = denied.part == denied.affirmed
    return _where(select, [*kept, exp.Not(this=denied.affirmed)]) if lost else None


def _owner(select: exp.Select, denied: Denied, scopes: Scopes) -> tuple[exp.Table, exp.Column] | None:
    """The table of which all is asked but what is denied, and what joins it, if its rows may have many of
    what the condition is on.
    """
    joins, relations = equijoins(select, scopes, outer=True)
    column = denied.part.find(exp.Column)
    if not joins or column is None or any(node.is_star for node in select.expressions):
        return None
    within = {id(node) for part in (*joins, denied.part) for node in part.find_all(exp.Column)}
    own = [node for node in select.find_all(exp.Column) if id(node) not in within]
    owners = [one for one in relations if own and all(scopes.may_be_of(node, one) for node in own)]
    others = [one for one in relations if scopes.may_be_of(column, one)]
    if len(owners) != 1 or len(others) != 1:
        return None
    if denied.part.find(exp.Select) and not (others[0].table and others[0].table.is_key(column.name)):
        return None  # the subquery tells already what none is
    found = way(owners[0], others[0], [hops(join, relations, scopes) for join in joins])
    if len(found) != len(joins) or not any(hop.to_many for hop in found):
        return None
    if denied.affirmed is None and len(found) == 1:
        return None  # an outer join tells already that there is none
    table = [select.args["from_"].this, *(join.this for join in joins)][relations.index(owners[0])]
    return (table, found[0].key) if isinstance(table, exp.Table) else None


def _none_of(select: exp.Select, denied: Denied, table: exp.Table, key: exp.Column) -> exp.Select:
    kept = _kept(select, denied)
    having = _where(select, [*kept, *filter(None, [denied.affirmed])])
    for join in having.args["joins"]:
        join.set("side", None)
    having.set("distinct", None)
    having.set("expressions", [key.copy()])
    none = exp.Not(this=exp.In(this=key.copy(), query=exp.Subquery(this=having)))
    owners = _where(select, [*kept, none])
    owners.set("from_", exp.From(this=table.copy()))
    owners.set("joins", [])
    return owners


def _is_of_groups(select: exp.Select, denied: Denied, rest: str, scopes: Scopes) -> bool:
    """Does the question deny rows of the table, of which what is selected may have many?"""
    relations = scopes.relations(select)
    table = relations[0].table if len(relations) == 1 else None
    items = [item.unalias() for item in select.expressions]
    plain = all(isinstance(item, exp.Column) and not item.is_star for item in items)
    if table is None or not plain or any(table.is_key(item.name) for item in items):
        return False
    texts = {word for one in denied.part.find_all(exp.Literal) for word in words(one.name)}
    return bool(words(table.name) & (words(rest) - texts))


def _kept(select: exp.Select, denied: Denied) -> list[exp.Expr]:
    return [one for one in conjuncts(select.args["where"]) if one is not denied.part]


def _where(select: exp.Select, conditions: list[exp.Expr]) -> exp.Select:
    """A copy that asks for these, and for nothing if there are none."""
    query = select.copy()
    asked = exp.and_(*(one.copy() for one in conditions)) if conditions else None
    query.set("where", asked and exp.Where(this=asked))
    return query

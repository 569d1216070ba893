"""Aggregates outside of their place."""

from collections.abc import Iterator

from sqlglot import exp

from ..grouping import is_aggregate
from ..scope import Relation
from .joins import identifier
from .statement import Statement, conjuncts


def mend_aggregate(statement: Statement) -> str | None:
    """`SELECT rank FROM faculty ORDER BY count(*)` lacks its GROUP BY, and WHERE takes no aggregate."""
    for select in statement.tree.find_all(exp.Select):
        where, order = select.args.get("where"), select.args.get("order")
        moved = [part for part in conjuncts(where) if _aggregates(part)]
        ungrouped = not select.args.get("group")
        ordered = order is not None and _aggregates(order) and not any(map(_aggregates, select.expressions))
        if not moved and not (ordered and ungrouped):
            continue
        if compared := [part for part in moved if _bare(part)]:
            if change := _computed_apart(select, compared, statement):
                return change
            continue
        if ungrouped and not _keys(select):
            continue
        if moved:
            _move_to_having(select, moved)
        if ungrouped:
            _group(select)
        added = statement.written(select.args["group"])
        return f"an aggregate outside of its place → {added}{' HAVING' if moved else ''}"
    return None


def own_aggregate(statement: Statement) -> str | None:
    """`WHERE price > (SELECT AVG(T1.price) FROM product)` takes no aggregate of the outer query: the inner
    query's price is meant, if it has one.
    """
    for call in statement.tree.find_all(exp.AggFunc):
        select, node = call.find_ancestor(exp.Select), call.this
        relations = statement.scopes.relations(select) if select else []
        if select is None or len(relations) != 1 or not isinstance(node, exp.Column) or not node.table:
            continue
        (own,), fold = relations, statement.scopes.fold
        within = isinstance(select.find_ancestor(exp.Where, exp.Having, exp.Select), exp.Where)
        has_one = statement.scopes.folded(node.this) in (own.columns or {})
        if within and has_one and fold(node.table) != fold(own.name):
            was = statement.written(call)
            node.set("table", identifier(own.name))
            return f"{was} → {statement.written(call)}"
    return None


def _computed_apart(select: exp.Select, conditions: list[exp.Expr], statement: Statement) -> str | None:
    """`price > AVG(price)` is with the average of the same table, in a query of its own."""
    found = [node for part in conditions for node in part.walk() if is_aggregate(node)]
    calls = [node for node in found if not isinstance(node.parent, exp.Filter)]
    relations, of = statement.scopes.relations(select), select.args.get("from_")
    if of is None or not isinstance(of.this, exp.Table) or len(relations) != 1:
        return None
    if not all(_is_of(node, select, relations[0], statement) for node in calls):
        return None
    before = [statement.written(part) for part in conditions]
    for node in calls:
        node.replace(exp.Subquery(this=exp.select(node.copy()).from_(of.this.copy())))
    after = [statement.written(part) for part in conditions]
    return "; ".join(map(" → ".join, zip(before, after, strict=True)))


def _is_of(call: exp.Expr, select: exp.Select, relation: Relation, statement: Statement) -> bool:
    """Is all that the call reads the relation's?"""
    scopes = statement.scopes
    named = all(
        scopes.may_be_of(node, relation) and scopes.folded(node.this) in (relation.columns or {})
        for node in call.find_all(exp.Column)
    )
    return named and call.find_ancestor(exp.Select) is select


def group_counts(tree: exp.Expr, written: str) -> Iterator[str]:
    """`SELECT rank, count(*) FROM faculty` counts all of them, beside the rank of any; changes the tree.

    Beside MIN and MAX SQLite takes the row that has it, which may be meant.
    """
    for select in tree.find_all(exp.Select):
        counted = [item for item in select.expressions if _aggregates(item)]
        looked_at = [*counted, *filter(None, map(select.args.get, ("having", "order")))]
        extreme = any(part.find(exp.Min, exp.Max) for part in looked_at)
        let_be = extreme or select.args.get("group") or isinstance(select.parent, exp.Exists)
        if counted and (keys := _keys(select)) and not let_be:
            _group(select)
            yield f"any {keys[0].sql(dialect=written)} → {select.args['group'].sql(dialect=written).strip()}"


def _keys(select: exp.Select) -> list[exp.Column]:
    """What an aggregate is grouped by: all items without one; none unless each is a column."""
    plain = [item.unalias() for item in select.expressions if not _aggregates(item)]
    keys = [item for item in plain if isinstance(item, exp.Column) and not item.is_star]
    return keys if len(keys) == len(plain) else []


def _group(select: exp.Select) -> None:
    select.set("group", exp.Group(expressions=[key.copy() for key in _keys(select)]))


def _bare(node: exp.Expr) -> bool:
    """Is a column outside of the aggregates in it? HAVING would take it of any row."""
    outside = node.walk(prune=lambda one: is_aggregate(one) or isinstance(one, exp.Query))
    return any(isinstance(one, exp.Column) for one in outside)


def _aggregates(node: exp.Expr) -> bool:
    """Is an aggregate of this very query in it?"""
    return any(is_aggregate(one) for one in node.walk(prune=lambda one: isinstance(one, exp.Query)))


def _move_to_having(select: exp.Select, moved: list[exp.Expr]) -> None:
    kept = [part for part in conjuncts(select.args["where"]) if part not in moved]
    having = select.args.get("having")
    conditions = [*([having.this] if having else []), *moved]
    select.set("where", exp.Where(this=exp.and_(*(part.copy() for part in kept))) if kept else None)
    select.set("having", exp.Having(this=exp.and_(*(part.copy() for part in conditions))))

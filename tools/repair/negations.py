"""None of many: `<>` beside a joined table finds whoever has another one, too."""

import re
from collections.abc import Iterator

from sqlglot import exp

from ..schema import Schema
from ..scope import Relation, Scopes
from .joins import equated, is_inner
from .statement import conjuncts, is_plain

_NEGATION = re.compile(r"\b(?:not|no|never|without|except|excluding)\b|n['’]t\b", re.IGNORECASE)


def except_those(tree: exp.Expr, schema: Schema, written: str, question: str) -> Iterator[str]:
    """`SELECT name FROM dorm JOIN amenity ON … WHERE amenity.kind <> 'pool'` → `SELECT name FROM dorm EXCEPT
    SELECT name … WHERE amenity.kind = 'pool'`, for a dorm has many, if the question says not.

    Changes the tree once; its root needs a parent to be replaced. Let be where more than one table is asked
    of, or rows are counted, grouped or ordered.
    """
    scopes = Scopes(schema, written)
    for select in tree.find_all(exp.Select) if _NEGATION.search(question) else ():
        unequal = [one for one in conjuncts(select.args.get("where")) if isinstance(one, exp.NEQ)]
        if len(unequal) == 1 and is_plain(select) and (owner := _owner(select, unequal[0], scopes)):
            before = unequal[0].sql(dialect=written)
            select.replace(_all_but(select, unequal[0], owner))
            yield f"{before} → EXCEPT"
            return  # the others are in copies now


def _owner(select: exp.Select, unequal: exp.NEQ, scopes: Scopes) -> Relation | None:
    """The table of which all is asked but the one condition, if its rows may have many of the other's."""
    joins, relations = select.args.get("joins") or [], scopes.relations(select)
    if not joins or len(relations) != len(joins) + 1 or not all(map(is_inner, joins)):
        return None
    within = {id(node) for join in joins for node in join.find_all(exp.Column)}
    asked = [node for node in select.find_all(exp.Column) if id(node) not in within]
    own = [node for node in asked if node is not unequal.this]
    owners = [one for one in relations if own and all(scopes.may_be_of(node, one) for node in own)]
    other = [one for one in relations if scopes.may_be_of(unequal.this, one)]
    found = isinstance(unequal.this, exp.Column) and isinstance(unequal.expression, exp.Literal)
    if not found or len(owners) != 1 or len(other) != 1 or owners == other:
        return None
    return owners[0] if _many(owners[0], other[0], joins, relations, scopes) else None


def _many(
    owner: Relation, other: Relation, joins: list[exp.Join], relations: list[Relation], scopes: Scopes
) -> bool:
    """On the way of joins from the one to the other, is one referred to by rows of which many may be?"""
    hops = [hop for join in joins if len(hop := _ends(join, relations, scopes)) == 2]
    many = {owner.name: False}
    for _ in joins:  # each round goes one join further at least
        for (one, key), (next_one, column) in [*hops, *(hop[::-1] for hop in hops)]:
            if one.name in many:
                many.setdefault(next_one.name, many[one.name] or _refers(column, next_one, key, one))
    return many.get(other.name, False)


def _ends(join: exp.Join, relations: list[Relation], scopes: Scopes) -> list[tuple[Relation, exp.Column]]:
    """The two columns that are joined on, each with its table."""
    sides = equated(join.args.get("on"))
    return [(one, side) for side in sides for one in relations if scopes.may_be_of(side, one)]


def _refers(column: exp.Column, many: Relation, key: exp.Column, one: Relation) -> bool:
    """By a foreign key that is not its own table's only key, which no two rows share."""
    if many.table is None or one.table is None:
        return False
    ours, theirs = column.name.lower(), key.name.lower()
    keys = [tuple(name.lower() for name in each.columns + each.referred) for each in many.table.foreign_keys]
    alone = [name.lower() for name in many.table.primary_key] == [ours]
    return (ours, theirs) in keys and not alone


def _all_but(select: exp.Select, unequal: exp.NEQ, owner: Relation) -> exp.Except:
    items = [select.args["from_"].this, *(join.this for join in select.args["joins"])]
    table = next(item for item in items if item.alias_or_name == owner.name)
    kept = [one.copy() for one in conjuncts(select.args["where"]) if one is not unequal]
    whole = select.copy()
    whole.set("from_", exp.From(this=table.copy()))
    whole.set("joins", [])
    whole.set("where", exp.Where(this=exp.and_(*kept)) if kept else None)
    unequal.replace(exp.EQ(this=unequal.this.copy(), expression=unequal.expression.copy()))
    return exp.Except(this=whole, expression=select.copy())

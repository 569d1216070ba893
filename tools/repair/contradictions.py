"""Two values asked of one cell: no row has both, so rows with the one and rows with the other are meant."""

from collections.abc import Iterator
from functools import reduce

from sqlglot import exp

from ..schema import Schema
from ..scope import Scopes
from .statement import conjuncts, is_plain

_MOST, _LEAST = (exp.LT, exp.LTE), (exp.GT, exp.GTE)
MOST_CONDITIONS = 20
MOST_RIVALS = 3
"""A statement with more goes in circles."""


def intersect(tree: exp.Expr, schema: Schema, written: str) -> Iterator[str]:
    """`SELECT id … WHERE status = 'new' AND status = 'paid'` → `… = 'new' INTERSECT SELECT id … = 'paid'`.

    Changes the tree, which needs a parent for its root to be replaced. Let be where rows are counted, grouped
    or ordered.
    """
    scopes = Scopes(schema, written)
    for select in list(tree.find_all(exp.Select)):
        parts = conjuncts(select.args.get("where"))
        if len(parts) > MOST_CONDITIONS or not is_plain(select):
            continue
        if rivals := _rivals(parts, scopes):
            select.replace(reduce(_intersected, (_with_one(select, rivals, one) for one in rivals)))
            yield f"{' AND '.join(one.sql(dialect=written) for one in rivals)} → INTERSECT"


def _rivals(parts: list[exp.Expr], scopes: Scopes) -> list[exp.Expr]:
    """Conditions that contradict the first of them; none if there are no such."""
    for index, part in enumerate(parts):
        others = [other for other in parts[index + 1 :] if _contradict(part, other, scopes)]
        if others:
            return [part, *others] if len(others) < MOST_RIVALS else []
    return []


def _contradict(one: exp.Expr, other: exp.Expr, scopes: Scopes) -> bool:
    """`x = 'a'` and `x = 'b'`, or `x > 5` and `x < 3`."""
    if not (_compares(one) and _compares(other)) or _column(one, scopes) != _column(other, scopes):
        return False
    if isinstance(one, exp.EQ) and isinstance(other, exp.EQ):
        return bool(one.expression.name.lower() != other.expression.name.lower())
    least, most = (other, one) if isinstance(one, _MOST) else (one, other)
    bounds = isinstance(least, _LEAST) and isinstance(most, _MOST)
    if not bounds or one.expression.is_string or other.expression.is_string:
        return False
    between = float(most.expression.name) - float(least.expression.name)
    return between < 0 or (between == 0 and not (isinstance(least, exp.GTE) and isinstance(most, exp.LTE)))


def _compares(part: exp.Expr) -> bool:
    """A column with a literal?"""
    sides = (part.args.get("this"), part.args.get("expression"))
    known = isinstance(part, (exp.EQ, *_LEAST, *_MOST))
    return known and isinstance(sides[0], exp.Column) and isinstance(sides[1], exp.Literal)


def _column(part: exp.Expr, scopes: Scopes) -> tuple[str, ...]:
    return tuple(scopes.folded(name) for name in part.this.parts)


def _with_one(select: exp.Select, rivals: list[exp.Expr], chosen: exp.Expr) -> exp.Query:
    """A copy of the SELECT that asks for one of the rivals only."""
    gone = [id(one) for one in rivals if one is not chosen]
    half, kept = select.copy(), [one for one in conjuncts(select.args["where"]) if id(one) not in gone]
    half.set("where", exp.Where(this=exp.and_(*(one.copy() for one in kept))))
    return half


def _intersected(one: exp.Query, other: exp.Query) -> exp.Query:
    return exp.Intersect(this=one, expression=other)

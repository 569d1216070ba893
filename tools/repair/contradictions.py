"""Two values asked of one cell: no row has both, so rows with the one and rows with the other are meant."""

import re
from collections.abc import Iterator
from functools import reduce
from itertools import permutations

from sqlglot import exp

from ..schema import Schema
from ..scope import Relation, Scopes
from .denials import affirmed, says_something
from .statement import MOST_CONDITIONS, conjuncts, is_plain

MOST_RIVALS = 3
"""A statement with more goes in circles."""
_BOTH = re.compile(r"\bboth\b([^.?]*?\band\b[^.?]*)", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|no|without|except)\b|n['’]t\b", re.IGNORECASE)
_OR = re.compile(r"\bor\b", re.IGNORECASE)
_MOST, _LEAST = (exp.LT, exp.LTE), (exp.GT, exp.GTE)
Conditions = list[exp.Expr]


def ask_apart(tree: exp.Expr, schema: Schema, written: str, question: str) -> Iterator[str]:
    """`SELECT id … WHERE status = 'new' AND status = 'paid'` → `… = 'new' INTERSECT SELECT id … = 'paid'`;
    the same of `price > 5 AND price < 3`, and of OR and IN if the question says both new and paid. Of what
    joins new, `= 'new' AND <> 'paid'`, EXCEPT, if the question denies.

    Changes the tree once; its root needs a parent to be replaced. Let be where rows are counted, grouped or
    ordered.
    """
    scopes, said = Scopes(schema, written), _BOTH.search(question)
    both = said.group(1).lower() if said and not _OR.search(question) else ""
    for select in tree.find_all(exp.Select):
        parts = conjuncts(select.args.get("where"))
        if len(parts) > MOST_CONDITIONS or not is_plain(select):
            continue
        asked, halves = _either(parts, scopes, both) if both else ([], [])
        if not halves:
            asked, halves = _rivals(parts, scopes)
        between: type[exp.SetOperation] = exp.Intersect
        if not halves and select.args.get("joins") and _NOT.search(question):
            (asked, halves), between = _redundant(parts, scopes), exp.Except
        if between is exp.Except and halves and _gives(select, asked[0], scopes):
            continue  # what several rows have is not what one of them has
        if 1 < len(halves) <= MOST_RIVALS and (target := _to_intersect(select, asked[0], scopes)):
            before = " AND ".join(one.sql(dialect=written) for one in asked)
            queries = [_with(select, half, target) for half in halves]
            target.replace(reduce(lambda one, other: between(this=one, expression=other), queries))
            yield f"{before} → {between.__name__.upper()}"
            return  # the others are in copies now


def _rivals(parts: Conditions, scopes: Scopes) -> tuple[Conditions, list[Conditions]]:
    """The first condition with those that contradict it, and what to ask instead, once with each of them."""
    for index, part in enumerate(parts):
        rivals = [part, *(one for one in parts[index + 1 :] if _contradict(part, one, scopes))]
        if len(rivals) > 1:
            ids = {id(one) for one in rivals}
            return rivals, [[one for one in parts if one is each or id(one) not in ids] for each in rivals]
    return [], []


def _redundant(parts: Conditions, scopes: Scopes) -> tuple[Conditions, list[Conditions]]:
    """`x = 'a' AND x <> 'b'`, of which the second says nothing: what has a, but not b, is meant."""
    for part, other in permutations(parts, 2):
        has = affirmed(other) if isinstance(other, exp.NEQ | exp.Not) else None
        equal = isinstance(part, exp.EQ) and isinstance(has, exp.EQ) and says_something(has.expression)
        if has and equal and _contradict(part, has, scopes):
            kept = [one for one in parts if one is not other]
            return [part, other], [kept, [has if one is part else one for one in kept]]
    return [], []


def _gives(select: exp.Select, condition: exp.Expr, scopes: Scopes) -> bool:
    """Is a column selected of the table that is asked of?"""
    asked = [one for one in scopes.relations(select) if scopes.may_be_of(condition.this, one)]
    read = [node for item in select.expressions for node in item.find_all(exp.Column)]
    return any(scopes.may_be_of(node, one) for node in read for one in asked)


def _either(parts: Conditions, scopes: Scopes, both: str) -> tuple[Conditions, list[Conditions]]:
    """The same of `x = 'a' OR x = 'b'` and `x IN ('a', 'b')`, if the question names all after its "both"."""
    for part in parts:
        some = _alternatives(part.unnest())
        rivals = len(some) > 1 and all(_contradict(some[0], one, scopes) for one in some[1:])
        if rivals and all(one.expression.name.lower() in both for one in some):
            return [part], [[each if one is part else one for one in parts] for each in some]
    return [], []


def _alternatives(part: exp.Expr) -> Conditions:
    if isinstance(part, exp.Or):
        return list(part.flatten())
    values = part.expressions if isinstance(part, exp.In) else []
    return [exp.EQ(this=part.this.copy(), expression=value.copy()) for value in values]


def _contradict(one: exp.Expr, other: exp.Expr, scopes: Scopes) -> bool:
    """`x = 'a'` and `x = 'b'`, or `x > 5` and `x < 3`."""
    if not (_compares(one) and _compares(other)) or _name(one.this, scopes) != _name(other.this, scopes):
        return False
    if isinstance(one, exp.EQ) and isinstance(other, exp.EQ):
        return _value(one.expression) != _value(other.expression)
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


def _value(literal: exp.Expr) -> float | str:
    return literal.name.lower() if literal.is_string else float(literal.name)


def _name(column: exp.Column, scopes: Scopes) -> tuple[str, ...]:
    return tuple(scopes.folded(part) for part in column.parts)


def _to_intersect(select: exp.Select, condition: exp.Expr, scopes: Scopes) -> exp.Select | None:
    """The query that many rows may answer: this one, unless it gives a key of the table that is asked of, or
    what is asked itself, which no two halves share; then the one that reads it by `id IN (SELECT id …)`.
    """
    column: exp.Column | None = condition.find(exp.Column)
    asked = [one for one in scopes.relations(select) if column and scopes.may_be_of(column, one)]
    if column is None or any(_is_key(column, one, scopes) for one in asked):
        return None
    given = [item.unalias() for item in select.expressions]
    same = any(
        isinstance(item, exp.Column) and _name(item, scopes) == _name(column, scopes) for item in given
    )
    keyed = any(item.is_star or _is_key(item, one, scopes) for item in given for one in asked)
    if not same and not keyed:
        return select
    read_by, around = select.find_ancestor(exp.In, exp.From), select.find_ancestor(exp.Select)
    if around is None or not isinstance(read_by, exp.In) or not is_plain(around):
        return None
    return _to_intersect(around, read_by, scopes)


def _is_key(item: exp.Expr, relation: Relation, scopes: Scopes) -> bool:
    own = isinstance(item, exp.Column) and scopes.may_be_of(item, relation)
    return own and relation.table is not None and relation.table.is_key(item.name)


def _with(select: exp.Select, conditions: Conditions, target: exp.Select) -> exp.Query:
    """A copy of the target, in which the SELECT asks for these."""
    select.set("where", exp.Where(this=exp.and_(*(one.copy() for one in conditions))))
    return target.copy()

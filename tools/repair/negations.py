"""What the question denies: `<>` beside a joined table finds whoever has another one, too; and a statement may
have lost the denial.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlglot import exp

from ..likeness import words
from ..schema import Schema
from ..scope import Relation, Scopes
from .joins import equated, equijoins
from .statement import conjuncts, is_plain

_DO, _NOT = r"(?:do|does|did|has|have|had|can|could)", r"(?: ?not|n['’]t)\b"
_NONE = re.compile(
    rf"\b(?:never|{_DO}{_NOT}|(?:without|(?:have|has|had|with|where|which|whom) no)\b(?! (?:duplicat|repe)))",
    re.IGNORECASE,
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
_SAYS_NO = re.compile(r"n|f|no|not|none|never|null|false|0", re.IGNORECASE)
"""Values that deny by themselves."""
_MORE = re.compile(r"\b(?:after|over|above|more|greater|larger|higher|longer|older|at least)\b", re.IGNORECASE)
_LESS = re.compile(r"\b(?:before|under|below|less|fewer|smaller|lower|shorter|younger|at most)\b", re.IGNORECASE)
_LIKES = (exp.In, exp.Like, exp.ILike)

Ends = list[tuple[Relation, exp.Column]]


class Hop(NamedTuple):
    """A join, from the one table to the other."""

    here: Relation
    key: exp.Column
    there: Relation
    column: exp.Column


class Denied(NamedTuple):
    part: exp.Expr
    """The condition, as the statement has it."""
    affirmed: exp.Expr | None
    """What is denied; None if it is that there is any row."""


def deny(tree: exp.Expr, schema: Schema, written: str, question: str) -> Iterator[str]:
    """`SELECT name FROM dorm JOIN amenity ON … WHERE amenity.kind <> 'pool'` → `SELECT name FROM dorm WHERE
    NOT id IN (SELECT dorm.id … WHERE amenity.kind = 'pool')`, if the question says that they have none; so
    NOT IN and NOT LIKE, and `= 'pool'` where the statement denies nothing at all.

    Of cities without a dorm that has a pool, which are a column of dorm, it makes an EXCEPT. Changes the tree
    once; its root needs a parent to be replaced. Let be where a dorm has but one amenity, where more is asked
    of it, or of another table, and where rows are counted, grouped or ordered.
    """
    said = _NONE.search(question)
    if not said or _ANOTHER.search(question):
        return
    scopes, rest = Scopes(schema, written), question[said.end() :]
    for select in tree.find_all(exp.Select):
        if not is_plain(select) or select.find_ancestor(exp.Not, exp.Except):
            continue
        denied = _denied(select) if any(map(_denies, tree.walk())) else _undenied(select, rest)
        if denied and (none := _none(select, denied, rest, scopes)):
            before, (after, query) = denied.part.sql(dialect=written), none
            select.replace(query)
            yield f"{before} → {after}"
            return  # the others are in copies now


def _denies(node: exp.Expr) -> bool:
    return isinstance(node, exp.NEQ | exp.Not | exp.Is | exp.Except) or bool(node.args.get("negate"))


def _denied(select: exp.Select) -> Denied | None:
    """The only condition that denies: that a column is a text or number that says something, among some, like
    one, or anything at all.
    """
    parts = [one for one in conjuncts(select.args.get("where")) if _denies(one)]
    if len(parts) != 1 or isinstance(parts[0], exp.Is):
        absent = len(parts) == 1 and isinstance(parts[0].expression, exp.Null)
        return Denied(parts[0], None) if absent and isinstance(parts[0].this, exp.Column) else None
    (part,) = parts
    affirmed = part.this.unnest().copy() if isinstance(part, exp.Not) else part.copy()
    if isinstance(part, exp.NEQ):
        affirmed = exp.EQ(this=part.this.copy(), expression=part.expression.copy())
    affirmed.set("negate", None)
    says = not isinstance(affirmed, exp.EQ) or _says_something(affirmed.expression)
    known = isinstance(affirmed, exp.EQ | exp.In | exp.Like | exp.ILike) and says
    return Denied(part, affirmed) if known and isinstance(affirmed.this, exp.Column) else None


def _says_something(side: exp.Expr) -> bool:
    return isinstance(side, exp.Literal) and bool(side.name.strip())


def _undenied(select: exp.Select, rest: str) -> Denied | None:
    """The only condition on what the question names in the rest of it, after it has denied."""
    parts = [one for one in conjuncts(select.args.get("where")) if _named(one, rest)]
    known = len(parts) == 1 and isinstance(parts[0].args.get("this"), exp.Column)
    return Denied(parts[0], parts[0].copy()) if known else None


def _named(part: exp.Expr, rest: str) -> bool:
    """Are its literals in the rest of the question, and bounds the same way?"""
    texts = [one.name.strip("%").lower() for one in part.find_all(exp.Literal)]
    said = all(text and text in rest.lower() and not _SAYS_NO.fullmatch(text) for text in texts)
    if isinstance(part, exp.GT | exp.GTE | exp.LT | exp.LTE):
        said = said and (_MORE if isinstance(part, exp.GT | exp.GTE) else _LESS).search(rest) is not None
    return bool(texts) and said


def _none(
    select: exp.Select, denied: Denied, rest: str, scopes: Scopes
) -> tuple[str, exp.Query] | None:
    """How the change is called, and the query."""
    if found := _owner(select, denied, scopes):
        return "NOT IN", _none_of(select, denied, *found)
    if select.args.get("joins") or denied.affirmed is None:
        return None
    if not denied.part.find(exp.Select) and _is_of_groups(select, denied, rest, scopes):
        return "EXCEPT", _except(select, denied)
    if denied.part == denied.affirmed:
        query = select.copy()
        where = query.args["where"]
        for one in conjuncts(where):
            if one == denied.part:
                one.replace(exp.Not(this=one.copy()))
        return "NOT", query
    return None


def _is_of_groups(select: exp.Select, denied: Denied, rest: str, scopes: Scopes) -> bool:
    """Are several rows of the table said to be of each that is selected, as dorms are of a city?"""
    relations = scopes.relations(select)
    table = relations[0].table if len(relations) == 1 else None
    items = [item.unalias() for item in select.expressions]
    plain = all(isinstance(item, exp.Column) and not item.is_star for item in items)
    if table is None or not plain or any(table.is_key(item.name) for item in items):
        return False
    texts = {word for one in denied.part.find_all(exp.Literal) for word in words(one.name)}
    return bool(words(table.name) & (words(rest) - texts))


def _except(select: exp.Select, denied: Denied) -> exp.Query:
    every, some = select.copy(), select.copy()
    kept = [one.copy() for one in conjuncts(select.args["where"]) if one is not denied.part]
    every.set("where", exp.Where(this=exp.and_(*kept)) if kept else None)
    some.set("where", exp.Where(this=exp.and_(*(one.copy() for one in kept), denied.affirmed)))
    return exp.Except(this=every, expression=some)


def _owner(
    select: exp.Select, denied: Denied, scopes: Scopes
) -> tuple[exp.Table, exp.Column] | None:
    """The table of which all is asked but what is denied, and what joins it, if its rows may have many of what
    the condition is on.
    """
    joins, relations = equijoins(select, scopes, outer=True)
    column = denied.part.find(exp.Column)
    if not joins or column is None:
        return None
    within = {id(node) for part in (*joins, denied.part) for node in part.find_all(exp.Column)}
    own = [node for node in select.find_all(exp.Column) if id(node) not in within]
    owners = [one for one in relations if own and all(scopes.may_be_of(node, one) for node in own)]
    others = [one for one in relations if scopes.may_be_of(column, one)]
    if len(owners) != 1 or len(others) != 1 or any(node.is_star for node in select.expressions):
        return None
    if denied.part.find(exp.Select) and not (others[0].table and others[0].table.is_key(column.name)):
        return None  # the subquery tells already what none is
    way = _way(owners[0], others[0], [_ends(join, relations, scopes) for join in joins])
    table = [select.args["from_"].this, *(join.this for join in joins)][relations.index(owners[0])]
    many = len(way) == len(joins) and any(map(_to_many, way))
    if denied.affirmed is None and len(way) < 2:
        return None  # an outer join tells already that there is none
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
    """To a column that is not its own table's only key, which no two rows share, from one that is, or that it
    refers to?
    """
    if hop.there.table is None or hop.here.table is None:
        return False
    ours, theirs = hop.column.name.lower(), hop.key.name.lower()
    keys = [
        tuple(name.lower() for name in (*key.columns, *key.referred))
        for key in hop.there.table.foreign_keys
        if key.table.lower() == hop.here.table.name.lower()
    ]
    refers = (ours, theirs) in keys or hop.here.table.is_key(theirs)
    return refers and not hop.there.table.is_key(ours)


def _none_of(select: exp.Select, denied: Denied, table: exp.Table, key: exp.Column) -> exp.Select:
    kept = [one.copy() for one in conjuncts(select.args["where"]) if one is not denied.part]
    owners, having = select.copy(), select.copy()
    owners.set("from_", exp.From(this=table.copy()))
    owners.set("joins", [])
    asked = [one.copy() for one in (*kept, denied.affirmed) if one]
    having.set("where", exp.Where(this=exp.and_(*asked)) if asked else None)
    for join in having.args["joins"]:
        join.set("side", None)
    having.set("distinct", None)
    having.set("expressions", [key.copy()])
    none = exp.Not(this=exp.In(this=key.copy(), query=exp.Subquery(this=having)))
    owners.set("where", exp.Where(this=exp.and_(*kept, none)))
    return owners

"""Joins that nobody asked for: of a table that the question does not mention and that gives nothing."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sqlglot import exp

from ..likeness import begin_alike, words
from ..schema import Schema
from ..scope import Relation, Scopes
from .joins import equated, is_inner

MOST_JOINS = 10
"""A statement with more is let be: all are looked at again after every change."""
_EVERY_KEY = frozenset({"id", "code", "name"})
"""What columns that tables are joined on are called everywhere."""
_ENGLISH = re.compile(
    r"\b(?:the|of|what|which|who|how|list|show|find|give|return|are|for|whose|with)\b", re.IGNORECASE
)
"""Names of columns may be words of another language."""
_COUNTED = re.compile(r"\b(?:how many|(?:number|count|amount)s? of)(?: [\w-]+)?? ([\w-]+s)\b", re.IGNORECASE)
"""The first of two words that is a plural: of movie reviews the reviews."""
_ROWS_MATTER = (exp.Except, exp.Not, exp.All, exp.CTE, exp.From, exp.Join)
"""Around a query: which rows it gives is compared, or counted elsewhere."""


class Idle(NamedTuple):
    """A join that may go."""

    join: exp.Join
    key: exp.Column
    """Of the table that goes."""
    other: exp.Column
    """What it is joined on."""


def drop_joins(tree: exp.Expr, schema: Schema, written: str, question: str) -> Iterator[str]:
    """Changes the tree: `SELECT T1.name FROM singer AS T1 JOIN album AS T2 ON …` asks for no album.

    A join is let be where rows are counted, or compared with those of another query; and all of them where
    the question mentions none of the tables, as it may be of another language.
    """
    if sum(1 for _ in tree.find_all(exp.Join)) > MOST_JOINS:
        return
    joined = [select for select in tree.find_all(exp.Select) if select.args.get("joins")]
    for select in joined:
        while not _needs_its_rows(select) and (found := _idle(select, Scopes(schema, written), question)):
            yield _dropped(select, found, written)


def _needs_its_rows(select: exp.Select) -> bool:
    inner = all(is_inner(join) for join in select.args.get("joins") or ())
    stars = any(item.is_star for item in select.expressions)
    counted = any(node.find_ancestor(exp.Select) is select for node in select.find_all(exp.Window))
    return not inner or stars or counted or select.find_ancestor(*_ROWS_MATTER) is not None


def _idle(select: exp.Select, scopes: Scopes, question: str) -> Idle | None:
    relations, joins = scopes.relations(select), select.args.get("joins") or []
    if len(relations) != len(joins) + 1:
        return None
    # The first table is joined by the first join, each of the others by its own.
    for relation, join in zip(relations, [*joins[:1], *joins], strict=False):
        found = _joined_only(relation, join, select, scopes)
        kept = [one for one in relations if one is not relation]
        if not found or _counts_rows(select, kept, found, scopes, question):
            continue
        if _unasked(relation, kept, found, _read(select, kept, scopes, question), question):
            return found
    return None


def _counts_rows(select: exp.Select, kept: list[Relation], idle: Idle, scopes: Scopes, question: str) -> bool:
    """Are rows counted? Those of a table that stays are not of the join, if the question asks how many they
    are, and there is not one group for each.
    """
    group = select.args.get("group")
    keys = [key for key in (group.expressions if group else ()) if isinstance(key, exp.Column)]
    grouped = {scopes.folded(key.this) for key in keys}
    counted = words(" ".join(_COUNTED.findall(question)))
    tables = [one for one in kept if one.table and begin_alike(words(one.table.name), counted)]
    single = {scopes.folded(idle.key.this), scopes.folded(idle.other.this)}.isdisjoint(grouped)
    for node in select.find_all(exp.Count):
        if node.find_ancestor(exp.Select) is not select or isinstance(node.this, exp.Distinct):
            continue
        of_all = isinstance(node.this, exp.Star) and len(kept) == len(tables) == 1
        if not single or not (of_all or _is_counted(node.this, tables, grouped, scopes)):
            return True
    return False


def _is_counted(node: exp.Expr, tables: list[Relation], grouped: set[str], scopes: Scopes) -> bool:
    """A key of one of the tables, by which rows are not grouped?"""
    own = [one for one in tables if isinstance(node, exp.Column) and scopes.may_be_of(node, one)]
    return any(
        one.table and one.table.is_key(node.name) and scopes.folded(node.this) not in grouped for one in own
    )


def _joined_only(relation: Relation, join: exp.Join, select: exp.Select, scopes: Scopes) -> Idle | None:
    """If the SELECT uses nothing of the relation but one key, and that in no other join."""
    uses = [node for node in select.find_all(exp.Column) if scopes.may_be_of(node, relation)]
    within = {id(other) for node in uses if (other := node.find_ancestor(exp.Join)) is not None}
    equal = equated(join.args.get("on"))
    own = [side for side in equal if side in uses]
    others = [side for side in equal if side not in uses]
    if within != {id(join)} or len(own) != 1 or len(others) != 1:
        return None
    alike = all(_is_joined_on(node, own[0], select, scopes) for node in uses)
    return Idle(join, own[0], others[0]) if alike else None


def _is_joined_on(node: exp.Column, key: exp.Column, select: exp.Select, scopes: Scopes) -> bool:
    """Written with its table, and in no subquery, where that may be another."""
    plain = node.table and node.find_ancestor(exp.Select) is select
    return bool(plain and scopes.folded(node.this) == scopes.folded(key.this))


def _read(select: exp.Select, kept: list[Relation], scopes: Scopes, question: str) -> frozenset[str]:
    """The words of the columns that are read of the tables which stay, if the question is in English."""
    names = [
        node.name for node in select.find_all(exp.Column) if any(scopes.may_be_of(node, one) for one in kept)
    ]
    return frozenset().union(*map(words, names)) - _EVERY_KEY if _ENGLISH.search(question) else frozenset()


def _unasked(
    relation: Relation, kept: list[Relation], idle: Idle, read: frozenset[str], question: str
) -> bool:
    """Does the question mention a table that is kept or what is read of it, and this one neither by its name
    nor by its key's?
    """
    if not relation.table or any(one.table is None or one.table == relation.table for one in kept):
        return False
    others = frozenset().union(*(words(one.table.name) for one in kept if one.table))
    own = words(relation.table.name) - others or words(relation.table.name)
    keys = words(idle.key.name) - others - words(idle.other.name) - _EVERY_KEY
    asked = words(question)
    return bool((others | read) & asked) and not begin_alike(own | keys, asked)


def _dropped(select: exp.Select, idle: Idle, written: str) -> str:
    """Its key is read from the other side; where it is the first table, the one that joins it goes first."""
    gone, first = idle.key.table.lower(), select.args["from_"]
    if idle.join.this.alias_or_name.lower() == gone:
        change = f"{idle.join.sql(dialect=written)} → no join"
    else:
        before = f"{first.sql(dialect=written)} {idle.join.sql(dialect=written)}"
        first.set("this", idle.join.this)
        change = f"{before} → {first.sql(dialect=written)}"
    select.set("joins", [one for one in select.args["joins"] if one is not idle.join])
    for node in list(select.find_all(exp.Column)):
        if node.table.lower() == gone:
            node.replace(idle.other.copy())
    return change

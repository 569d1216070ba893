"""Joins that nobody asked for: of a table that the question does not mention and that gives nothing."""

from collections.abc import Iterable, Iterator

from sqlglot import exp

from ..likeness import words
from ..schema import Schema
from ..scope import Relation, Scopes
from .joins import column

PREFIX = 3
"""Words that begin with as many equal letters may be forms of one: `ordered` mentions `orders`."""
MOST_JOINS = 10
"""In one SELECT: with more it is let be, as each is looked at again after every change."""
_EVERY_KEY = frozenset({"id", "code", "name"})
"""What columns that tables are joined on are called everywhere."""


def drop_joins(tree: exp.Expr, schema: Schema, written: str, question: str) -> Iterator[str]:
    """Changes the tree: `SELECT T1.name FROM singer AS T1 JOIN album AS T2 ON …` asks for no album.

    A join is let be where rows are counted, or compared with those of another query; and all of them where
    the question mentions none of the tables, as it may be of another language.
    """
    for select in tree.find_all(exp.Select):
        while not _needs_its_rows(select):
            found = next(_idle(select, Scopes(schema, written), question), None)
            if found is None:
                break
            yield _dropped(select, *found, written)


def _needs_its_rows(select: exp.Select) -> bool:
    if select.find_ancestor(exp.Except, exp.Intersect, exp.Not):
        return True
    counts = [count for count in select.find_all(exp.Count) if isinstance(count.this, exp.Star)]
    counted = any(count.find_ancestor(exp.Select) is select for count in counts)
    inner = all(_inner(join) for join in select.args.get("joins") or ())
    return counted or not inner or any(item.is_star for item in select.expressions)


def _inner(join: exp.Join) -> bool:
    return join.kind in ("", "INNER") and not (join.side or join.method or join.args.get("using"))


def _equal(join: exp.Join) -> tuple[exp.Column, ...]:
    """The two columns that are to be equal, if nothing else joins."""
    on = join.args.get("on")
    sides = (on.left, on.right) if isinstance(on, exp.EQ) else ()
    return tuple(side for side in sides if isinstance(side, exp.Column))


def _idle(
    select: exp.Select, scopes: Scopes, question: str
) -> Iterator[tuple[exp.Join, exp.Column, exp.Column]]:
    """Joins that may go: each with the key of the table that goes, and what it is joined on."""
    relations, joins = scopes.relations(select), select.args.get("joins") or []
    if not 0 < len(joins) <= MOST_JOINS or len(relations) != len(joins) + 1:
        return
    for place, relation in enumerate(relations):
        join = joins[max(place - 1, 0)]
        uses = [node for node in select.find_all(exp.Column) if _is_of(node, relation, scopes)]
        joined = {id(other) for node in uses if (other := node.find_ancestor(exp.Join)) in joins}
        own = [side for side in _equal(join) if side in uses]
        others = [side for side in _equal(join) if side not in uses]
        if joined != {id(join)} or len(own) != 1 or len(others) != 1:
            continue
        kept = [one for one in relations if one is not relation]
        gives = not all(_is_key(node, own[0], select) for node in uses)
        if not gives and _unasked(relation, kept, own[0], others[0], question):
            yield join, own[0], others[0]


def _is_key(node: exp.Column, key: exp.Column, select: exp.Select) -> bool:
    """Written with its table, and in no subquery, where that may be another."""
    plain = node.table and node.find_ancestor(exp.Select) is select
    return bool(plain and node.name.lower() == key.name.lower())


def _is_of(node: exp.Column, relation: Relation, scopes: Scopes) -> bool:
    if node.table:
        return scopes.fold(node.table) == scopes.fold(relation.name)
    return relation.columns is None or scopes.folded(node.this) in relation.columns


def _unasked(
    relation: Relation, kept: list[Relation], key: exp.Column, other: exp.Column, question: str
) -> bool:
    """Does the question mention a table that is kept, and this one neither by its name nor by its key's?"""
    if not relation.table or any(one.table is None or one.table == relation.table for one in kept):
        return False
    others = frozenset().union(*(words(one.table.name) for one in kept if one.table))
    own = words(relation.table.name) - others or words(relation.table.name)
    keys = words(key.name) - others - words(other.name) - _EVERY_KEY
    asked = words(question)
    return _mentioned(others, asked) and not _mentioned(own | keys, asked)


def _mentioned(names: Iterable[str], asked: Iterable[str]) -> bool:
    return any(one[:PREFIX] == word[:PREFIX] for one in names for word in asked)


def _dropped(select: exp.Select, join: exp.Join, key: exp.Column, other: exp.Column, written: str) -> str:
    """Its key is read from the other side; where it is the first table, the one that joins it goes first."""
    gone, first = key.table.lower(), select.args["from_"]
    if join.this.alias_or_name.lower() == gone:
        change = f"{join.sql(dialect=written)} → no join"
    else:
        before = f"{first.sql(dialect=written)} {join.sql(dialect=written)}"
        first.set("this", join.this)
        change = f"{before} → {first.sql(dialect=written)}"
    select.set("joins", [one for one in select.args["joins"] if one is not join])
    for node in list(select.find_all(exp.Column)):
        if node.table.lower() == gone:
            node.replace(column(other.name, other.table))
    return change

"""Columns that do not exist, or of which there are several."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from sqlglot import exp

from ..likeness import likeness, words
from ..schema import Schema, Table
from ..scope import Frame, Relation
from .joins import Edge, column, identifier, joins_along, ways
from .statement import MENTIONED, NEAR, Statement

SURE = 0.95
"""A name in scope so much alike needs no search beyond."""
JOINED, EACH_JOIN, OUTER = 0.1, 0.03, 0.05
"""What it costs a candidate to need a join, each join of the path, and to stand in an outer query."""
NAMED, OWN = 0.2, 0.02
"""What it is worth to a candidate that the statement names its table, and that the column was written as one
of it."""
REPEATED = 0.25
"""What it costs a candidate to be selected already."""
COMPARED = 5
"""Queries that something is compared with, and whose columns are looked at."""


class Candidate(NamedTuple):
    """What an unknown column may have been meant to be."""

    score: float
    name: str
    qualifier: str
    path: list[Edge]
    """Joins that bring it into scope."""
    repeated: bool = False
    """Is it selected beside the column already?"""

    @property
    def rank(self) -> float:
        """Among others; what is repeated may still be the only one."""
        return self.score - REPEATED * self.repeated


def mend_column(statement: Statement) -> str | None:
    """The most likely meaning of the first unknown column, and the joins that it takes."""
    for node in statement.columns:
        candidates = list(_in_scope(node, statement))
        near = any(one.score >= NEAR for one in candidates)
        if not near and _counts_rows(node, statement):
            return _counted(node, statement)
        if node.table or not any(one.rank >= SURE for one in candidates):
            candidates += _along_keys(node, statement)
        best = max(candidates, key=lambda one: one.rank, default=None)
        if best and best.score >= NEAR:
            return _named(node, best, statement)
    return None


def inner_column(statement: Statement) -> str | None:
    """`id NOT IN (SELECT id FROM station)` where station has no id compares the outer one with itself: the
    id of a table that a key joins is meant, unless it is the key of yet another table.
    """
    for compared in islice(statement.tree.find_all(exp.In), COMPARED):
        query, outer = compared.args.get("query"), compared.this
        node = _outer(query.this, statement) if query and isinstance(query.this, exp.Select) else None
        if node is None or not isinstance(outer, exp.Column) or outer.name.lower() != node.name.lower():
            continue
        stored = statement.scopes.stored_column(outer)
        own = stored[0].name if stored else ""
        found = [one for one in _along_keys(node, statement) if _is_same(one, outer, own, statement.schema)]
        nearest = min((len(one.path) for one in found), default=0)
        near = [one for one in found if len(one.path) == nearest]
        best = max(near, key=lambda one: (one.score, one.path[-1].right == own), default=None)
        if best and best.score >= NEAR:
            return _named(node, best, statement)
    return None


def _is_same(one: Candidate, outer: exp.Column, own: str, schema: Schema) -> bool:
    """May the candidate hold what the outer column, of the table `own`, does?"""
    table = schema.table(one.path[-1].right)
    another = table is not None and table.name != own and table.is_key(one.name)
    return one.name.lower() == outer.name.lower() and not another


def _outer(select: exp.Select, statement: Statement) -> exp.Column | None:
    """The one column that is selected, if none of the SELECT's own tables has it."""
    if len(select.expressions) != 1:
        return None
    node, relations = select.expressions[0], statement.scopes.relations(select)
    if not isinstance(node, exp.Column) or node.table or node.is_star:
        return None
    name = statement.scopes.folded(node.this)
    absent = all(one.columns is not None and name not in one.columns for one in relations)
    return node if relations and absent else None


def _counts_rows(node: exp.Column, statement: Statement) -> bool:
    """`COUNT(id)` and `COUNT(song_id)` of song, where it has none; not beside what an outer join may lack."""
    select, frame = node.find_ancestor(exp.Select), next(statement.scopes.frames(node), Frame())
    tables = [one.table.name for one in frame.relations if one.table]
    outer = any(join.side for join in (select.args.get("joins") if select else None) or ())
    rest = words(node.name) - frozenset().union(*map(words, tables))
    return isinstance(node.parent, exp.Count) and rest == {"id"} and not outer


def _counted(node: exp.Column, statement: Statement) -> str:
    was = statement.written(node)
    node.replace(exp.Star())
    return f"COUNT({was}) → COUNT(*)"


def qualify_column(statement: Statement) -> str | None:
    """A column that several tables in scope have: of the one the question mentions, else of the first."""
    for select in statement.tree.find_all(exp.Select):
        joins = select.args.get("joins") or []
        merged = {name.name.lower() for join in joins for name in join.args.get("using") or ()}
        relations = statement.scopes.relations(select)
        if any(join.args.get("method") for join in joins):  # NATURAL
            continue
        for node in _bare_columns(select):
            name = statement.scopes.folded(node.this)
            owners = [one for one in relations if one.columns and name in one.columns]
            if len(owners) < 2 or name in merged or _is_alias(node, select):
                continue
            best = max(owners, key=lambda one: statement.mentions(one.table.name if one.table else one.name))
            was = statement.written(node)
            node.set("table", identifier(best.name))
            return f"{was} → {statement.written(node)}"
    return None


def _in_scope(node: exp.Column, statement: Statement) -> Iterator[Candidate]:
    compared, selected = _compared(node), _selected(node)
    inner = _item(node) is not None and not node.table
    frames = islice(statement.scopes.frames(node), 1 if inner else None)
    for depth, frame in enumerate(frames):
        for relation in frame.relations:
            own = OWN * (node.table.lower() == relation.name.lower() != "")
            for name in (relation.columns or {}).values():
                same = {(relation.name.lower(), name.lower()), ("", name.lower())}
                if compared in same:
                    continue
                alike = _likeness(node.name, name, relation.table, relation.name, statement)
                again = not selected.isdisjoint(same)
                yield Candidate(alike + own - OUTER * depth, name, relation.name, [], again)


def _compared(node: exp.Column) -> tuple[str, str] | None:
    """The column on the other side of a comparison: comparing it with itself is never meant."""
    if not isinstance(node.parent, exp.Predicate) or not isinstance(node.parent, exp.Binary):
        return None
    other = node.parent.right if node.parent.left is node else node.parent.left
    return (other.table.lower(), other.name.lower()) if isinstance(other, exp.Column) else None


def _item(node: exp.Column) -> exp.Expr | None:
    """What the column is in a list of what is selected; None if it is elsewhere, or within an item."""
    item = node.parent if isinstance(node.parent, exp.Alias) else node
    return item if item.arg_key == "expressions" and isinstance(item.parent, exp.Select) else None


def _selected(node: exp.Column) -> set[tuple[str, str]]:
    """The columns that are selected beside this one, each with its table."""
    item = _item(node)
    select = item.parent if item else None
    beside = [other.unalias() for other in (select.expressions if select else ()) if other is not item]
    return {(one.table.lower(), one.name.lower()) for one in beside if isinstance(one, exp.Column)}


def _along_keys(node: exp.Column, statement: Statement) -> Iterator[Candidate]:
    frame = next(statement.scopes.frames(node), Frame())
    here = [relation.table.name for relation in frame.relations if relation.table]
    reached = ways(statement.edges, here)
    for table in statement.schema.tables:
        way = reached.get(table.name)
        if not way:
            continue
        cost = JOINED + EACH_JOIN * sum(edge.cost for edge in way)
        worth = NAMED * (node.table.lower() == table.name.lower())
        worth += MENTIONED * statement.mentions(table.name)
        for own in table.columns:
            score = _likeness(node.name, own.name, table, table.name, statement) - cost + worth
            yield Candidate(score, own.name, table.name, way)


def _likeness(written: str, name: str, table: Table | None, owner: str, statement: Statement) -> float:
    """`song_id` is also what song's only key is called, and at worst so is `song_entry_id`, if no table is
    one of entries.
    """
    owner = table.name if table else owner
    found, ours, known = likeness(written, name, owner), words(written), words(name) | words(owner)
    if not table or table.primary_key != (name,) or "id" not in ours:
        return found
    if ours == words(owner) | {"id"}:
        return 0.95
    of_another = any((ours - known) & words(other.name) for other in statement.schema.tables)
    kin = "id" in words(name) and len(ours & known) > 1 and not of_another
    return max(found, NEAR) if kin else found


def _named(node: exp.Column, best: Candidate, statement: Statement) -> str:
    was, qualifier = statement.written(node), best.qualifier
    select = node.find_ancestor(exp.Select)
    relations = statement.scopes.relations(select) if select else []
    steps: list[exp.Join] = []
    if best.path and select is not None:
        _qualify(select, relations, statement)
        called = {one.table.name: one.name for one in relations if one.table}
        steps = joins_along(best.path, called, relations)
        qualifier = steps[-1].alias_or_name
        for step in steps:
            select.append("joins", step)
    alone = [one.name for one in relations] == [qualifier] and not steps and not node.table
    named = column(best.name, "" if alone else qualifier)
    node.set("this", named.this)
    node.set("table", named.args.get("table"))
    return " ".join([f"{was} →", statement.written(named), *map(statement.written, steps)])


def _qualify(select: exp.Select, relations: list[Relation], statement: Statement) -> None:
    """Before a table joins, so that the columns of those in scope stay theirs."""
    aliases = {item.alias.lower() for item in select.expressions}
    for node in _bare_columns(select):
        name = statement.scopes.folded(node.this)
        if isinstance(node.parent, exp.Ordered) and name in aliases:
            continue
        owner = next((one for one in relations if one.columns and name in one.columns), None)
        if owner is not None and owner.name:
            node.set("table", identifier(owner.name))
    stars = [exp.Column(this=exp.Star(), table=identifier(one.name)) for one in relations if one.name]
    items = [stars if isinstance(item, exp.Star) else [item] for item in select.expressions]
    select.set("expressions", [item for group in items for item in group])


def _bare_columns(select: exp.Select) -> list[exp.Column]:
    """Those of the query itself that are written without a table."""
    return [
        node
        for node in select.find_all(exp.Column)
        if not node.table and not isinstance(node.this, exp.Star) and node.find_ancestor(exp.Select) is select
    ]


def _is_alias(node: exp.Column, select: exp.Select) -> bool:
    """ORDER BY looks at the select list first."""
    names = {item.alias_or_name.lower() for item in select.expressions}
    return isinstance(node.parent, exp.Ordered) and node.name.lower() in names

"""Tables that do not exist, or that are not the one meant, and joins on what is not there."""

from sqlglot import exp

from ..likeness import likeness
from ..schema import Table
from ..scope import Relation
from .joins import equated, identifier, joins_along, ways
from .statement import MENTIONED, NEAR, Statement, conjuncts


def rename_table(statement: Statement) -> str | None:
    """The table whose name is nearest, or that has the columns which are used of it."""
    if not statement.tables or not statement.schema.tables:
        return None
    node = statement.tables[0]
    used = _used(node)

    def score(table: Table) -> float:
        near = likeness(node.name, table.name)
        return near + _covered(table, used) + MENTIONED * statement.mentions(table.name)

    best = max(statement.schema.tables, key=score)
    if score(best) < (1.0 if used else NEAR):
        return None
    return _replaced(node, best, statement)


def swap_table(statement: Statement) -> str | None:
    """`SELECT draft FROM Copies WHERE document_id = 7`: another table has all that is used, this one has not.

    What both have must be what they join on, or the rows would be others than those of a join.
    """
    for node in statement.columns:
        select = node.find_ancestor(exp.Select)
        from_ = select.args.get("from_") if select else None
        if select is None or from_ is None or select.args.get("joins") or select.find(exp.Star):
            continue
        if isinstance(select.parent, exp.SetOperation):  # of a table with itself
            continue
        table = statement.scopes.stored(from_.this) if isinstance(from_.this, exp.Table) else None
        used = _used(from_.this) if table else set()
        if table is None or node.name.lower() not in used:
            continue
        shared = {name for name in used if table.column(name)}
        others = [
            other
            for other in statement.schema.tables
            if other is not table
            and _covered(other, used) == 1
            and shared <= _keys(statement, table, other)
            and statement.mentions(other.name) >= statement.mentions(table.name)
        ]
        if others:
            return _replaced(from_.this, max(others, key=lambda one: statement.mentions(one.name)), statement)
    return None


def mend_join(statement: Statement) -> str | None:
    """A join on columns that do not exist: joined along the foreign keys instead."""
    for node in statement.columns:
        join = node.find_ancestor(exp.Join, exp.Select)
        select = join.parent if isinstance(join, exp.Join) else None
        if not isinstance(select, exp.Select) or not isinstance(join, exp.Join) or not equated(node.parent):
            continue
        if not select.args.get("from_"):
            continue
        joined = next(iter(statement.scopes.relation(join.this)), None)
        at = select.args["joins"].index(join)
        before = _relations_before(select, at, statement)
        goal = joined.table.name if joined and joined.table else ""
        way = ways(statement.edges, [one.table.name for one in before if one.table]).get(goal)
        if joined is None or not way:
            continue
        was = statement.written(join)
        called = {one.table.name: one.name for one in before if one.table}
        steps = joins_along(way, called, statement.scopes.relations(select), joined.name)
        steps[-1].set("this", join.this)
        kept = [part for part in conjuncts(join.args["on"]) if not equated(part)]
        steps[-1].set("on", exp.and_(steps[-1].args["on"], *kept, wrap=False))
        for step in steps:
            step.set("side", join.args.get("side"))
            step.set("kind", join.args.get("kind"))
        select.args["joins"][at : at + 1] = steps
        select.set("joins", select.args["joins"])
        return f"{was} → {' '.join(map(statement.written, steps))}"
    return None


def _relations_before(select: exp.Select, at: int, statement: Statement) -> list[Relation]:
    """What FROM and the joins before this one bring in."""
    items = [select.args["from_"].this, *(join.this for join in select.args["joins"][:at])]
    return [relation for item in items for relation in statement.scopes.relation(item)]


def _used(table: exp.Table) -> set[str]:
    """The columns that a select takes from one of its tables, as far as that can be told."""
    select = table.find_ancestor(exp.Select)
    if select is None:
        return set()
    alone = not select.args.get("joins")
    own = [node for node in select.find_all(exp.Column) if node.find_ancestor(exp.Select) is select]
    name = table.alias_or_name.lower()
    named = [node for node in own if node.table.lower() == name or (alone and not node.table)]
    return {node.name.lower() for node in named if not isinstance(node.this, exp.Star)}


def _covered(table: Table, used: set[str]) -> float:
    return sum(table.column(name) is not None for name in used) / len(used) if used else 0.0


def _keys(statement: Statement, table: Table, other: Table) -> set[str]:
    """The columns of the same name on which two tables join."""
    between = [edge for edge in statement.edges.get(table.name, ()) if edge.right == other.name]
    return {a.lower() for edge in between for a, b in edge.columns if a.lower() == b.lower()}


def _replaced(node: exp.Table, table: Table, statement: Statement) -> str:
    was, name = statement.written(node), node.name.lower()
    if not node.alias:
        for one in statement.tree.find_all(exp.Column):
            if one.table.lower() == name:
                one.set("table", identifier(table.name.rpartition(".")[2]))
    db, _, own = table.name.rpartition(".")
    node.set("this", identifier(own))
    node.set("db", identifier(db) if db else None)
    return f"{was} → {statement.written(node)}"

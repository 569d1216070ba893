"""What mutations are given, and how they look at a query."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from sqlglot import exp

from ...tools.schema import Schema, Table


@dataclass(frozen=True)
class Given:
    schema: Schema
    question: str
    random: Random


Mutation = Callable[[exp.Query, Given], exp.Query | None]


@dataclass(frozen=True)
class Mutant:
    """A wrong SQL."""

    kind: str
    """`mutation:wrong_column`, or `sample` where a model wrote it."""
    sql: str
    error: str
    """What the executor says of it; empty if it runs."""
    doubts: str = ""
    """What the corrector is told besides."""


def sources(select: exp.Select, schema: Schema) -> dict[str, Table]:
    """The schema's tables in FROM and JOIN, by alias as written; no subqueries."""
    items = [select.args.get("from_"), *(select.args.get("joins") or [])]
    nodes = [item.this for item in items if item is not None and isinstance(item.this, exp.Table)]
    found = {node.alias_or_name: schema.table(node.name) for node in nodes}
    return {alias: table for alias, table in found.items() if table}


def owner(column: exp.Column, schema: Schema) -> Table | None:
    """The table a column is read from, where one SELECT and its sources tell."""
    select = column.parent_select
    if select is None:
        return None
    for alias, table in sources(select, schema).items():
        if column.table.lower() in ("", alias.lower()) and table.column(column.name):
            return table
    return None


def owned(tree: exp.Expr, schema: Schema) -> Iterator[tuple[exp.Column, Table]]:
    """Every column whose table is known, and that table."""
    for column in tree.find_all(exp.Column):
        if table := owner(column, schema):
            yield column, table


def in_join(node: exp.Expr) -> bool:
    """Whether the node is part of a join's condition."""
    return isinstance(node.find_ancestor(exp.Join, exp.Select), exp.Join)


def named(name: str) -> exp.Identifier:
    """Quoted where it must be."""
    return exp.to_identifier(name)


def removed(condition: exp.Expr) -> None:
    """Take a condition out of the AND, OR, WHERE, HAVING or ON that holds it."""
    parent = condition.parent
    while isinstance(parent, (exp.Paren, exp.Not)):
        condition, parent = parent, parent.parent
    if isinstance(parent, exp.Connector):
        parent.replace(parent.expression if parent.left is condition else parent.left)
    elif isinstance(parent, (exp.Where, exp.Having)):
        parent.pop()
    elif isinstance(parent, exp.Join):
        parent.set("on", None)


def whole_condition(node: exp.Expr) -> exp.Expr | None:
    """The condition of an AND, OR, WHERE or HAVING that the node is part of, within its own SELECT."""
    while node.parent is not None and not isinstance(node, exp.Select):
        if isinstance(node.parent, (exp.Connector, exp.Where, exp.Having)):
            return node
        node = node.parent
    return None

"""A statement under repair: its tree, the schema, and what is wrong with its names."""

from sqlglot import exp

from ..likeness import words
from ..names import unknown_names
from ..schema import Schema
from ..scope import Scopes
from .joins import Edge, edges

NEAR = 0.6
"""Names less alike are not taken for one another."""
MENTIONED = 0.03
"""What it is worth to a candidate that the question mentions its table."""
MOST_CONDITIONS = 20
"""A statement with more goes in circles."""
_SHAPING = ("group", "having", "order", "limit", "offset", "with_", "windows", "qualify")
"""Parts of a SELECT that mean something else in each half."""


class Statement:
    """A statement's tree, and what is wrong with its names."""

    def __init__(self, tree: exp.Expr, schema: Schema, dialect: str, sql: str, question: str) -> None:
        self.tree, self.schema, self.dialect, self.sql = tree, schema, dialect, sql
        self._asked = words(question)
        self.look()

    @property
    def edges(self) -> dict[str, list[Edge]]:
        return edges(self.schema)

    def look(self) -> None:
        """Again, after the tree has changed."""
        if self.dialect == "postgres":
            quote_names(self.tree)
        self.scopes = Scopes(self.schema, self.dialect)
        unknown = unknown_names(self.tree, self.schema, self.dialect, self.sql)
        self.tables = [node for node in unknown if isinstance(node, exp.Table)]
        columns = [node for node in unknown if isinstance(node, exp.Column)]
        self.columns = sorted(columns, key=_depth, reverse=True)

    def mentions(self, table: str) -> bool:
        """Does the question?"""
        return bool(words(table) & self._asked)

    def written(self, node: exp.Expr) -> str:
        return node.sql(dialect=self.dialect)


def quote_names(tree: exp.Expr) -> None:
    """PostgreSQL folds what has no quotes: names of a repair get them, an alias keeps its own."""
    aliases = {node.name: node.this.quoted for node in tree.find_all(exp.TableAlias) if node.name}
    for name in tree.find_all(exp.Identifier):
        if "start" not in name.meta:
            name.set("quoted", aliases.get(name.name, name.quoted or name.name != name.name.lower()))


def _depth(node: exp.Expr) -> int:
    """Inner queries go first: what a derived table gives depends on them."""
    select = node.find_ancestor(exp.Select)
    return 1 + _depth(select) if select else 0


def sides(node: exp.Expr) -> list[exp.Expr]:
    """All that a comparison, a BETWEEN or an IN of values compares, the first side first."""
    if isinstance(node, exp.Between):
        return [node.this, node.args["low"], node.args["high"]]
    return [node.this, *([node.expression] if isinstance(node, exp.Binary) else node.expressions)]


def conjuncts(clause: exp.Expr | None) -> list[exp.Expr]:
    """What a WHERE or an ON asks for, all of it."""
    condition = clause.this if isinstance(clause, exp.Where) else clause
    if condition is None:
        return []
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition]


def is_plain(select: exp.Select) -> bool:
    """A whole statement, or what IN or FROM reads, without what would mean something else in each half."""
    parent = select.parent
    within = parent.parent if isinstance(parent, exp.Subquery) else parent
    read = isinstance(within, exp.Paren | exp.From) or (
        isinstance(within, exp.In) and parent is not within.this
    )
    counts = any(item.find(exp.AggFunc, exp.Window, exp.Anonymous) for item in select.expressions)
    return read and not counts and not any(select.args.get(part) for part in _SHAPING)

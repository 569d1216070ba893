"""A statement under repair: its tree, the schema, and what is wrong with its names."""

from sqlglot import exp

from ..likeness import words
from ..names import unknown_names
from ..schema import Schema
from ..scope import Scopes
from .joins import edges


class Statement:
    """A statement's tree, and what is wrong with its names."""

    def __init__(self, tree: exp.Expr, schema: Schema, dialect: str, sql: str, question: str) -> None:
        self.tree, self.schema, self.dialect, self.sql = tree, schema, dialect, sql
        self.edges = edges(schema)
        self._asked = words(question)
        self.look()

    def look(self) -> None:
        """Again, after the tree has changed."""
        self.scopes = Scopes(self.schema, self.dialect)
        unknown = unknown_names(self.tree, self.schema, self.dialect, self.sql)
        self.tables = [node for node in unknown if isinstance(node, exp.Table)]
        self.columns = [node for node in unknown if isinstance(node, exp.Column)]

    def mentions(self, table: str) -> bool:
        """Does the question?"""
        return bool(words(table) & self._asked)

    def written(self, node: exp.Expr) -> str:
        return node.sql(dialect=self.dialect)

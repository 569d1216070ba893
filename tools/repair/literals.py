"""Texts that no row holds, where one that hardly differs is stored: `'English'` for `'english'`."""

from collections.abc import Callable, Iterator

from sqlglot import exp

from ..errors import GuardError
from ..guard import PARSER_ERRORS, guard, parsed
from ..schema import Column, Schema, Table
from ..scope import Scopes
from . import Repair
from .statement import sides

Nearest = Callable[[str, str, str], str | None]
"""Table, column, text: the stored text nearest to it, None if none is near or it is stored itself."""


def repair_literals(sql: str, schema: Schema, nearest: Nearest, *, written: str = "sqlite") -> Repair | None:
    """The statement with stored texts in the place of those it compares with; None if nothing helps."""
    try:
        tree = parsed(sql, written)
        changes = [change for pair in compared(tree, schema, written) if (change := _mended(*pair, nearest))]
        text = tree.sql(dialect=written)
        guard(text, schema, written=written)
    except (GuardError, RecursionError, *PARSER_ERRORS):
        return None
    return Repair(text, tuple(changes)) if changes else None


def compared(tree: exp.Expr, schema: Schema, dialect: str) -> Iterator[tuple[Table, Column, exp.Literal]]:
    """Each text that a stored column is compared with, by `=` or IN."""
    scopes = Scopes(schema, dialect)
    for node in list(tree.find_all(exp.EQ, exp.In)):
        column = next((side for side in sides(node) if isinstance(side, exp.Column)), None)
        place = scopes.stored_column(column) if column else None
        texts = [side for side in sides(node) if isinstance(side, exp.Literal) and side.is_string]
        yield from ((*place, text) for text in texts if place)


def _mended(table: Table, column: Column, literal: exp.Literal, nearest: Nearest) -> str | None:
    found = nearest(table.name, column.name, literal.name)
    if found is None:
        return None
    was = literal.sql()
    literal.set("this", found)
    return f"{was} → {literal.sql()}"

"""Mechanical repair: a statement whose names the schema does not know, changed into one whose names it does.

No model is asked. A small model's most frequent error is a column of another table: it is looked for in the
tables in scope, then along the foreign keys, then among the nearest names. The rest of the errors mended here
are a join on columns that do not exist, aggregates outside of their place, functions of other engines, a
parenthesis left open, and a number beside a date. Of a statement that runs what cannot be meant is mended
(`repair_running`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from ..errors import GuardError
from ..guard import PARSER_ERRORS, guard, parsed
from ..schema import Schema
from ..scope import DEFAULT_SCHEMAS
from .absent import keep_unmatched
from .aggregates import group_counts, mend_aggregate, own_aggregate
from .columns import inner_column, mend_column, qualify_column
from .composites import join_whole_keys
from .contradictions import ask_apart
from .dates import mend_date, mend_dates
from .functions import mend_function
from .groups import name_groups
from .negations import deny
from .patterns import place_wildcards
from .references import read_names
from .statement import Statement, quote_names
from .tables import mend_join, rename_table, swap_table
from .unasked import drop_joins

MAX_CHANGES = 20
"""A statement with more wrong names than this has no slip in it: it is another database's."""
MAX_CHARS = 10_000
"""Longer statements are let be: the time that names take grows with the square of their number."""
MAX_OPEN = 2
"""Parentheses: a statement that lacks more was cut off, or goes in circles."""
_SEMICOLON = TokenType.SEMICOLON
STEPS: tuple[Callable[[Statement], str | None], ...] = (
    mend_function,
    rename_table,
    swap_table,
    mend_join,
    mend_column,
    qualify_column,
    own_aggregate,
    mend_aggregate,
    mend_date,
)
"""Each makes one change and says what, or makes none; the first that changes something goes first again."""


@dataclass(frozen=True)
class Repair:
    sql: str
    changes: tuple[str, ...]
    """Each as `before → after`."""


def repair(sql: str, schema: Schema, *, written: str = "sqlite", question: str = "") -> Repair | None:
    """The statement, in the same dialect, so that it can run; None if nothing helps or nothing is wrong.

    question: breaks ties between tables. Raises nothing.
    """
    closed = _closed(sql, written)
    added = ["missing ) → )"] if closed != sql else []

    def mend(whole: exp.Paren) -> tuple[str, ...]:
        return (*added, *_changes(Statement(whole.this, schema, written, closed, question)))

    return _repaired(closed, schema, written, mend)


def repair_running(sql: str, schema: Schema, *, written: str = "sqlite", question: str = "") -> Repair | None:
    """A statement that runs, its names let be, made to say what was meant.

    In this order: `hired > 2022` compares the date's year; a subquery that reads the outer query's column, a
    text beside the number that refers to it, a join on a part of a key, a join that finds nothing, a count
    without its GROUP BY, the name of any row of a group, LIKE where the question (empty: not known) says
    where to look, joins that it does not ask for, none of many, and two values of one cell. Raises nothing.
    """

    def mend(whole: exp.Paren) -> tuple[str, ...]:
        return (
            *filter(None, [mend_dates(whole, schema, written)]),
            *_inner_column(whole, schema, written, question),
            *read_names(whole, schema, written),
            *join_whole_keys(whole, schema, written),
            *keep_unmatched(whole, schema, written),
            *group_counts(whole, written),
            *name_groups(whole, schema, written),
            *place_wildcards(whole, written, question),
            *drop_joins(whole, schema, written, question),
            *deny(whole, schema, written, question),
            *ask_apart(whole, schema, written, question),
        )

    return _repaired(sql, schema, written, mend)


def _inner_column(whole: exp.Paren, schema: Schema, written: str, question: str) -> Iterator[str]:
    """Looks the names up only where something is compared with a query."""
    if any(node.args.get("query") for node in whole.find_all(exp.In)):
        statement = Statement(whole.this, schema, written, "", question)
        yield from filter(None, [inner_column(statement)])


def _repaired(
    sql: str, schema: Schema, written: str, mend: Callable[[exp.Paren], tuple[str, ...]]
) -> Repair | None:
    """The statement after `mend`, which changes the tree and says what, if the guard lets it through."""
    if len(sql) > MAX_CHARS or written not in DEFAULT_SCHEMAS:
        return None
    try:
        whole = exp.Paren(this=parsed(sql, written))  # in which the root, too, can be replaced
        if not (changes := mend(whole)):
            return None
        if written == "postgres":
            quote_names(whole.this)
        text = whole.this.sql(dialect=written)
        guard(text, schema, written=written)
    except (GuardError, RecursionError, *PARSER_ERRORS):
        return None
    return Repair(text, changes)


def _closed(sql: str, written: str) -> str:
    """With the parentheses that it lacks; whatever stands last is taken to be within them."""
    if len(sql) > MAX_CHARS or written not in DEFAULT_SCHEMAS:
        return sql
    try:
        tokens = [one for one in sqlglot.tokenize(sql, dialect=written) if one.token_type != _SEMICOLON]
    except PARSER_ERRORS:
        return sql
    kinds = [one.token_type for one in tokens]
    lacking = kinds.count(TokenType.L_PAREN) - kinds.count(TokenType.R_PAREN)
    return sql[: tokens[-1].end + 1] + ")" * lacking if 0 < lacking <= MAX_OPEN else sql


def _changes(statement: Statement) -> tuple[str, ...]:
    changes: list[str] = []
    while len(changes) + len(statement.columns) <= MAX_CHANGES:
        change = next(filter(None, (step(statement) for step in STEPS)), None)
        if change is None:
            break
        changes.append(" ".join(change.split()))
        statement.look()
    return tuple(dict.fromkeys(changes))

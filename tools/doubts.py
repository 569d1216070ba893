"""What is doubtful about a statement that is valid: kinds that do not go together, texts that no row holds,
tables that nothing joins.

For the corrector's prompt: a hint, not an error. An engine says nothing of it, or not before it has run.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from sqlglot import exp

from .errors import GuardError
from .guard import PARSER_ERRORS, parsed
from .kinds import Kind, Kinds
from .repair.joins import edges, joins_along, ways
from .repair.literals import compared
from .schema import Schema
from .scope import Scopes

Similar = Callable[[str, str, str], list[str] | None]
"""Table, column, text: stored texts like it, best first; None if it is stored itself, or may be."""
TEXTS = 5
"""So many are looked up: an IN may have hundreds."""
NUMBERS: tuple[Kind, ...] = ("int", "real")
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def doubts(sql: str, schema: Schema, similar: Similar, *, written: str = "sqlite") -> list[str]:
    """One line each, without repeats; none for a statement that does not parse. Raises nothing."""
    try:
        tree = parsed(sql, written)
        found = [
            *_kinds(tree, Kinds(schema), written),
            *_texts(tree, schema, similar, written),
            *_unjoined(tree, schema, written),
        ]
        return list(dict.fromkeys(found))
    except (GuardError, RecursionError, *PARSER_ERRORS):
        return []


def _kinds(tree: exp.Expr, kinds: Kinds, written: str) -> Iterator[str]:
    """A column of numbers beside a text that is none, a column of text beside a number or in SUM and AVG."""
    for node in tree.find_all(*_COMPARISONS):
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(side, exp.Column) and isinstance(other, exp.Literal):
                kind, place = kinds.of(side), f"{node.sql(dialect=written)}: {side.sql(dialect=written)}"
                if kind in NUMBERS and other.is_string and not _is_number(other.name):
                    yield f"{place} holds numbers"
                elif kind == "text" and not other.is_string:
                    yield f"{place} holds text"
    for call in tree.find_all(exp.Sum, exp.Avg):
        if isinstance(call.this, exp.Column) and kinds.of(call.this) == "text":
            yield f"{call.sql(dialect=written)}: {call.this.sql(dialect=written)} holds text"


def _unjoined(tree: exp.Expr, schema: Schema, written: str) -> Iterator[str]:
    """Tables side by side without a condition: what would join them along the foreign keys."""
    scopes = Scopes(schema, written)
    for select in tree.find_all(exp.Select):
        joins = [join for join in select.args.get("joins") or () if not _conditioned(join)]
        if not joins or any(_joins(node) for node in select.find_all(exp.EQ)):
            continue
        relations = [one for one in scopes.relations(select) if one.table]
        called = {one.table.name: one.name for one in relations if one.table}
        for join in joins:
            last = scopes.stored(join.this) if isinstance(join.this, exp.Table) else None
            others = [name for name in called if last and name != last.name]
            way = ways(edges(schema), others).get(last.name, []) if last else []
            rest = [one for one in relations if one.table is not last]
            steps = [one.sql(dialect=written) for one in joins_along(way, called, rest)]
            if last and steps:
                yield f"nothing joins {last.name}; it is joined by {' '.join(steps)}"


def _conditioned(join: exp.Join) -> bool:
    # The parser gives a JOIN without a condition the condition TRUE.
    on = join.args.get("on")
    stated = on is not None and not isinstance(on, exp.Boolean)
    return bool(stated or join.args.get("using") or join.method == "NATURAL")


def _joins(node: exp.EQ) -> bool:
    return isinstance(node.left, exp.Column) and isinstance(node.right, exp.Column)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _texts(tree: exp.Expr, schema: Schema, similar: Similar, written: str) -> Iterator[str]:
    for table, column, literal in islice(compared(tree, schema, written), TEXTS):
        negated = literal.find_ancestor(exp.Not)
        found = None if negated else similar(table.name, column.name, literal.name)
        if found is not None:
            stored = ", ".join(exp.Literal.string(text).sql(dialect=written) for text in found)
            hint = f"; similar are {stored}" if stored else ""
            yield f"no row known has {table.name}.{column.name} = {literal.sql(dialect=written)}{hint}"

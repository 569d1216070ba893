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
from .repair.joins import edges, joins_along, way_to
from .repair.literals import compared
from .schema import Schema
from .scope import Relation, Scopes

Similar = Callable[[str, str, str], list[str] | None]
"""Table, column, text: stored texts like it, best first; None if it is stored itself, or may be."""
TEXTS = 5
"""So many are looked up: an IN may have hundreds."""
JOINS = 3
"""So many are looked for in one SELECT: each search goes through the schema."""
NUMBERS: tuple[Kind, ...] = ("int", "real")
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def doubts(sql: str, schema: Schema, similar: Similar, *, written: str = "sqlite") -> list[str]:
    """One line each, without repeats; none for a statement that does not parse. Raises nothing."""
    try:
        tree = parsed(sql, written)
        found = [
            *_kinds(tree, Kinds(schema), written),
            *_texts(tree, schema, similar, written),
            *islice(_unjoined(tree, schema, written), JOINS),
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
    """Tables that no condition connects with the first, and what would join them."""
    scopes = Scopes(schema, written)
    for select in tree.find_all(exp.Select):
        relations, joins = scopes.relations(select), select.args.get("joins") or ()
        # Names that are shared, parentheses and outer queries may connect what no condition here does.
        if len(relations) != len(joins) + 1 or any(map(_shares_names, joins)) or _nested(select):
            continue
        apart = _apart(relations, [_read(part, relations, scopes) for part in _conditions(select)])
        for one in apart[:JOINS]:
            rest = [other for other in relations if other not in apart]
            called = {other.table.name: other.name for other in rest if other.table}
            way = way_to([one.table.name], list(called), edges(schema)) if one.table else None
            steps = [step.sql(dialect=written) for step in joins_along(way or [], called, rest, one.name)]
            if steps:
                yield f"nothing joins {one.name}; it is joined by {' '.join(steps)}"


def _shares_names(join: exp.Join) -> bool:
    """USING and NATURAL join on the columns that both have, DuckDB's POSITIONAL on none."""
    return bool(join.args.get("using") or join.method)


def _nested(select: exp.Select) -> bool:
    return select.find_ancestor(exp.Select) is not None


def _apart(relations: list[Relation], compared: list[set[str]]) -> list[Relation]:
    """Those that a chain of conditions does not connect with the first; compared: the names in each."""
    reached, before = {relations[0].name}, 0
    while len(reached) > before:
        before = len(reached)
        reached |= {name for names in compared if names & reached for name in names}
    return [one for one in relations if one.name not in reached]


def _conditions(select: exp.Select) -> Iterator[exp.Expr]:
    where = select.args.get("where")
    stated = [join.args.get("on") for join in select.args.get("joins") or ()]
    waiting = [*filter(None, [*stated, where and where.this])]
    while waiting:
        condition = waiting.pop().unnest()
        if isinstance(condition, exp.And):
            waiting += condition.flatten()
        else:
            yield condition


def _read(condition: exp.Expr, relations: list[Relation], scopes: Scopes) -> set[str]:
    """The relations whose columns a condition names, those in its subqueries too."""
    columns = list(condition.find_all(exp.Column))
    return {one.name for one in relations if any(scopes.may_be_of(column, one) for column in columns)}


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

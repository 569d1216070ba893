"""SQLite's SQL as the engine's own: what sqlglot leaves to the reader, so that the rows agree.

sqlglot rewrites the syntax (LIMIT x, y; IFNULL; IIF; GROUP_CONCAT; strftime; NULLS FIRST). What differs in
meaning is here: integer division, the case of LIKE, rounding, comparisons across types, aliases in WHERE.
Dates are in moments.py, bare columns beside aggregates in grouping.py. Left to the engine: collations,
printf, GLOB, stars and correlated subqueries beside a GROUP BY.
"""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from . import moments
from .grouping import choose_rows
from .kinds import Kinds
from .schema import Schema
from .scope import Scopes

Rewrite = Callable[[Any, str, Kinds], exp.Expr]
_TRUTHS = (exp.Predicate, exp.Connector, exp.Not)


def transpile(tree: exp.Expr, schema: Schema, written: str) -> str:
    """`tree`, written in the dialect `written`, its names resolved, in the SQL of `schema.dialect`."""
    if written == "sqlite":
        _rewrite(tree, schema)
    return tree.sql(dialect=schema.dialect, identify=True, comments=False)


def _rewrite(tree: exp.Expr, schema: Schema) -> None:
    _expand_aliases(tree, schema)
    kinds = Kinds(schema)
    for node in reversed(list(tree.walk())):
        rewrite = _REWRITES.get(type(node))
        if rewrite is not None:
            changed = rewrite(node, schema.dialect, kinds)
            if changed is not node:
                node.replace(changed)
    choose_rows(tree, schema)


def _expand_aliases(tree: exp.Expr, schema: Schema) -> None:
    """SQLite lets WHERE and HAVING use a column's alias, and ORDER BY calculate with it."""
    clauses = {"postgres": ("where", "having", "order"), "mysql": ("where",)}.get(schema.dialect, ())
    scopes = Scopes(schema, "sqlite")
    for select in tree.find_all(exp.Select):
        aliases = {
            item.alias.lower(): item.this for item in select.expressions if isinstance(item, exp.Alias)
        }
        inputs = [relation.columns for relation in scopes.relations(select)]
        if aliases and None not in inputs:
            known = {name for columns in inputs for name in columns or ()}
            for clause in filter(None, (select.args.get(name) for name in clauses)):
                _expand(clause, {name: value for name, value in aliases.items() if name not in known})


def _expand(clause: exp.Expr, aliases: dict[str, exp.Expr]) -> None:
    for column in list(clause.find_all(exp.Column)):
        value = None if column.table else aliases.get(column.name.lower())
        if value is not None and not isinstance(column.parent, exp.Ordered):
            column.replace(exp.paren(value.copy()))


def _division(node: exp.Expr, dialect: str, kinds: Kinds) -> exp.Expr:
    """SQLite divides integers to an integer; so does PostgreSQL, the others say it with an operator."""
    whole = kinds.of(node.this) == kinds.of(node.expression) == "int"
    if whole and dialect in ("duckdb", "mysql"):
        divided = exp.IntDiv(this=node.this, expression=node.expression)
        return exp.paren(divided, copy=False) if isinstance(node.parent, exp.Binary) else divided
    if not whole and dialect == "mysql":
        node.set("this", exp.cast(node.this, "DOUBLE", copy=False))
    return node


def _like(node: exp.Expr, dialect: str, kinds: Kinds) -> exp.Expr:
    """SQLite's LIKE ignores case and reads anything as text."""
    if dialect == "mysql":
        return node
    text = node.this if kinds.of(node.this) in ("text", "") else exp.cast(node.this, "TEXT", copy=False)
    return exp.ILike(**{**node.args, "this": text})


def _comparison(node: exp.Expr, dialect: str, kinds: Kinds) -> exp.Expr:
    """A number compared with a text column is compared as text, one with a flag as a flag."""
    right = node.expression
    if not isinstance(node.this, exp.Column) or not isinstance(right, exp.Literal) or right.is_string:
        return node
    if kinds.of(node.this) == "text":
        right.replace(exp.Literal.string(right.name))
    elif kinds.of(node.this) == "bool" and dialect == "postgres" and right.name in ("0", "1"):
        right.replace(exp.Boolean(this=right.name == "1"))
    return node


def _aggregate(node: exp.Expr, dialect: str, _: Kinds) -> exp.Expr:
    """A truth counts as 0 or 1; MySQL's average of integers keeps four decimals only."""
    value = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    if isinstance(value.unnest(), _TRUTHS) and dialect != "mysql":
        value.replace(exp.cast(value.copy(), "INT"))
    elif isinstance(node, exp.Avg) and dialect == "mysql":
        value.replace(exp.cast(value.copy(), "DOUBLE"))
    return node


def _cast(node: exp.Expr, dialect: str, kinds: Kinds) -> exp.Expr:
    """SQLite's integers have 64 bits, and a cast to one cuts the fraction where the others round."""
    if not node.args["to"].is_type(*exp.DataType.INTEGER_TYPES):
        return node
    node.set("to", exp.DataType.build("BIGINT"))
    if kinds.of(node.this) == "real" and dialect == "mysql":
        node.set("this", exp.func("TRUNCATE", node.this, exp.Literal.number(0), dialect="mysql"))
    elif kinds.of(node.this) == "real":
        node.set("this", exp.Anonymous(this="TRUNC", expressions=[node.this]))
    return node


def _round(node: exp.Expr, dialect: str, _: Kinds) -> exp.Expr:
    """PostgreSQL rounds a double to places not at all, and to whole numbers half to even."""
    if dialect == "postgres":
        node.set("this", exp.cast(node.this, "DECIMAL", copy=False))
    return node


def _group_concat(node: exp.Expr, dialect: str, kinds: Kinds) -> exp.Expr:
    value = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    if dialect == "postgres" and kinds.of(value) != "text":
        value.replace(exp.cast(value.copy(), "TEXT"))
    return node


def _filter(node: exp.Expr, dialect: str, _: Kinds) -> exp.Expr:
    """MySQL has no FILTER, but aggregates skip NULL."""
    value = None if dialect != "mysql" else node.this.this
    if value is None or isinstance(value, exp.Distinct):
        return node
    kept = exp.Literal.number(1) if isinstance(value, exp.Star) else value.copy()
    value.replace(exp.Case().when(node.expression.this, kept))
    aggregate: exp.Expr = node.this
    return aggregate


def _named(node: exp.Anonymous, dialect: str, _: Kinds) -> exp.Expr:
    """Functions that sqlglot does not know."""
    if node.name.lower() in moments.CALLS:
        return moments.call(node, dialect)
    if node.name.lower() != "total" or len(node.expressions) != 1:
        return node
    return exp.func("COALESCE", exp.Sum(this=node.expressions[0]), exp.Literal.number("0.0"))


def _substring(node: exp.Substring, dialect: str, kinds: Kinds) -> exp.Expr:
    """SQLite counts a negative start from the end, and places before the first take of the length."""
    if dialect != "mysql" and kinds.of(node.this) != "text":
        node.set("this", exp.cast(node.this, "TEXT"))
    start, length = node.args.get("start"), node.args.get("length")
    if isinstance(start, exp.Literal) and start.name == "0":
        node.set("start", exp.Literal.number(1))
        node.set("length", _at_least_0(length - 1) if length else None)
    if not isinstance(start, exp.Neg):
        return node
    places = start.this
    end = exp.Right(this=node.this, expression=places)
    if length is None:
        return end
    missing = _at_least_0(exp.paren(places) - exp.Length(this=node.this.copy()))
    return exp.Left(this=end, expression=_at_least_0(exp.paren(length) - missing))


def _at_least_0(value: exp.Expr) -> exp.Expr:
    return exp.func("GREATEST", value, exp.Literal.number(0))


def _now(node: exp.Expr, dialect: str, _: object) -> exp.Expr:
    return moments.now(node, dialect)


def _strftime(node: exp.TimeToStr, dialect: str, _: Kinds) -> exp.Expr:
    return moments.formatted(node, dialect)


def _recursive(node: exp.Expr, *_: object) -> exp.Expr:
    """SQLite lets a common table expression recurse without being told so."""
    for cte in node.expressions:
        if any(table.name.lower() == cte.alias.lower() for table in cte.this.find_all(exp.Table)):
            node.set("recursive", True)
    return node


_REWRITES: dict[type[exp.Expr], Rewrite] = {
    exp.Div: _division,
    exp.Like: _like,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _comparison),
    **dict.fromkeys((exp.Sum, exp.Avg), _aggregate),
    exp.Cast: _cast,
    exp.Round: _round,
    exp.Filter: _filter,
    exp.GroupConcat: _group_concat,
    exp.Anonymous: _named,
    exp.Substring: _substring,
    exp.TimeToStr: _strftime,
    exp.Literal: _now,
    exp.With: _recursive,
}

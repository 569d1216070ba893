"""The guard: one read-only statement whose names the schema knows goes through, the rest gets a reason.

It needs no database. The engine is told to read only as well (see engines/); either layer must hold alone.
"""

import logging
import re
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token

from .errors import GuardError
from .functions import is_forbidden, is_table_function
from .names import resolve_names
from .schema import Schema
from .scope import DEFAULT_SCHEMAS
from .transpile import transpile

MAX_CHARS = 100_000
# sqlglot warns of a statement it cannot parse; the guard's own message says so to the right reader.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())

# A parser of everybody's SQL trips over some inputs in ways of its own; each of these is "does not parse".
PARSER_ERRORS = (
    SqlglotError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    AssertionError,
    ArithmeticError,
)

_ROOTS = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)
_ALLOWED = (
    *(exp.Condition, exp.Query, exp.UDTF, exp.CTE, exp.With, exp.From, exp.Join, exp.Where, exp.Having),
    *(exp.Alias, exp.Aliases, exp.PivotAlias, exp.TableAlias, exp.Identifier, exp.Table, exp.Star, exp.Var),
    *(exp.Group, exp.Cube, exp.Rollup, exp.GroupingSets, exp.Order, exp.Ordered, exp.Distinct, exp.Qualify),
    *(exp.Limit, exp.Offset, exp.Fetch, exp.LimitOptions, exp.TableSample, exp.Pivot, exp.UnpivotColumns),
    *(exp.WindowSpec, exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls, exp.HavingMax),
    *(exp.DataType, exp.DataTypeParam, exp.CharacterSet, exp.Introducer, exp.National, exp.ColumnDef),
    *(exp.Interval, exp.IntervalSpan, exp.AtTimeZone, exp.FromTimeZone, exp.Tuple, exp.Slice, exp.Lambda),
    *(exp.JSON, exp.JSONKeyValue, exp.JSONSchema, exp.JSONColumnDef, exp.JSONPath, exp.JSONPathPart),
    *(
        exp.JSONValue,
        exp.OnCondition,
        exp.FormatJson,
        exp.Comprehension,
        exp.PositionalColumn,
        exp.WithOperator,
    ),
    *(exp.RecursiveWithSearch, exp.OverflowTruncateBehavior, exp.IndexTableHint, exp.Variadic),
)
_PARAMETERS = (exp.Placeholder, exp.Parameter, exp.SessionParameter)
_OPENINGS = {"select", "with", "values", "from", "table", "("}
_VERBS = re.compile(
    r"(insert|update|delete|replace|merge|create|alter|drop|truncate|rename|grant|revoke|begin|commit|rollback"
    r"|savepoint|release|set|reset|use|show|describe|desc|explain|analyze|vacuum|reindex|pragma|attach|detach|copy"
    r"|export|import|load|install|call|do|execute|prepare|deallocate|declare|handler|lock|unlock|listen|notify"
    r"|kill|flush|optimize|checkpoint|cluster|comment|refresh|summarize|start|end|abort|discard|xa|shutdown)\b",
    re.IGNORECASE,
)

_INTO = re.compile(r"\binto\s+(outfile|dumpfile|@)", re.IGNORECASE)


def guard(sql: str, schema: Schema, *, written: str = "sqlite") -> str:
    """`sql`, written in the dialect `written`, as the statement to run in `schema.dialect`.

    The statement itself is unchanged if both dialects are the same; comments become spaces and a trailing
    semicolon goes. Raises GuardError and nothing else.
    """
    unknown = {written, schema.dialect} - DEFAULT_SCHEMAS.keys()
    if unknown:
        raise GuardError(
            "refused", f"no such dialect: {min(unknown)}; there are {', '.join(DEFAULT_SCHEMAS)}"
        )
    try:
        text, tree = _checked(sql, schema, written)
        if written == schema.dialect:
            return text
        return _transpiled(tree, schema, written)
    except RecursionError:
        raise GuardError("refused", "the statement is nested too deeply; write it flatter") from None


def _checked(sql: str, schema: Schema, dialect: str) -> tuple[str, exp.Expr]:
    _check_text(sql)
    tokens, tree = _parsed(sql, dialect)
    text = _without_comments(sql, tokens, dialect)
    if not isinstance(tree, _ROOTS):
        raise GuardError("refused", f"only a SELECT statement may run, not {_kind(tree)}", 0)
    for node in tree.walk():
        _check_node(node, dialect)
    return text, resolve_names(tree, schema, dialect, sql)


def _transpiled(tree: exp.Expr, schema: Schema, written: str) -> str:
    try:
        return _checked(transpile(tree, schema, written), schema, schema.dialect)[0]
    except GuardError as error:
        # Its position would be one in SQL that nobody wrote.
        raise GuardError(error.kind, str(error)) from None
    except PARSER_ERRORS:
        raise GuardError(
            "syntax", f"this cannot be said in {schema.dialect}'s SQL; write it plainer"
        ) from None


def _check_text(sql: str) -> None:
    if not sql.strip():
        raise GuardError("refused", "the statement is empty; write one SELECT")
    if len(sql) > MAX_CHARS:
        raise GuardError("refused", f"the statement is longer than {MAX_CHARS:,} characters; shorten it")
    bad = next((i for i, char in enumerate(sql) if char == "\0" or "\ud800" <= char <= "\udfff"), None)
    if bad is not None:
        raise GuardError("refused", "the statement holds a character that is not text; remove it", bad)


def parsed(sql: str, dialect: str) -> exp.Expr:
    """The one statement of the text; raises `GuardError`."""
    return _parsed(sql, dialect)[1]


def _parsed(sql: str, dialect: str) -> tuple[list[Token], exp.Expr]:
    try:
        engine = sqlglot.Dialect.get_or_raise(dialect)
        tokens = engine.tokenize(sql)
        parsed = engine.parser().parse(tokens, sql)
    except PARSER_ERRORS as error:
        raise _syntax_error(sql, error) from None
    trees = [tree for tree in parsed if tree and not isinstance(tree, exp.Semicolon)]
    if not trees:
        raise GuardError("refused", "the statement is empty; write one SELECT")
    if len(trees) > 1:
        raise GuardError("refused", f"one statement at a time; there are {len(trees)}")
    return tokens, trees[0]


def _syntax_error(sql: str, error: Exception) -> GuardError:
    verb = _VERBS.match(sql.lstrip())
    if verb:
        return GuardError("refused", f"only a SELECT statement may run, not {verb[0].upper()}", 0)
    if _INTO.search(sql):
        return GuardError("refused", "SELECT INTO is not allowed; only reading is")
    details = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    reason = str(details.get("description") or "it cannot be read as SQL; is a quote left open?")
    if reason.startswith("Required keyword"):
        reason = "something is missing"
    near = " ".join(str(details.get("highlight") or "").split())[:40]
    message = f"syntax error: {' '.join(reason.split()).rstrip('.').lower()}"
    return GuardError("syntax", f'{message} near "{near}"' if near else message, _offset(sql, details))


def _offset(sql: str, details: dict[str, object]) -> int | None:
    """sqlglot tells the line and the column of the faulty token's end."""
    line, column = details.get("line"), details.get("col")
    if not isinstance(line, int) or not isinstance(column, int):
        return None
    before = sum(len(text) for text in sql.splitlines(keepends=True)[: line - 1])
    return max(0, before + column - len(str(details.get("highlight") or "")))


def _without_comments(sql: str, tokens: list[Token], dialect: str) -> str:
    """What the engine reads is exactly what was parsed, so no comment can mean more to it; offsets stay."""
    pieces: list[str] = []
    end = 0
    if dialect == "postgres" and any(_is_escaped_name(*pair) for pair in pairwise(tokens)):
        raise GuardError("refused", 'names written as U&"..." are not allowed; write the name itself')
    for start, stop in [*((token.start, token.end + 1) for token in tokens), (len(sql), len(sql))]:
        gap = sql[end:start]
        if dialect == "mysql" and re.search(r"/\*M?!", gap):
            raise GuardError("refused", "executable comments are not allowed", end)
        pieces += ["".join(char if char in "\r\n\t" else " " for char in gap), sql[start:stop]]
        end = stop
    return "".join(pieces).rstrip("; \r\n\t")


def _is_escaped_name(left: Token, right: Token) -> bool:
    """PostgreSQL reads `U&"..."` as one name with escapes in it, sqlglot as three tokens."""
    return left.text.lower() == "u" and right.text == "&" and right.start == left.end + 1


def _kind(tree: exp.Expr) -> str:
    return str(tree.this).upper() if isinstance(tree, exp.Command) else tree.key.upper()


def _check_node(node: exp.Expr, dialect: str) -> None:
    start = node.meta.get("start")
    if isinstance(node, _PARAMETERS) or (dialect == "mysql" and isinstance(node, exp.PropertyEQ)):
        raise GuardError("refused", "variables and parameters are not allowed; write the value", start)
    if not isinstance(node, _ALLOWED):
        raise GuardError("refused", f"{_kind(node)} is not allowed in a read-only SELECT", start)
    if isinstance(node, exp.Table):
        _check_table(node, dialect)
    if isinstance(node, exp.Func) and is_forbidden(node, dialect):
        raise GuardError("refused", f"the function {_function(node)} is not allowed", start)


def _check_table(table: exp.Table, dialect: str) -> None:
    inner = table.this
    if isinstance(inner, exp.Func) and not is_table_function(inner, dialect):
        raise GuardError("refused", f"the table function {_function(inner)} is not allowed")
    if table.args.get("version") or table.args.get("changes"):
        raise GuardError("refused", "a table may only be read as it is now")


def _function(node: exp.Func) -> str:
    return node.name if isinstance(node, exp.Anonymous) else node.sql_name().lower()

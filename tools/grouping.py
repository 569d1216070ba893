"""SQLite lets a query name columns beside aggregates that it does not group by; other engines want one value.

Any row of the group will do, as in SQLite; beside a single MAX or MIN it is the row that has it.
"""

from collections.abc import Iterator

from sqlglot import exp

from .errors import GuardError
from .schema import Schema
from .scope import Scopes


def choose_rows(tree: exp.Expr, schema: Schema) -> None:
    """Wrap every such column, for DuckDB and PostgreSQL; MySQL takes any row of the group by itself.

    Raises `GuardError` where MySQL would take any row of the whole table instead of the one with the extreme.
    """
    scopes = Scopes(schema, "sqlite")
    selects = [
        select for select in tree.find_all(exp.Select) if _aggregates(select) or select.args.get("group")
    ]
    bare = [(select, column) for select in selects for column in _bare(select, scopes)]
    for select, column in bare:
        if schema.dialect != "mysql":
            _wrap(column, _order(select), schema.dialect)
        elif _order(select) and not select.args.get("group"):
            advice = "beside MAX or MIN it would be of any row; use ORDER BY ... LIMIT 1"
            raise GuardError("syntax", f"{column.sql()} cannot be chosen in mysql's SQL: {advice}")


def _bare(select: exp.Select, scopes: Scopes) -> list[exp.Column]:
    keys = list(_keys(select))
    own = [column for part in _parts(select) for column in _columns(part, keys)]
    return [column for column in own if _belongs(column, select, scopes)]


def _parts(select: exp.Select) -> list[exp.Expr]:
    return [*select.expressions, *filter(None, (select.args.get("having"), select.args.get("order")))]


def _columns(node: exp.Expr, keys: list[exp.Expr]) -> Iterator[exp.Column]:
    """Those outside of aggregates, of group keys and of queries within."""
    if is_aggregate(node) or isinstance(node, exp.Query) or any(_same(node, key) for key in keys):
        return
    if isinstance(node, exp.Column):
        yield node
        return
    for child in node.iter_expressions():
        yield from _columns(child, keys)


def _keys(select: exp.Select) -> Iterator[exp.Expr]:
    """What is grouped by, also where a position or an alias stands for it."""
    group = select.args.get("group")
    aliases = {item.alias.lower(): item.this for item in select.expressions if isinstance(item, exp.Alias)}
    for key in group.expressions if group else ():
        yield key
        if isinstance(key, exp.Literal) and key.is_int and 0 < int(key.name) <= len(select.expressions):
            yield select.expressions[int(key.name) - 1].unalias()
        elif isinstance(key, exp.Column) and not key.table and key.name.lower() in aliases:
            yield aliases[key.name.lower()]


def _same(node: exp.Expr, key: exp.Expr) -> bool:
    if not isinstance(node, exp.Column) or not isinstance(key, exp.Column):
        return bool(node.unnest() == key.unnest())
    tables = {node.table.lower(), key.table.lower()} - {""}
    return node.name.lower() == key.name.lower() and len(tables) < 2


def _belongs(column: exp.Column, select: exp.Select, scopes: Scopes) -> bool:
    """Not an alias of the select list, and not a column of a query around this one."""
    if isinstance(column.this, exp.Star):
        return False
    name, aliases = column.name.lower(), {item.alias.lower() for item in select.expressions if item.alias}
    if not column.table and name in aliases and isinstance(column.parent, exp.Ordered):
        return False
    relations = scopes.relations(select)
    if column.table:
        return any(one.name.lower() == column.table.lower() for one in relations)
    if any(one.columns and name in one.columns for one in relations):
        return True
    return name not in aliases and any(one.columns is None for one in relations)


def _aggregates(select: exp.Select) -> list[exp.Expr]:
    found = (
        node for part in _parts(select) for node in part.walk(prune=lambda one: isinstance(one, exp.Query))
    )
    return [node for node in found if is_aggregate(node)]


def is_aggregate(node: exp.Expr) -> bool:
    """MAX of several values is none, and a window's function is called once a row."""
    if isinstance(node, exp.Filter):
        return is_aggregate(node.this)
    several = isinstance(node, exp.Max | exp.Min) and node.expressions
    holder = node.parent.parent if isinstance(node.parent, exp.Filter) else node.parent
    window = isinstance(holder, exp.Window) and holder.this in (node, node.parent)
    return isinstance(node, exp.AggFunc) and not several and not window


def _order(select: exp.Select) -> exp.Order | None:
    extremes = {node.sql(): node for node in _aggregates(select) if isinstance(node, exp.Max | exp.Min)}
    if len(extremes) != 1:
        return None
    (extreme,) = extremes.values()
    value = extreme.this.expressions[0] if isinstance(extreme.this, exp.Distinct) else extreme.this
    first = exp.Ordered(this=value.copy(), desc=isinstance(extreme, exp.Max), nulls_first=False)
    return exp.Order(expressions=[first])


def _wrap(column: exp.Column, order: exp.Order | None, dialect: str) -> None:
    values: exp.Expr = column.copy()
    if order is not None:
        order.set("this", values)
        values = order
    if dialect == "postgres":
        rows = exp.paren(exp.ArrayAgg(this=values))
        chosen: exp.Expr = exp.Bracket(this=rows, expressions=[exp.Literal.number(0)])
    else:
        chosen = exp.First(this=values)
    named = isinstance(column.parent, exp.Select)
    column.replace(exp.alias_(chosen, column.name, quoted=True) if named else chosen)

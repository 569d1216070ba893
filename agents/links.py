"""Schema linking's algebra: join what several sources name, ground it in the schema, read it off a SQL."""

from collections.abc import Iterable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ..tools.repair.joins import edges, way_to
from ..tools.schema import Schema, Table
from .task import Links

MOST_TABLES = 10
"""No question joins more: what connects these is not looked for."""
Sources = dict[int, list[tuple[str, Table]]]
"""By id of a SELECT: alias (lower case) and table of everything it reads from the schema."""


def grouped(tables: Iterable[str], columns: Iterable[tuple[str, str]]) -> Links:
    """Links without repeats, tables as first named, columns in the order of their tables."""
    named = list(columns)
    order = tuple(dict.fromkeys([*tables, *(table for table, _ in named)]))
    rank = {table: place for place, table in enumerate(order)}
    return Links(order, tuple(sorted(dict.fromkeys(named), key=lambda pair: rank[pair[0]])))


def union(a: Links, b: Links) -> Links:
    """Everything either names."""
    return grouped((*a.tables, *b.tables), (*a.columns, *b.columns))


def joined(links: Links, schema: Schema) -> Links:
    """With what connects its tables: those between them and the columns to join on, along the foreign keys or
    else keys of the same name.

    From the first table on, the nearest is connected next; one that nothing near leads to stays as it is, and
    so do links of more than `MOST_TABLES` tables.
    """
    if len(links.tables) > MOST_TABLES:
        return links
    on: list[tuple[str, str]] = []
    reached = set(links.tables[:1])
    while left := [table for table in links.tables if table not in reached]:
        way = way_to(left, sorted(reached), edges(schema))
        reached |= {edge.right for edge in way or ()} or {left[0]}
        on += [
            pair for edge in way or () for a, b in edge.columns for pair in ((edge.left, a), (edge.right, b))
        ]
    return grounded(union(links, Links((), tuple(on))), schema)


def grounded(links: Links, schema: Schema) -> Links:
    """What of the links exists, spelled as the schema spells it and in its order; the rest is dropped."""
    columns = {(_key(table), _key(column)) for table, column in links.columns}
    tables = {_key(table) for table in links.tables} | {table for table, _ in columns}
    kept = [table for table in schema.tables if _key(table.name) in tables]
    return Links(
        tuple(table.name for table in kept),
        tuple((t.name, c.name) for t in kept for c in t.columns if (_key(t.name), _key(c.name)) in columns),
    )


def links_of(sql: str, schema: Schema, dialect: str = "sqlite") -> Links:
    """The tables and columns a query reads; none if it does not parse. `*` names no column."""
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return Links()
    if not isinstance(tree, exp.Query):
        return Links()
    sources = _sources(tree, schema)
    tables = [table.name for read in sources.values() for _, table in read]
    columns = [(owner.name, column.name) for column in _columns(tree) for owner in _owners(column, sources)]
    return grounded(Links(tuple(tables), tuple(columns)), schema)


def named_in(sql: str) -> Links:
    """What a query names, without a schema to check: a bare column is put down to every table."""
    try:
        tree = sqlglot.parse_one(sql, read="sqlite")
    except (SqlglotError, RecursionError):
        return Links()
    tables = {node.alias_or_name: node.name for node in tree.find_all(exp.Table) if not _names_cte(node)}
    columns = [
        (owner, column.name)
        for column in _columns(tree)
        for owner in ([tables[column.table]] if column.table in tables else tables.values())
    ]
    return grouped(tables.values(), columns)


def _key(name: str) -> str:
    return name.strip().lower()


def _columns(tree: exp.Expr) -> list[exp.Column]:
    """Every column reference in place, those of JOIN ... USING included."""
    for join in tree.find_all(exp.Join):
        join.set("using", [exp.column(name.copy()) for name in join.args.get("using") or []])
    return list(tree.find_all(exp.Column))


def _sources(tree: exp.Expr, schema: Schema) -> Sources:
    known = {_key(table.name): table for table in schema.tables}
    sources: Sources = {}
    for node in tree.find_all(exp.Table):
        qualified = ".".join(part.name for part in node.parts)
        table = known.get(_key(qualified)) or known.get(_key(node.name))
        select = node.find_ancestor(exp.Select)
        if table and select and not _names_cte(node):
            sources.setdefault(id(select), []).append((_key(node.alias_or_name), table))
    return sources


def _names_cte(node: exp.Table) -> bool:
    inside = node.find_ancestor(exp.CTE)
    query = node.find_ancestor(exp.Query)
    while query is not None and not node.db:
        for cte in query.ctes:
            recursive = query.args["with_"].recursive
            if _key(cte.alias) == _key(node.name) and (recursive or cte is not inside):
                return True
        query = query.find_ancestor(exp.Query)
    return False


def _owners(column: exp.Column, sources: Sources) -> list[Table]:
    """The tables a column may belong to, in the innermost SELECT that has any."""
    select = column.find_ancestor(exp.Select)
    if select is None or _names_output(column, select):
        return []
    while select is not None:
        read = sources.get(id(select), [])
        found = [
            table for alias, table in read if _key(column.table) in ("", alias) and _has(table, column.name)
        ]
        if found:
            return found
        select = select.find_ancestor(exp.Select)
    return []


def _has(table: Table, name: str) -> bool:
    return any(_key(column.name) == _key(name) for column in table.columns)


def _names_output(column: exp.Column, select: exp.Select) -> bool:
    """Whether an ORDER BY refers to an alias of the select list rather than to a column."""
    order = column.find_ancestor(exp.Order, exp.Select)
    if column.table or not isinstance(order, exp.Order) or order.parent is not select:
        return False
    return any(
        isinstance(item, exp.Alias) and _key(item.alias) == _key(column.name) for item in select.selects
    )

"""Wrong names: a column or a table that does not exist, or another than the question asks for."""

import re

from sqlglot import exp

from ...tools.schema import Schema, Table
from .mutation import Given, in_join, named, owned, sources

SMALL = frozenset(
    """
    a all an and any are as at be by did do does each every find for from give has have how in is it its list
    many me more most of on or please show than that the their them there these those to was were what when
    where which who whose with
    """.split()  # noqa: SIM905  (as a list it would fill a page)
)


def wrong_column(tree: exp.Query, given: Given) -> exp.Query | None:
    """Another column of the same table."""
    found = [(c, t) for c, t in owned(tree, given.schema) if len(t.columns) > 1 and not in_join(c)]
    if not found:
        return None
    column, table = given.random.choice(found)
    others = [other.name for other in table.columns if other.name.lower() != column.name.lower()]
    if not others:
        return None
    column.set("this", named(given.random.choice(others)))
    return tree


def invented_column(tree: exp.Query, given: Given) -> exp.Query | None:
    """Words of the question, joined: `average_age`."""
    found = list(owned(tree, given.schema))
    words = [word for word in re.findall(r"[a-z]{2,}", given.question.lower()) if word not in SMALL]
    if not found or len(words) < 2:
        return None
    column, table = given.random.choice(found)
    start = given.random.randrange(len(words) - 1)
    name = "_".join(words[start : start + given.random.choice((2, 2, 3))])
    if table.column(name):
        return None
    column.set("this", named(name))
    return tree


def wrong_alias(tree: exp.Query, given: Given) -> exp.Query | None:
    """`T1.x` where x is T2's."""
    found = []
    for column, _ in owned(tree, given.schema):
        if column.table and (select := column.parent_select):
            others = sources(select, given.schema).items()
            found += [(column, alias) for alias, table in others if not table.column(column.name)]
    if not found:
        return None
    column, alias = given.random.choice(found)
    column.set("table", named(alias))
    return tree


def wrong_table(tree: exp.Query, given: Given) -> exp.Query | None:
    """Another table, one that a foreign key links to it if there is any."""
    found = [(node, table) for node in tree.find_all(exp.Table) if (table := given.schema.table(node.name))]
    if not found:
        return None
    node, table = given.random.choice(found)
    others = neighbours(table, given.schema) or [t for t in given.schema.tables if t.name != table.name]
    if not others:
        return None
    node.set("this", named(given.random.choice(others).name))
    return tree


def neighbours(table: Table, schema: Schema) -> list[Table]:
    referred = {key.table.lower() for key in table.foreign_keys}
    return [
        other
        for other in schema.tables
        if other.name != table.name
        and (
            other.name.lower() in referred
            or any(key.table.lower() == table.name.lower() for key in other.foreign_keys)
        )
    ]

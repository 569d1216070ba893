"""Wrong select lists: too many columns, too few, another aggregate, DISTINCT."""

import re

from sqlglot import exp

from .mutation import Given, named, sources

AGGREGATES = (exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Count)
OTHERS: dict[type[exp.Expr], tuple[type[exp.Expr], ...]] = {
    exp.Count: (exp.Sum, exp.Max),
    exp.Sum: (exp.Count, exp.Avg, exp.Max),
    exp.Avg: (exp.Sum, exp.Max),
    exp.Min: (exp.Max,),
    exp.Max: (exp.Min,),
}
"""What each aggregate is mistaken for."""


def extra_column(tree: exp.Query, given: Given) -> exp.Query | None:
    """One that nobody asked for."""
    if not isinstance(tree, exp.Select):
        return None
    known = sources(tree, given.schema)
    shown = {item.name.lower() for item in tree.expressions}
    found = [
        (alias, column.name)
        for alias, table in known.items()
        for column in table.columns
        if column.name.lower() not in shown
    ]
    if not found or tree.is_star:
        return None
    alias, name = given.random.choice(found)
    qualified = any(column.table for column in tree.find_all(exp.Column))
    extra = exp.Column(this=named(name), table=named(alias) if qualified else None)
    return tree.select(extra, copy=False)


def missing_column(tree: exp.Query, given: Given) -> exp.Query | None:
    """One of several that were asked for."""
    if not isinstance(tree, exp.Select) or len(tree.expressions) < 2:
        return None
    given.random.choice(tree.expressions).pop()
    return tree


def wrong_aggregate(tree: exp.Query, given: Given) -> exp.Query | None:
    """`max` for `min`, `sum` for `avg`."""
    found = [node for node in tree.find_all(*AGGREGATES) if isinstance(node.this, exp.Column)]
    if not found:
        return None
    node = given.random.choice(found)
    node.replace(given.random.choice(OTHERS[type(node)])(this=node.this))
    return tree


def missing_aggregate(tree: exp.Query, given: Given) -> exp.Query | None:
    """The column itself."""
    found = [node for node in tree.find_all(*AGGREGATES) if isinstance(node.this, exp.Column)]
    if not found:
        return None
    node = given.random.choice(found)
    node.replace(node.this)
    return tree


def dropped_distinct(tree: exp.Query, given: Given) -> exp.Query | None:
    """Where the question asks for it: elsewhere it is the annotator's habit, and no scorer sees it."""
    if not re.search(r"(?i)\b(different|distinct|unique)", given.question):
        return None
    found = [node for node in tree.find_all(exp.Distinct) if not node.args.get("on")]
    if not found:
        return None
    node = given.random.choice(found)
    if node.expressions and len(node.expressions) == 1:
        node.replace(node.expressions[0])  # COUNT(DISTINCT x)
    else:
        node.pop()
    return tree

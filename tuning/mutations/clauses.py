"""Clauses that are missing or not as they should be."""

from sqlglot import exp

from .mutation import Given, removed, whole_condition

SETS = (exp.Union, exp.Intersect, exp.Except)


def missing_where(tree: exp.Query, given: Given) -> exp.Query | None:
    return without(tree, given, exp.Where)


def missing_group_by(tree: exp.Query, given: Given) -> exp.Query | None:
    return without(tree, given, exp.Group)


def missing_having(tree: exp.Query, given: Given) -> exp.Query | None:
    return without(tree, given, exp.Having)


def missing_order_by(tree: exp.Query, given: Given) -> exp.Query | None:
    """A LIMIT stays."""
    return without(tree, given, exp.Order)


def missing_limit(tree: exp.Query, given: Given) -> exp.Query | None:
    return without(tree, given, exp.Limit)


def without(tree: exp.Query, given: Given, clause: type[exp.Expr]) -> exp.Query | None:
    found = list(tree.find_all(clause))
    if not found:
        return None
    given.random.choice(found).pop()
    return tree


def missing_condition(tree: exp.Query, given: Given) -> exp.Query | None:
    """One side of an AND or OR."""
    found = [side for node in tree.find_all(exp.And, exp.Or) for side in (node.left, node.right)]
    if not found:
        return None
    removed(given.random.choice(found))
    return tree


def wrong_order(tree: exp.Query, given: Given) -> exp.Query | None:
    """Ascending, without the word, for descending, and the other way about."""
    found = list(tree.find_all(exp.Ordered))
    if not found:
        return None
    node = given.random.choice(found)
    descending = not node.args.get("desc")
    # In SQLite NULL is the smallest of all: with any other word sqlglot would write NULLS FIRST or LAST.
    node.set("desc", descending or None)
    node.set("nulls_first", not descending)
    return tree


def wrong_limit(tree: exp.Query, given: Given) -> exp.Query | None:
    """A few rows more."""
    found = [
        node
        for node in tree.find_all(exp.Limit)
        if isinstance(node.expression, exp.Literal) and node.expression.name.isdigit()
    ]
    if not found:
        return None
    literal = given.random.choice(found).expression
    literal.set("this", str(int(literal.name) + given.random.choice((1, 2, 4, 9))))
    return tree


def missing_set_operation(tree: exp.Query, given: Given) -> exp.Query | None:
    """One side alone."""
    found = list(tree.find_all(*SETS))
    if not found:
        return None
    node = given.random.choice(found)
    side = given.random.choice((node.left, node.right))
    if node is tree:
        return side if isinstance(side, exp.Query) else None
    node.replace(side)
    return tree


def wrong_set_operation(tree: exp.Query, given: Given) -> exp.Query | None:
    """UNION for INTERSECT, or the sides of EXCEPT the other way about."""
    found = list(tree.find_all(*SETS))
    if not found:
        return None
    node = given.random.choice(found)
    kind = given.random.choice([kind for kind in SETS if not isinstance(node, kind)])
    other = kind(**{**node.args, "distinct": True})
    if node is tree:
        return other
    node.replace(other)
    return tree


def missing_subquery(tree: exp.Query, given: Given) -> exp.Query | None:
    """The condition with the subquery in it."""
    inner = [node for node in tree.find_all(exp.Select) if node.find_ancestor(exp.Where, exp.Having)]
    found = [condition for node in inner if (condition := _holding(node))]
    if not found:
        return None
    removed(given.random.choice(found))
    return tree


def _holding(select: exp.Select) -> exp.Expr | None:
    """The condition, in the query around it, that the subquery is part of."""
    return whole_condition(select.parent) if select.parent else None

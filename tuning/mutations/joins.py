"""Wrong joins."""

from sqlglot import exp

from .mutation import Given, in_join, named, owned


def missing_join(tree: exp.Query, given: Given) -> exp.Query | None:
    """A table less; what is read of it stays."""
    found = list(tree.find_all(exp.Join))
    if not found:
        return None
    given.random.choice(found).pop()
    return tree


def missing_join_key(tree: exp.Query, given: Given) -> exp.Query | None:
    """Every row with every other."""
    found = [join for join in tree.find_all(exp.Join) if join.args.get("on")]
    if not found:
        return None
    given.random.choice(found).set("on", exp.true())  # with none sqlglot writes a comma; see `patched`
    return tree


def wrong_join_key(tree: exp.Query, given: Given) -> exp.Query | None:
    """On another column of one of the two tables."""
    found = [(c, t) for c, t in owned(tree, given.schema) if in_join(c) and len(t.columns) > 1]
    if not found:
        return None
    column, table = given.random.choice(found)
    others = [other.name for other in table.columns if other.name.lower() != column.name.lower()]
    column.set("this", named(given.random.choice(others)))
    return tree

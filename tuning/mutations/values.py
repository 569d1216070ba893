"""Wrong conditions: an operator, a connective or a literal."""

from sqlglot import exp

from .mutation import Given, in_join, owner

OPERATORS: dict[type[exp.Expr], tuple[type[exp.Binary], ...]] = {
    exp.EQ: (exp.NEQ, exp.Like, exp.GT),
    exp.NEQ: (exp.EQ,),
    exp.GT: (exp.GTE, exp.LT),
    exp.GTE: (exp.GT, exp.LTE),
    exp.LT: (exp.LTE, exp.GT),
    exp.LTE: (exp.LT, exp.GTE),
    exp.Like: (exp.EQ,),
}
"""What each comparison is mistaken for."""


def wrong_operator(tree: exp.Query, given: Given) -> exp.Query | None:
    """`>` for `>=`, IN for NOT IN."""
    found = [
        node
        for node in tree.find_all(*OPERATORS, exp.In)
        if not in_join(node) and not node.args.get("negate")
    ]
    if not found:
        return None
    node = given.random.choice(found)
    if not isinstance(node, exp.In):
        other = given.random.choice(OPERATORS[type(node)])
        node.replace(other(this=node.this, expression=node.expression))
    elif isinstance(node.parent, exp.Not):
        node.parent.replace(node)
    else:
        node.replace(exp.Not(this=node.copy()))
    return tree


def wrong_connective(tree: exp.Query, given: Given) -> exp.Query | None:
    """OR for AND, and the other way about."""
    found = [node for node in tree.find_all(exp.And, exp.Or) if not in_join(node)]
    if not found:
        return None
    node = given.random.choice(found)
    other = exp.Or if isinstance(node, exp.And) else exp.And
    node.replace(other(this=node.this, expression=node.expression))
    return tree


def wrong_literal(tree: exp.Query, given: Given) -> exp.Query | None:
    """A number near it, the text in another case or a bit shorter; not that of LIMIT."""
    numbers = [n for n in tree.find_all(exp.Literal) if not isinstance(n.parent, (exp.Limit, exp.Offset))]
    quoted = [node for node in tree.find_all(exp.Column) if is_text(node, given)]
    if not (found := [*numbers, *quoted]):
        return None
    node = given.random.choice(found)
    if not (wrong := mistaken(node, given)):
        return None
    if isinstance(node, exp.Column):
        node.set("this", exp.Identifier(this=wrong, quoted=True))
    else:
        node.set("this", wrong)
    return tree


def is_text(column: exp.Column, given: Given) -> bool:
    """Whether a name in double quotes stands for a text, as SQLite takes it where no column has that name."""
    quoted = isinstance(column.this, exp.Identifier) and column.this.quoted
    return quoted and not column.table and owner(column, given.schema) is None


def mistaken(node: exp.Expr, given: Given) -> str | None:
    text = node.name
    if isinstance(node, exp.Literal) and not node.is_string:
        if not text.isdigit():
            return None
        number = int(text)
        return str(given.random.choice([number + 1, abs(number - 1), number * 10]))
    found = {text.lower(), text.upper(), text.strip("%"), text[:-1], text.split(" ")[0]} - {text, ""}
    return given.random.choice(sorted(found)) if found else None

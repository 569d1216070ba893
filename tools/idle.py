"""Tables that are joined and then not used: a habit of small models, and seldom meant."""

from collections import Counter

from sqlglot import exp

from .errors import GuardError
from .guard import PARSER_ERRORS, parsed


def joins_idly(sql: str, written: str = "sqlite") -> bool:
    """Is there a table at the end of a join of which nothing is used but what it joins on?

    `SELECT T1.name FROM singer AS T1 JOIN song AS T2 ON T1.id = T2.singer_id`. Not where all rows or all
    columns count, nor where a column does not say its table. Raises nothing.
    """
    try:
        return any(map(_idle, parsed(sql, written).find_all(exp.Select)))
    except (GuardError, RecursionError, *PARSER_ERRORS):
        return False


def _idle(select: exp.Select) -> bool:
    joins = select.args.get("joins") or []
    if not joins or any(_is_star(node) for node in select.find_all(exp.Star)):
        return False
    conditions = [join.args["on"] for join in joins if join.args.get("on")]
    joining = {id(column) for condition in conditions for column in condition.find_all(exp.Column)}
    used = {_table(column) for column in select.find_all(exp.Column) if id(column) not in joining}
    if "" in used:
        return False
    named = [{_table(column) for column in condition.find_all(exp.Column)} for condition in conditions]
    ends = Counter(name for names in named for name in names)
    items = [select.args["from_"].this, *(join.this for join in joins)]
    return any(ends[name] == 1 and name not in used for name in map(_name, items))


def _is_star(node: exp.Star) -> bool:
    """`*`, `T1.*` and `count(*)` use every table's rows."""
    return isinstance(node.parent, (exp.Count, exp.Column, exp.Select))


def _table(column: exp.Column) -> str:
    return column.table.lower()


def _name(item: exp.Expr) -> str:
    return item.alias_or_name.lower()

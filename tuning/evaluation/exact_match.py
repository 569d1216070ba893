"""Spider's exact set match (EM), its component scores and its hardness levels.

Source: `evaluation.py` of taoyds/test-suite-sql-eval, values and DISTINCT left out as by default there.
Clauses are compared as sets of their parts; columns linked by foreign keys are one column; a subquery in a
condition must be equal as it is written.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from .spider_sql import Column, Condition, Conditions, Query, Tables, Unit

Hardness = Literal["easy", "medium", "hard", "extra"]
HARDNESS: tuple[Hardness, ...] = ("easy", "medium", "hard", "extra")


class Component(NamedTuple):
    """One clause compared: whether it is right, and in how many parts either side has it."""

    right: bool
    predicted: int
    gold: int


def exact_match(components: Mapping[str, Component], predicted: Query, gold: Query) -> bool:
    """All components are right, and the tables are the same."""
    return all(part.right for part in components.values()) and (
        not gold.tables or Counter(predicted.tables) == Counter(gold.tables)
    )


def compared(predicted: Query, gold: Query) -> dict[str, Component]:
    """The ten component scores, by their official names. Both queries come from `comparable`."""
    return {
        "select": _sets(predicted.select, gold.select),
        "select(no AGG)": _sets((unit for _, unit in predicted.select), (unit for _, unit in gold.select)),
        "where": _sets(predicted.where[::2], gold.where[::2]),
        "where(no OP)": _sets(map(_unit, predicted.where[::2]), map(_unit, gold.where[::2])),
        "group(no Having)": _sets(_bare(predicted.group_by), _bare(gold.group_by)),
        "group": _once(
            bool(predicted.group_by),
            bool(gold.group_by),
            _names(predicted.group_by) == _names(gold.group_by) and predicted.having == gold.having,
        ),
        "order": _once(bool(predicted.order_by), bool(gold.order_by), _ordered(predicted) == _ordered(gold)),
        "and/or": _connectives(set(predicted.where[1::2]), set(gold.where[1::2])),
        "IUEN": _operands(predicted, gold),
        "keywords": _sets(keywords(predicted), keywords(gold)),
    }


def comparable(query: Query, tables: Tables, keys: Mapping[str, str]) -> Query:
    """Without values and DISTINCT, and with columns that foreign keys link as one.

    keys: from `foreign_keys`. Only columns of the outermost FROM are taken as linked, in operands too.
    """
    valid = {
        f"{table}.{column}" for table in query.tables if isinstance(table, str) for column in tables[table]
    }
    return _linked(_valueless(query), {name: key for name, key in keys.items() if name in valid})


def foreign_keys(entry: Mapping[str, Any]) -> dict[str, str]:
    """Each column that takes part in a foreign key, and the column that stands for all it is linked to.

    entry: the database's in Spider's `tables.json`.
    """
    names = [
        f"{entry['table_names_original'][table]}.{column}".lower() if table >= 0 else "*"
        for table, column in entry["column_names_original"]
    ]
    groups: list[set[int]] = []
    for pair in entry["foreign_keys"]:
        group = next((group for group in groups if not group.isdisjoint(pair)), None)
        if group is None:
            groups.append(group := set())
        group.update(pair)
    return {names[index]: names[min(group)] for group in groups for index in group}


def hardness(query: Query) -> Hardness:
    """Of the gold query, as parsed."""
    first, second, others = _clauses(query), _nested(query), _others(query)
    if first <= 1 and others == 0 and second == 0:
        return "easy"
    if second == 0 and ((others <= 2 and first <= 1) or (first <= 2 and others < 2)):
        return "medium"
    if second == 0 and ((others > 2 and first <= 2) or (2 < first <= 3 and others <= 2)):
        return "hard"
    return "hard" if first <= 1 and others == 0 and second <= 1 else "extra"


def keywords(query: Query) -> set[str]:
    clauses = {
        "where": query.where,
        "group": query.group_by,
        "having": query.having,
        "order": query.order_by,
        query.direction: query.direction,
        "limit": query.limit is not None,
        query.operator: query.operator,
        "or": "or" in _connected(query),
        "not": any(condition.negated for condition in _conditions(query)),
        "in": any(condition.operator == "in" for condition in _conditions(query)),
        "like": any(condition.operator == "like" for condition in _conditions(query)),
    }
    return {word for word, present in clauses.items() if present}


def _sets(predicted: Iterable[Any], gold: Iterable[Any]) -> Component:
    mine, theirs = Counter(predicted), Counter(gold)
    return Component(mine == theirs, mine.total(), theirs.total())


def _once(predicted: bool, gold: bool, same: bool) -> Component:
    return Component(predicted == gold and (same or not gold), int(predicted), int(gold))


def _connectives(predicted: set[Any], gold: set[Any]) -> Component:
    # The original takes the two totals for one another.
    return Component(predicted == gold, *((1, 1) if predicted == gold else (len(gold), len(predicted))))


def _operands(predicted: Query, gold: Query) -> Component:
    mine, theirs = predicted.operand, gold.operand
    same = predicted.operator == gold.operator
    if mine and theirs:
        same = same and exact_match(compared(mine, theirs), mine, theirs)
    return Component(same, int(mine is not None), int(theirs is not None))


def _ordered(query: Query) -> tuple[Any, ...]:
    return query.direction, query.order_by, query.limit is None


def _bare(columns: Iterable[Column]) -> list[str]:
    """Without their tables."""
    return [column.name.rpartition(".")[2] for column in columns]


def _names(columns: Iterable[Column]) -> list[str]:
    return [column.name for column in columns]


def _unit(condition: Any) -> Unit:
    unit: Unit = condition.unit
    return unit


def _conditions(query: Query) -> list[Condition]:
    every = (*query.on[::2], *query.where[::2], *query.having[::2])
    return [condition for condition in every if isinstance(condition, Condition)]


def _connected(query: Query) -> list[Any]:
    return [*query.on[1::2], *query.where[1::2], *query.having[1::2]]


def _clauses(query: Query) -> int:
    present = [query.where, query.group_by, query.order_by, query.limit is not None]
    likes = sum(condition.operator == "like" for condition in _conditions(query))
    return sum(map(bool, present)) + max(len(query.tables) - 1, 0) + _connected(query).count("or") + likes


def _nested(query: Query) -> int:
    values = [value for condition in _conditions(query) for value in (condition.value, condition.upper)]
    return sum(isinstance(value, Query) for value in values) + bool(query.operator)


def _others(query: Query) -> int:
    # The original counts a negated condition, and each connective in HAVING, as an aggregate.
    ordered = [column for unit in query.order_by for column in (unit.left, unit.right) if column]
    aggregates = (
        sum(bool(aggregate) for aggregate, _ in query.select)
        + sum(condition.negated for condition in query.where[::2] if isinstance(condition, Condition))
        + sum(bool(column.aggregate) for column in (*query.group_by, *ordered))
        + sum(not isinstance(part, Condition) or part.negated for part in query.having)
    )
    return (aggregates > 1) + (len(query.select) > 1) + (len(query.where) > 1) + (len(query.group_by) > 1)


def _valueless(query: Query) -> Query:
    """Not in FROM's subqueries: the original leaves those alone."""
    return replace(
        query,
        on=_each(query.on, _without_values),
        where=_each(query.where, _without_values),
        having=_each(query.having, _without_values),
        operand=query.operand and _valueless(query.operand),
    )


def _without_values(condition: Condition) -> Condition:
    value, upper = (
        _valueless(v) if isinstance(v, Query) else None for v in (condition.value, condition.upper)
    )
    return condition._replace(value=value, upper=upper)


def _linked(query: Query, keys: Mapping[str, str]) -> Query:
    def column(one: Column) -> Column:
        return Column(one.aggregate, keys.get(one.name, one.name), False)

    def unit(one: Unit) -> Unit:
        return Unit(one.operator, column(one.left), one.right and column(one.right))

    def condition(one: Condition) -> Condition:
        return one._replace(unit=unit(one.unit))

    return replace(
        query,
        distinct=False,
        select=tuple((aggregate, unit(one)) for aggregate, one in query.select),
        on=_each(query.on, condition),
        where=_each(query.where, condition),
        having=_each(query.having, condition),
        group_by=tuple(map(column, query.group_by)),
        order_by=tuple(map(unit, query.order_by)),
        operand=query.operand and _linked(query.operand, keys),
    )


def _each(conditions: Conditions, change: Any) -> Conditions:
    return tuple(change(part) if isinstance(part, Condition) else part for part in conditions)

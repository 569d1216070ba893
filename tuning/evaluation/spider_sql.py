"""Spider's subset of SQL as its official scorer reads it, quirks and all.

Source: `process_sql.py` of taoyds/spider and taoyds/test-suite-sql-eval. What that parser cannot read is not
scored by its content: a gold query of Spider always parses, a prediction that does not is compared as empty.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

CLAUSES = ("select", "from", "where", "group", "order", "limit", "intersect", "union", "except")
JOINS = ("join", "on", "as")
OPERATORS = ("not", "between", "=", ">", "<", ">=", "<=", "!=", "in", "like", "is", "exists")
ARITHMETIC = ("-", "+", "*", "/")
AGGREGATES = ("max", "min", "count", "sum", "avg")
SET_OPERATORS = ("intersect", "union", "except")
TOKEN = re.compile(r"\.{2,}|--|,(?!\d)|[\[\](){}<>;@#$%&?!*]|(?:[^\s\[\](){}<>;@#$%&?!*,]|,(?=\d))+")
"""Words as NLTK's tokenizer cuts them: `a=1` is one word, `a >= 1` four."""

STRING = "\0"

Tables = Mapping[str, Sequence[str]]
"""Columns by table, all in lower case."""


class Column(NamedTuple):
    aggregate: str
    """Empty for none."""
    name: str
    """`table.column`, or `*`."""
    distinct: bool


class Unit(NamedTuple):
    """A column, or two with an arithmetic operator between."""

    operator: str
    left: Column
    right: Column | None


class Condition(NamedTuple):
    negated: bool
    operator: str
    unit: Unit
    value: "Value"
    upper: "Value"
    """The second bound of BETWEEN."""


Value: TypeAlias = "float | str | Column | Query | None"
Conditions = tuple[Condition | str, ...]
"""Conditions, with `and` or `or` between."""


@dataclass(frozen=True)
class Query:
    select: tuple[tuple[str, Unit], ...] = ()
    """Each with its aggregate."""
    distinct: bool = False
    tables: "tuple[str | Query, ...]" = ()
    on: Conditions = ()
    where: Conditions = ()
    group_by: tuple[Column, ...] = ()
    having: Conditions = ()
    order_by: tuple[Unit, ...] = ()
    direction: str = ""
    """The last of the ORDER BY's, `asc` unless written; empty without ORDER BY."""
    limit: int | None = None
    operator: str = ""
    """intersect, union or except."""
    operand: "Query | None" = None


def parse(sql: str, tables: Tables) -> Query | None:
    """The query; None if the official parser would give up on it."""
    try:
        words = tokens(sql)
        return Parser(words, tables).query()
    except (IndexError, KeyError, ValueError, RecursionError):
        return None


def tokens(sql: str) -> list[str]:
    """Words in lower case; a string keeps its case, between double quotes. Raises ValueError."""
    parts = sql.replace("'", '"').split('"')
    if len(parts) % 2 == 0:
        raise ValueError("a quote is not closed")
    if STRING in sql:
        raise ValueError("a NUL in the SQL")
    # A string stands as one letter, so that it sticks to what it touches: `name='Ann'` is one word as well.
    text = "".join(part if index % 2 == 0 else STRING for index, part in enumerate(parts))
    strings = iter(parts[1::2])
    words = [re.sub(STRING, lambda _: f'"{next(strings)}"', word) for word in TOKEN.findall(text.lower())]
    joined: list[str] = []
    for word in words:
        if word == "=" and joined and joined[-1] in ("!", ">", "<"):
            joined[-1] += "="
        else:
            joined.append(word)
    return joined


class Parser:
    def __init__(self, words: Sequence[str], tables: Tables) -> None:
        self.words, self.columns, self.at = words, tables, 0
        named = {words[i + 1]: words[i - 1] for i, word in enumerate(words) if word == "as"}
        if not named.keys().isdisjoint(tables):
            raise ValueError("an alias has the name of a table")
        self.names = {**named, **{table: table for table in tables}}

    def query(self) -> Query:
        block = self.skip("(")
        start = self.at
        self.at = self.words.index("from", start) + 1
        tables, on, scope = self.sources()
        end, self.at = self.at, start
        distinct, select = self.select(scope)
        self.at = end
        where = self.conditions(scope) if self.skip("where") else ()
        group_by = self.group_by(scope)
        having = self.conditions(scope) if self.skip("having") else ()
        direction, order_by = self.order_by(scope)
        limit = int(self.take()) if self.skip("limit") else None
        self.semicolons()
        if block:
            self.expect(")")
        self.semicolons()
        operator = self.take() if self.word in SET_OPERATORS else ""
        operand = self.query() if operator else None
        return Query(
            select,
            distinct,
            tables,
            on,
            where,
            group_by,
            having,
            order_by,
            direction,
            limit,
            operator,
            operand,
        )

    def sources(self) -> tuple[tuple[str | Query, ...], Conditions, list[str]]:
        """FROM: tables and subqueries, the ON conditions, and the tables that bare names are looked up in."""
        tables: list[str | Query] = []
        on: list[Condition | str] = []
        scope: list[str] = []
        while self.word:
            block = self.skip("(")
            if self.word == "select":
                tables.append(self.query())
            else:
                self.skip("join")
                scope.append(self.table())
                tables.append(scope[-1])
            if self.skip("on"):
                on += [*(["and"] if on else []), *self.conditions(scope)]
            if block:
                self.expect(")")
            if self.word in (*CLAUSES, ")", ";"):
                break
        return tuple(tables), tuple(on), scope

    def table(self) -> str:
        name = self.names[self.take()]
        if name not in self.columns:
            raise KeyError(name)
        if self.skip("as"):
            self.at += 1
        return name

    def select(self, scope: Sequence[str]) -> tuple[bool, tuple[tuple[str, Unit], ...]]:
        self.expect("select")
        distinct = self.skip("distinct")
        units = []
        while self.word and self.word not in CLAUSES:
            aggregate = self.take() if self.word in AGGREGATES else ""
            units.append((aggregate, self.unit(scope)))
            self.skip(",")
        return distinct, tuple(units)

    def group_by(self, scope: Sequence[str]) -> tuple[Column, ...]:
        columns: list[Column] = []
        if self.skip("group"):
            self.expect("by")
            while self.word and self.word not in (*CLAUSES, ")", ";"):
                columns.append(self.column(scope))
                if not self.skip(","):
                    break
        return tuple(columns)

    def order_by(self, scope: Sequence[str]) -> tuple[str, tuple[Unit, ...]]:
        if not self.skip("order"):
            return "", ()
        self.expect("by")
        direction, units = "asc", []
        while self.word and self.word not in (*CLAUSES, ")", ";"):
            units.append(self.unit(scope))
            if self.word in ("asc", "desc"):
                direction = self.take()
            if not self.skip(","):
                break
        return direction, tuple(units)

    def conditions(self, scope: Sequence[str]) -> Conditions:
        found: list[Condition | str] = []
        while self.word:
            found.append(self.condition(scope))
            if self.word in (*CLAUSES, ")", ";", *JOINS):
                break
            if self.word in ("and", "or"):
                found.append(self.take())
        return tuple(found)

    def condition(self, scope: Sequence[str]) -> Condition:
        unit = self.unit(scope)
        negated = self.skip("not")
        operator = self.take()
        if operator not in OPERATORS:
            raise ValueError(operator)
        value, upper = self.value(scope), None
        if operator == "between":
            self.expect("and")
            upper = self.value(scope)
        return Condition(negated, operator, unit, value, upper)

    def value(self, scope: Sequence[str]) -> Value:
        start, block = self.at, self.skip("(")
        value: Value
        if self.word == "select":
            value = self.query()
        elif '"' in self.word:
            value = self.take()
        else:
            value = self.number_or_column(start, scope)
        if block:
            self.expect(")")
        return value

    def number_or_column(self, start: int, scope: Sequence[str]) -> float | Column:
        try:
            number = float(self.word)
        except ValueError:
            end = self.at
            while end < len(self.words) and self.words[end] not in (",", ")", "and", *CLAUSES, *JOINS):
                end += 1
            self.at = start
            column = self.column(scope)
            if self.at > end:
                raise ValueError("a bracket around a column") from None
            self.at = end
            return column
        self.at += 1
        return number

    def unit(self, scope: Sequence[str]) -> Unit:
        block = self.skip("(")
        left = self.column(scope)
        operator = self.take() if self.word in ARITHMETIC else ""
        right = self.column(scope) if operator else None
        if block:
            self.expect(")")
        return Unit(operator, left, right)

    def column(self, scope: Sequence[str]) -> Column:
        block = self.skip("(")
        if self.word in AGGREGATES:
            aggregate = self.take()
            self.expect("(")
            distinct = self.skip("distinct")
            name = self.name(scope)
            self.expect(")")
            return Column(aggregate, name, distinct)  # the bracket stays open, as in the original
        distinct = self.skip("distinct")
        name = self.name(scope)
        if block:
            self.expect(")")
        return Column("", name, distinct)

    def name(self, scope: Sequence[str]) -> str:
        word = self.take()
        if word == "*":
            return word
        if "." in word:
            alias, column = word.split(".")
            table = self.names[alias]
            if column in self.columns[table]:
                return f"{table}.{column}"
        else:
            for table in scope:
                if word in self.columns[table]:
                    return f"{table}.{word}"
        raise KeyError(word)

    @property
    def word(self) -> str:
        """The next word; empty at the end."""
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self) -> str:
        self.at += 1
        return self.words[self.at - 1]

    def skip(self, word: str) -> bool:
        found = self.word == word
        self.at += found
        return found

    def expect(self, word: str) -> None:
        if not self.skip(word):
            raise ValueError(f"expected {word} at {self.word!r}")

    def semicolons(self) -> None:
        while self.skip(";"):
            pass

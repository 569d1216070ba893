"""A schema too large for the prompt, cut down to what a question seems to need."""

import re
from collections.abc import Callable
from dataclasses import replace

from .schema import Column, ForeignKey, Schema, Table

NARROW = 8
"""Columns that a relevant table keeps before another relevant table is given up for it."""
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")

Size = Callable[[str], int]


def prune(schema: Schema, question: str, size: Size, budget: int) -> Schema:
    """`schema` itself where its rendering has at most `budget` by `size`, else a part of it.

    Sample rows go first, then whole tables, least relevant first, then columns of the widest tables.
    Relevance is lexical: words shared with the question, and being next to such a table by a foreign key.
    At least one column of one table is left, even where that is over the budget.
    """

    def fits(part: Schema) -> bool:
        return size(part.render()) <= budget

    if fits(schema):
        return schema
    bare = replace(schema, tables=tuple(replace(table, rows=()) for table in schema.tables))
    if fits(bare):
        return bare
    return _fitted(bare, _words(question), fits)


def _fitted(schema: Schema, words: set[str], fits: Callable[[Schema], bool]) -> Schema:
    scores = _scores(schema, words)
    ranked = sorted((table.name for table in schema.tables), key=lambda name: -scores[name])
    needed = max(1, sum(score > 0 for score in scores.values()))
    widest = max(len(table.columns) for table in schema.tables)

    def part(tables: int, width: int) -> Schema:
        return _part(schema, set(ranked[:tables]), width, words)

    if (tables := _largest(len(ranked), lambda n: fits(part(n, widest)))) >= needed:
        return part(tables, widest)
    if (width := _largest(widest, lambda n: fits(part(needed, n)))) >= NARROW:
        return part(needed, width)
    if tables := _largest(needed, lambda n: fits(part(n, NARROW))):
        return part(tables, NARROW)
    return part(1, max(1, _largest(NARROW, lambda n: fits(part(1, n)))))


def _largest(high: int, fits: Callable[[int], bool]) -> int:
    """The largest n of 1..high that fits, or 0; where one does not fit, no larger one may."""
    low = 0
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _scores(schema: Schema, words: set[str]) -> dict[str, float]:
    own = {table.name: _score(table, words) for table in schema.tables}
    scores = dict(own)
    for table in schema.tables:
        for key in table.foreign_keys:
            for near, far in ((table.name, key.table), (key.table, table.name)):
                if near in own and far in own:
                    scores[near] = max(scores[near], own[near] + own[far] / 2)
    return scores


def _score(table: Table, words: set[str]) -> float:
    name = _words(table.name)
    columns = set().union(*(_words(column.name) for column in table.columns))
    comments = _words(" ".join((table.comment, *(column.comment for column in table.columns))))
    return 3 * len(words & name) + len(words & columns) + len(words & comments) / 2


def _words(text: str) -> set[str]:
    """Lower case, split at underscores and inner capitals, without a plural's s."""
    found = (word.lower() for word in WORD.findall(text))
    return {word[:-1] if len(word) > 3 and word.endswith("s") else word for word in found}


def _part(schema: Schema, names: set[str], width: int, words: set[str]) -> Schema:
    kept = {
        table.name: _narrowed(table, width, words, schema) for table in schema.tables if table.name in names
    }
    columns = {name: {column.name for column in table.columns} for name, table in kept.items()}
    return replace(schema, tables=tuple(_consistent(table, columns) for table in kept.values()))


def _narrowed(table: Table, width: int, words: set[str], schema: Schema) -> Table:
    """At most `width` columns, in their order: keys, then those the question names, then the first ones."""
    if len(table.columns) <= width:
        return table
    keys = table.keys | {
        name
        for other in schema.tables
        for key in other.foreign_keys
        if key.table == table.name
        for name in key.referred
    }

    def rank(column: Column) -> tuple[bool, int]:
        return column.name not in keys, -len(_words(f"{column.name} {column.comment}") & words)

    chosen = {column.name for column in sorted(table.columns, key=rank)[:width]}
    return replace(table, columns=tuple(column for column in table.columns if column.name in chosen))


def _consistent(table: Table, columns: dict[str, set[str]]) -> Table:
    """Without the keys whose columns are gone, here or in the table referred to."""
    own = columns[table.name]

    def whole(key: ForeignKey) -> bool:
        return own.issuperset(key.columns) and columns.get(key.table, set()).issuperset(key.referred)

    primary = table.primary_key if own.issuperset(table.primary_key) else ()
    return replace(table, primary_key=primary, foreign_keys=tuple(filter(whole, table.foreign_keys)))

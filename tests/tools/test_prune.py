"""Pruning: what fits stays whole, what does not keeps what the question is about."""

import time

import pytest

from routesql.tools.prune import prune
from routesql.tools.schema import Column, ForeignKey, Schema, Table


def table(name: str, *columns: str, keys: tuple[ForeignKey, ...] = (), rows: int = 0) -> Table:
    sample = tuple(tuple("x" * 20 for _ in columns) for _ in range(rows))
    return Table(name, tuple(Column(column, "TEXT") for column in columns), columns[:1], keys, rows=sample)


def names(schema: Schema) -> list[str]:
    return [table.name for table in schema.tables]


SMALL = Schema(
    "sqlite",
    (
        table("invoiceLine", "id", "trackId", rows=3, keys=(ForeignKey(("trackId",), "track", ("id",)),)),
        table("weather_station", "id", "height", rows=3),
        table("track", "id", "title", "genreId", rows=3, keys=(ForeignKey(("genreId",), "genre", ("id",)),)),
        table("genre", "id", "name", rows=3),
    ),
)


def test_a_schema_that_fits_is_returned_as_it_is() -> None:
    assert prune(SMALL, "anything", len, len(SMALL.render())) is SMALL


def test_sample_rows_go_first() -> None:
    pruned = prune(SMALL, "anything", len, len(SMALL.render()) - 1)
    assert names(pruned) == names(SMALL)
    assert not any(table.rows for table in pruned.tables)


def test_then_the_least_relevant_tables() -> None:
    bare = len(prune(SMALL, "", len, len(SMALL.render()) - 1).render())
    pruned = prune(SMALL, "How many tracks of each genre?", len, bare - 1)
    assert names(pruned) == ["invoiceLine", "track", "genre"]


def test_a_neighbour_by_foreign_key_counts() -> None:
    pruned = prune(SMALL, "Which invoice has most lines?", len, 230)
    assert names(pruned) == ["invoiceLine", "track"]
    assert pruned.tables[1].foreign_keys == ()


@pytest.mark.parametrize("question", ["total of month 77", "", "哪个月最多?", "x " * 20_000])
def test_five_hundred_columns_keep_keys_and_what_is_asked(question: str) -> None:
    columns = [f"Month{number}Total" for number in range(499)]
    link = ForeignKey((columns[-1],), "other", ("id",))
    wide = Schema("sqlite", (table("wide", "id", *columns, keys=(link,)), table("other", "id", "name")))
    started = time.monotonic()
    pruned = prune(wide, question, len, 1_500)
    assert time.monotonic() - started < 1
    assert len(pruned.render()) <= 1_500
    kept = pruned.table("wide")
    assert kept
    assert {"id", columns[-1]} <= {column.name for column in kept.columns}
    assert kept.column("Month77Total") or "77" not in question


def test_five_hundred_tables() -> None:
    keys = [
        (ForeignKey((f"t{number - 1}_id",), f"t{number - 1}", ("id",)),) if number else ()
        for number in range(499)
    ]
    tables = [
        table(f"t{n}", "id", f"t{n - 1}_id", *(f"c{m}" for m in range(20)), keys=keys[n]) for n in range(499)
    ]
    schema = Schema("sqlite", (*tables, table("singer", "id", "name")))
    started = time.monotonic()
    pruned = prune(schema, "How many singers are there?", len, 4_000)
    assert time.monotonic() - started < 1
    assert len(pruned.render()) <= 4_000
    assert "singer" in names(pruned)
    known = set(names(pruned))
    assert all(key.table in known for table in pruned.tables for key in table.foreign_keys)


def test_something_is_always_left() -> None:
    assert [len(table.columns) for table in prune(SMALL, "genre", len, 1).tables] == [1]

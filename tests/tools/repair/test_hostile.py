"""Whatever the statement and the schema hold: no exception, and an answer in bounded time."""

import time

import pytest

from routesql.tools.doubts import doubts
from routesql.tools.guard import guard
from routesql.tools.repair import repair, repair_running
from routesql.tools.schema import Column, ForeignKey, Schema, Table

SECONDS = 10.0
"""The slowest, a schema in which every pair of tables may join, took 1.3 s beside a busy core."""


def ring(number: int) -> Table:
    key = f"t{(number + 1) % 300}_id"
    columns = tuple(map(Column, ("id", key, f"a{number}", "b", "c")))
    return Table(f"t{number}", columns, ("id",), (ForeignKey((key,), key.removesuffix("_id"), ("id",)),))


def like_any_other(number: int) -> Table:
    names = ("code", f"x{number}", *(f"c{one}" for one in range(20)))
    return Table(f"t{number}", tuple(map(Column, names)), ("code",))


SMALL = Schema("sqlite", (Table("singer", (Column("id"), Column("Name"), Column("Age")), ("id",)),))
WIDE = Schema("sqlite", (Table("wide", tuple(Column(f"column_{one}" * 3) for one in range(2000))),))
LONG = Schema("sqlite", (Table("long", tuple(Column("a" * one) for one in range(1, 400))),))
RING = Schema("sqlite", tuple(map(ring, range(300))))
DENSE = Schema("sqlite", tuple(map(like_any_other, range(300))))
ITSELF = ForeignKey(("id", "missing"), "singer", ("id",))
CYCLE = Schema(
    "sqlite",
    (
        Table("singer", (Column("id"),), ("id",), (ITSELF, ForeignKey(("id",), "nowhere", ("id",)))),
        Table("", (Column(""), Column("\n"), Column("🎸"), Column("'; DROP TABLE x --"))),
    ),
)
STATEMENTS = {
    "nothing": "",
    "no SQL": "I cannot answer that.",
    "a character that is no text": "SELECT '\0', nam FROM singer",
    "a surrogate": "SELECT \ud800 FROM singer",
    "two statements": "SELECT nam FROM singer; DROP TABLE singer",
    "no FROM": "SELECT T1.nam JOIN singer AS T1 ON T1.x = T1.y",
    "a write": "UPDATE singer SET nam = 1",
    "a hundred thousand characters": "SELECT " + "nam, " * 19_996 + "Name FROM singer",
    "more than that": "SELECT " + "nam, " * 100_000 + "Name FROM singer",
    "many wrong columns": "SELECT " + "nam, " * 1_900 + "Name FROM singer",
    "many right ones": "SELECT " + "Name, " * 1_600 + "nam FROM singer",
    "a long name": "SELECT " + "a" * 9_000 + " FROM singer",
    "a long name of many words": "SELECT " + "a_" * 4_000 + " FROM long",
    "many joins": "SELECT x FROM singer" + " JOIN singer ON a = b" * 450,
    "many tables": "SELECT 1 FROM " + ", ".join(f"nosuch{one}" for one in range(800)),
    "many arms": " UNION ALL ".join(["SELECT nam FROM singer"] * 300),
    "a long condition": "SELECT nam FROM singer WHERE " + " AND ".join(["Age = 1"] * 800),
    "deep parentheses": "SELECT " + "(" * 4_000 + "nam" + ")" * 4_000 + " FROM singer",
    "deep queries": "SELECT * FROM (" * 200 + "SELECT nam FROM singer" + ")" * 200,
    "many patterns": "SELECT Name FROM singer WHERE "
    + " AND ".join(f"Name LIKE 'x{one}%'" for one in range(450)),
    "many queries": "SELECT Name FROM singer WHERE " + " AND ".join(["id IN (SELECT id FROM t5)"] * 300),
    "many that are absent": "SELECT singer.Name FROM singer JOIN t5 ON singer.id = t5.id WHERE "
    + " AND ".join(["t5.id IS NULL"] * 600),
    "many joins and one unequal": "SELECT singer.Name FROM singer"
    + "".join(f" JOIN t{one} ON singer.id = t{one}.id" for one in range(250))
    + " WHERE t5.id <> 'x'",
    "SQL in a name": 'SELECT "nam\'; DROP TABLE singer; --" FROM singer',
    "lines and pictures in a name": 'SELECT "na\nm🎸" FROM "sing\ner"',
}


@pytest.mark.parametrize("schema", [SMALL, WIDE, LONG, CYCLE], ids=["small", "wide", "long", "cycle"])
@pytest.mark.parametrize("name", STATEMENTS)
def test_hostile_statements(name: str, schema: Schema) -> None:
    started = time.perf_counter()
    repaired = repair(STATEMENTS[name], schema, question="singers " * 1_000)
    assert time.perf_counter() - started < SECONDS
    assert repaired is None or guard(repaired.sql, schema) == repaired.sql


@pytest.mark.parametrize("schema", [SMALL, WIDE, RING], ids=["small", "wide", "ring"])
@pytest.mark.parametrize("name", STATEMENTS)
def test_hostile_statements_that_run(name: str, schema: Schema) -> None:
    started = time.perf_counter()
    repair_running(
        STATEMENTS[name], schema, question="Who does not have both x1 and x2, or contains x3? " * 50
    )
    assert time.perf_counter() - started < SECONDS


@pytest.mark.parametrize("name", STATEMENTS)
def test_hostile_statements_in_doubt(name: str) -> None:
    started = time.perf_counter()
    doubts(STATEMENTS[name], SMALL, lambda *_: None)
    assert time.perf_counter() - started < SECONDS


@pytest.mark.parametrize("schema", [RING, DENSE], ids=["ring", "dense"])
def test_three_hundred_tables_that_nothing_joins(schema: Schema) -> None:
    started = time.perf_counter()
    found = doubts("SELECT 1 FROM " + ", ".join(f"t{one}" for one in range(300)), schema, lambda *_: None)
    assert time.perf_counter() - started < SECONDS
    assert len(found) == 3


def test_islands_that_nothing_can_join() -> None:
    islands = tuple(Table(f"i{one}", (Column(f"only{one}"),)) for one in range(250))
    started = time.perf_counter()
    names = ", ".join(["t0", *(table.name for table in islands)])
    assert doubts(f"SELECT 1 FROM {names}", Schema("sqlite", DENSE.tables + islands), lambda *_: None) == []
    assert time.perf_counter() - started < SECONDS


@pytest.mark.parametrize(
    ("schema", "sql", "joined"),
    [
        (RING, "SELECT t2.a2 FROM t0 WHERE b = 1", " JOIN t2 ON t1.t2_id = t2.id "),
        (DENSE, "SELECT x150 FROM t0 WHERE c1 = 2", " JOIN t150 ON t0.code = t150.code "),
    ],
    ids=["ring", "dense"],
)
def test_three_hundred_tables(schema: Schema, sql: str, joined: str) -> None:
    started = time.perf_counter()
    repaired = repair(sql, schema)
    assert time.perf_counter() - started < SECONDS
    assert repaired is not None
    assert joined in repaired.sql


def test_a_statement_of_another_database() -> None:
    """More wrong names than a slip has."""
    assert repair("SELECT " + ", ".join(f"nam{one}" for one in range(21)) + " FROM singer", SMALL) is None
    assert repair("SELECT " + ", ".join(["nam"] * 10) + " FROM singer", SMALL) is not None


@pytest.mark.parametrize("schema", [Schema("sqlite", ()), CYCLE], ids=["empty", "cycle"])
def test_where_nothing_helps(schema: Schema) -> None:
    assert repair("SELECT nothing FROM anywhere", schema) is None


def test_an_unknown_dialect() -> None:
    assert repair("SELECT nam FROM singer", SMALL, written="oracle") is None

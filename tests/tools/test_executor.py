"""What comes of a statement on all four engines: rows, or the right kind of failure, always within bounds."""

import json
import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from routesql.tools.cells import cell
from routesql.tools.database import Database
from routesql.tools.engines.engine import Cursor
from routesql.tools.executor import execute, run
from routesql.tools.outcome import Limits, Outcome

ENDLESS = "WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r) SELECT count(*) FROM r"
NUMBERS = "WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r WHERE a < 900) "
ONE_STEP = f"{NUMBERS} SELECT SUM(r1.a * r2.a + r3.a - r4.a) FROM r AS r1, r AS r2, r AS r3, r AS r4"


class Counted:
    """A cursor that writes down how many rows it is asked for."""

    def __init__(self, cursor: Cursor, asked: list[int]) -> None:
        self.cursor = cursor
        self.asked = asked

    @property
    def description(self) -> Any:
        return self.cursor.description

    def fetchmany(self, size: int, /) -> Any:
        self.asked.append(size)
        return self.cursor.fetchmany(size)


@pytest.fixture
def database(engine_url: str) -> Database:
    return Database.open(engine_url, cache=None)


def test_rows(database: Database) -> None:
    outcome = execute(database, "SELECT name, city FROM customer ORDER BY id")
    assert outcome.ok
    assert [column.lower() for column in outcome.columns] == ["name", "city"]
    assert outcome.rows == (("Ada", "Oslo"), ("Bo", None), ("Cy", "Rome"))
    assert not outcome.truncated
    assert outcome.seconds > 0
    assert Outcome.from_json(json.loads(json.dumps(outcome.as_json()))) == outcome


@pytest.mark.parametrize(
    ("sql", "kind", "position"),
    [
        ("SELECT nosuch FROM customer", "unknown_name", 7),
        ("SELECT * FROM nosuch", "unknown_name", 14),
        ("DELETE FROM customer", "refused", 0),
        ("SELECT 1; SELECT 2", "refused", None),
        ("SELECT FROM WHERE", "syntax", None),
        ("", "refused", None),
        ("SELECT 'a\0b'", "refused", None),
    ],
)
def test_the_guard_names_the_kind_of_failure(
    database: Database, sql: str, kind: str, position: int | None
) -> None:
    outcome = execute(database, sql)
    assert outcome.kind == kind
    assert outcome.message
    assert "\n" not in outcome.message
    assert outcome.sql == ""
    assert position is None or outcome.position == position


@pytest.mark.parametrize(
    ("sql", "kinds"),
    [
        ("SELEC 1", {"syntax"}),
        ("SELECT nosuch FROM customer", {"unknown_name"}),
        ("SELECT * FROM nosuch", {"unknown_name"}),
        ("DELETE FROM customer", {"refused", "syntax"}),
        ("SELECT 1; SELECT 2", {"refused", "syntax"}),
        ("SELECT nosuch(1)", {"runtime"}),
        ("SELECT '\ud800'", {"syntax"}),
        ("SELECT 'a\0b'", {"syntax"}),
    ],
)
def test_so_does_the_engine_alone(database: Database, sql: str, kinds: set[str]) -> None:
    outcome = run(database, sql)
    assert outcome.kind in kinds
    assert outcome.message
    assert "\n" not in outcome.message
    assert "sqlalche" not in outcome.message


@pytest.mark.parametrize(
    ("dialect", "sql", "position"),
    [
        ("sqlite", "SELECT 1 FRM customer x", 13),
        ("duckdb", "SELECT name, nosuch FROM customer", 13),
        ("duckdb", f"SELECT {'1, ' * 60} nosuch FROM customer", 188),
        ("duckdb", "SELECT name,\n  nosuch\nFROM customer", 15),
        pytest.param("postgres", "SELECT 'é', nosuch FROM customer", 12, marks=pytest.mark.server),
        pytest.param("postgres", "SELECT 1 FROM FROM", 14, marks=pytest.mark.server),
        pytest.param("mysql", "SELECT 1 FROM FROM", 14, marks=pytest.mark.server),
    ],
    indirect=["dialect"],
)
def test_the_place_of_the_fault(database: Database, sql: str, position: int) -> None:
    assert run(database, sql).position == position


def test_rows_are_cut_to_the_limit(database: Database) -> None:
    sql = "SELECT a.id, b.id FROM customer AS a, customer AS b"
    assert len(run(database, sql, Limits(rows=9)).rows) == 9
    assert not run(database, sql, Limits(rows=9)).truncated
    outcome = run(database, sql, Limits(rows=8))
    assert outcome.ok
    assert outcome.truncated
    assert len(outcome.rows) == 8


def test_a_result_far_larger_than_the_limit_is_not_read(database: Database) -> None:
    started = time.monotonic()
    outcome = run(database, f"{NUMBERS} SELECT x.a FROM r AS x, r AS y, r AS z", Limits(rows=500, seconds=20))
    assert (len(outcome.rows), outcome.truncated) == (500, True)
    assert time.monotonic() - started < 10


def test_long_cells_are_cut(database: Database) -> None:
    outcome = run(
        database, "SELECT name, REPLACE('aaaaaaaaaa', 'a', 'bbbbb') FROM customer", Limits(cell_chars=20)
    )
    assert outcome.truncated
    assert {row[1] for row in outcome.rows} == {"b" * 19 + "…"}


def test_too_many_bytes(database: Database) -> None:
    sql = "SELECT REPLACE('aaaaaaaaaa', 'a', 'bbbbb') FROM customer"
    assert run(database, sql, Limits(bytes=150)).ok
    outcome = run(database, sql, Limits(bytes=149))
    assert (outcome.kind, outcome.rows) == ("too_large", ())
    assert "149 bytes" in outcome.message


def test_bytes_count_before_cells_are_cut(database: Database) -> None:
    sql = "SELECT REPLACE('aaaaaaaaaa', 'a', 'bbbbb') FROM customer"
    assert run(database, sql, Limits(bytes=149, cell_chars=20)).kind == "too_large"


def test_large_rows_are_asked_for_singly_and_small_ones_together(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    select = database.engine.select

    @contextmanager
    def counted(*arguments: Any) -> Iterator[Cursor]:
        with select(*arguments) as cursor:
            yield Counted(cursor, asked)

    monkeypatch.setattr(database.engine, "select", counted)
    large = f"{NUMBERS} SELECT REPLACE('aaaaaaaaaa', 'a', 'bbbbb') FROM r"
    assert run(database, large, Limits(bytes=199)).kind == "too_large"
    assert asked == [1, 2, 1]
    asked.clear()
    assert len(run(database, f"{NUMBERS} SELECT a FROM r").rows) == 900
    assert asked[:8] == [1, 2, 4, 8, 16, 32, 64, 100]


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("sqlite", "SELECT replace(hex(zeroblob(5000000)), '0', 'a') FROM r"),
        ("sqlite", "SELECT hex(zeroblob(490000)) FROM r"),
        ("duckdb", "SELECT repeat('a', 100000) FROM r"),
        pytest.param("postgres", "SELECT repeat('a', 10000000) FROM r", marks=pytest.mark.server),
        pytest.param("mysql", "SELECT REPEAT('a', 10000000) FROM r", marks=pytest.mark.server),
    ],
    indirect=["dialect"],
)
def test_rows_of_giant_strings_are_not_held(database: Database, sql: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert run(database, f"{NUMBERS} {sql}").kind == "too_large"
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 400_000 or database.dialect == "duckdb", (
        "kilobytes; DuckDB itself makes 2,048 rows at once"
    )


@pytest.mark.parametrize("sql", ["SELECT hex(zeroblob(400000000))", "SELECT zeroblob(99999999)"])
def test_sqlite_builds_no_giant_string(sql: str, tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "a.db").execute("CREATE TABLE t (a)").connection.close()
    outcome = run(Database.open(tmp_path / "a.db", cache=None), sql)
    assert (outcome.kind, outcome.message) == ("too_large", "a value is larger than 1,000,000 bytes")


def test_a_giant_cell_in_sqlite_hides_nothing_else(sqlite_file: Callable[..., Path], tmp_path: Path) -> None:
    path = sqlite_file(
        tmp_path / "a.db",
        "CREATE TABLE t (a, b TEXT)",
        "INSERT INTO t VALUES (1, replace(hex(zeroblob(1000000)), '0', 'x')), (2, 'y')",
        "CREATE TABLE u (a)",
        "INSERT INTO u VALUES (3)",
    )
    database = Database.open(path, cache=None)
    assert [(table.name, table.rows) for table in database.schema.tables] == [("t", ()), ("u", ((3,),))]
    assert run(database, "SELECT a FROM t").rows == ((1,), (2,))
    assert run(database, "SELECT b FROM t WHERE a = 2").rows == (("y",),)
    assert run(database, "SELECT b FROM t").kind == "too_large"


def test_sqlite_matches_no_giant_pattern(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "a.db").execute("CREATE TABLE t (a)").connection.close()
    sql = "SELECT a LIKE '%' || substr(a, 1, 20000) || 'b' FROM (SELECT hex(zeroblob(100000)) AS a)"
    outcome = run(Database.open(tmp_path / "a.db", cache=None), sql)
    assert "pattern too complex" in outcome.message
    assert outcome.seconds < 1


@pytest.mark.parametrize("sql", [ENDLESS, ONE_STEP])
def test_a_timeout_stops_the_statement_and_leaves_nothing(
    database: Database, engine_url: str, sql: str, write: Callable[[str, Sequence[str]], None]
) -> None:
    if database.dialect == "mysql" and sql is ENDLESS:
        sql = sql.replace("SELECT count(*) FROM r", "SELECT count(*) FROM r, r AS s, r AS t, r AS u")
    threads = threading.active_count()
    started = time.monotonic()
    outcome = run(database, sql, Limits(seconds=0.5))
    assert time.monotonic() - started < 1.5
    assert (outcome.kind, outcome.message) == ("timeout", "stopped after 0.5 seconds")
    assert threading.active_count() == threads
    write(engine_url, ["ALTER TABLE customer ADD COLUMN extra INTEGER", "UPDATE customer SET extra = 1"])


@pytest.mark.server
@pytest.mark.parametrize(
    ("dialect", "count"),
    [
        ("postgres", "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'routesql 4711'"),
        ("mysql", "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE()"),
    ],
    indirect=["dialect"],
)
def test_a_timeout_ends_on_the_server_too(engine_url: str, dialect: str, count: str) -> None:
    name = "&application_name=routesql%204711" if dialect == "postgres" else ""
    database = Database.open(f"{engine_url}{name}", cache=None)
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(run, database, ONE_STEP, Limits(seconds=1))
        time.sleep(0.5)
        assert run(database, count).rows == ((2,),), "the statement and this count"
        assert pending.result().kind == "timeout"
    time.sleep(0.2)
    assert run(database, count).rows == ((1,),)


def test_many_callers_at_once(database: Database) -> None:
    def ask(number: int) -> object:
        return run(database, f"SELECT name FROM customer WHERE id = {number % 3 + 1}").rows

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(48)))
    assert answers == [((name,),) for name in ("Ada", "Bo", "Cy")] * 16


def test_a_locked_file_is_a_failure_of_the_statement(tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    holder.execute("CREATE TABLE t (a)")
    database = Database.open(tmp_path / "a.db", cache=None)
    holder.execute("BEGIN EXCLUSIVE")
    outcome = run(database, "SELECT * FROM t")
    holder.close()
    assert (outcome.kind, outcome.message) == (
        "runtime",
        "database is locked; end the program that writes to it, then ask again",
    )


def test_a_file_that_went_away_is_a_failure_of_the_statement(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    sqlite3.connect(path).execute("CREATE TABLE t (a)").connection.close()
    database = Database.open(path, cache=None)
    path.unlink()
    assert run(database, "SELECT 1").kind == "runtime"
    assert not path.exists()


@pytest.mark.parametrize(
    ("dialect", "sql", "row"),
    [
        (
            "sqlite",
            "SELECT x'00ff', 1e999, NULL, 9223372036854775807",
            ("x'00ff'", "Infinity", None, 2**63 - 1),
        ),
        ("sqlite", "SELECT CAST(x'ff61' AS TEXT)", ("\ufffda",)),
        (
            "duckdb",
            "SELECT [1, 2], {'a': 1.50}, DATE '2024-01-05', TIMESTAMP '2024-01-05 10:00:00', '\\x00'::BLOB, "
            "'nan'::DOUBLE, 170141183460469231731687303715884105727::HUGEINT, INTERVAL 1 DAY, true",
            (
                "[1, 2]",
                '{"a": 1.5}',
                "2024-01-05",
                "2024-01-05 10:00:00",
                "x'00'",
                "NaN",
                str(2**127 - 1),
                "1 day, 0:00:00",
                True,
            ),
        ),
        pytest.param(
            "postgres",
            "SELECT ARRAY[1, 2], '{\"a\": [1]}'::json, DATE '2024-01-05', 'infinity'::date, "
            "'\\x00ff'::bytea, 'NaN'::numeric, 1.50::numeric, 2::numeric, TIMESTAMP '2024-01-05 10:00:00', "
            "'00000000-0000-0000-0000-000000000001'::uuid, DATE '0044-03-15 BC'",
            (
                "[1, 2]",
                '{"a": [1]}',
                "2024-01-05",
                "infinity",
                "x'00ff'",
                "NaN",
                1.5,
                2,
                "2024-01-05 10:00:00",
                "00000000-0000-0000-0000-000000000001",
                "0044-03-15 BC",
            ),
            marks=pytest.mark.server,
        ),
        pytest.param(
            "mysql",
            "SELECT DATE('2024-01-05'), TIMESTAMP('2024-01-05 10:00:00'), TIME('100:00:00'), x'00ff', 1.50, "
            "SUM(id), JSON_OBJECT('a', 1) FROM customer",
            ("2024-01-05", "2024-01-05 10:00:00", "100:00:00", "x'00ff'", 1.5, 6, '{"a": 1}'),
            marks=pytest.mark.server,
        ),
    ],
    indirect=["dialect"],
)
def test_cells_are_json_scalars(database: Database, sql: str, row: tuple[object, ...]) -> None:
    outcome = run(database, sql)
    assert (outcome.message, outcome.rows) == ("", (row,))
    json.dumps(outcome.as_json(), allow_nan=False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("2.00"), 2.0),
        (Decimal("2"), 2),
        (Decimal("1e400"), "1E+400"),
        (Decimal("-Infinity"), "-Infinity"),
        (10**5000 % 10**19, 0),
        (datetime(2024, 1, 5, 10), "2024-01-05 10:00:00"),
        (date(2024, 1, 5), "2024-01-05"),
        (clock(10, 30), "10:30:00"),
        (timedelta(hours=1), "1:00:00"),
        (memoryview(b"\1\2"), "x'0102'"),
        ({"b": [Decimal("1.5"), None, b"\1"]}, '{"b": [1.5, null, "x\'01\'"]}'),
        ({3, 1}, "[1, 3]"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_any_value_becomes_a_scalar(value: object, expected: object) -> None:
    assert cell(value) == expected
    assert type(cell(value)) is type(expected)

"""Opening and reflecting on all four engines."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from routesql.tools.database import Database
from routesql.tools.errors import DatabaseError
from routesql.tools.executor import run
from routesql.tools.schema import Column, ForeignKey

MakeFile = Callable[..., Path]

Build = Callable[[str, Sequence[str]], str]
ODD = ("Näme of it", "select", "MixedCase", "semi;colon", "日本")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_reflects_tables_views_keys_and_samples(engine_url: str, dialect: str) -> None:
    with Database.open(engine_url, cache=None) as database:
        schema = database.schema
    assert schema.dialect == dialect
    assert sorted(table.name for table in schema.tables) == ["customer", "customer_total", "line", "orders"]
    orders, line, view = (schema.table(name) for name in ("orders", "line", "customer_total"))
    assert orders
    assert line
    assert view
    assert [column.name for column in orders.columns] == ["id", "customer_id", "day", "total"]
    assert orders.primary_key == ("id",)
    assert orders.foreign_keys == (ForeignKey(("customer_id",), "customer", ("id",)),)
    assert line.primary_key == ("order_id", "no")
    assert len(view.columns) == 2
    assert orders.rows == ((10, 1, "2024-01-05", 12.5), (11, 1, "2024-02-06", 8), (12, 3, None, None))
    assert schema.from_json(json.loads(json.dumps(schema.as_json()))) == schema


@pytest.mark.parametrize(
    "statements",
    [
        [
            "CREATE TABLE pair (a INTEGER, b INTEGER, PRIMARY KEY (a, b))",
            "CREATE TABLE child (x INTEGER, y INTEGER, FOREIGN KEY (y, x) REFERENCES pair (a, b))",
        ]
    ],
)
def test_composite_foreign_keys(engine_url: str) -> None:
    child = Database.open(engine_url, cache=None).schema.table("CHILD")
    assert child
    assert child.foreign_keys == (ForeignKey(("y", "x"), "pair", ("a", "b")),)


def test_odd_names_survive(dialect: str, build: Build) -> None:
    mark = "`" if dialect == "mysql" else '"'
    quoted = [mark + name + mark for name in ODD]
    columns = ", ".join(f"{name} INTEGER" for name in quoted)
    url = build(dialect, [f"CREATE TABLE {mark}Order of the 'day'{mark} ({columns})"])
    database = Database.open(url, cache=None)
    (table,) = database.schema.tables
    assert (table.name, *(column.name for column in table.columns)) == ("Order of the 'day'", *ODD)
    assert run(database, f"SELECT {quoted[0]}, {quoted[4]} FROM {mark}{table.name}{mark}").ok


@pytest.mark.parametrize(
    "dialect", ["duckdb", pytest.param("postgres", marks=pytest.mark.server)], indirect=True
)
def test_comments(dialect: str, build: Build) -> None:
    comments = ["COMMENT ON TABLE t IS 'all of it'", "COMMENT ON COLUMN t.a IS 'the first'"]
    schema = Database.open(build(dialect, ["CREATE TABLE t (a INTEGER)", *comments]), cache=None).schema
    assert schema.tables[0].comment == "all of it"
    assert schema.tables[0].columns == (Column("a", "INTEGER", comment="the first"),)


@pytest.mark.server
def test_mysql_comments(build: Build) -> None:
    url = build("mysql", ["CREATE TABLE t (a INTEGER COMMENT 'the first') COMMENT 'all of it'"])
    (table,) = Database.open(url, cache=None).schema.tables
    assert (table.comment, table.columns[0].comment) == ("all of it", "the first")


@pytest.mark.parametrize(
    "dialect", ["sqlite", pytest.param("mysql", marks=pytest.mark.server)], indirect=True
)
def test_a_broken_view_keeps_out(dialect: str, build: Build) -> None:
    broken = ["CREATE TABLE gone (a INTEGER)", "CREATE VIEW broken AS SELECT a FROM gone", "DROP TABLE gone"]
    schema = Database.open(build(dialect, ["CREATE TABLE kept (a INTEGER)", *broken]), cache=None).schema
    assert [table.name for table in schema.tables if table.columns] == ["kept"]


def test_a_slow_view_has_no_rows(
    sqlite_file: MakeFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routesql.tools.database.SAMPLE_SECONDS", 0.2)
    endless = "WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r) SELECT max(a) AS a FROM r"
    path = sqlite_file(tmp_path / "slow.db", "CREATE TABLE t (a)", f"CREATE VIEW v AS {endless}")
    view = Database.open(path, cache=None).schema.table("v")
    assert view
    assert view.rows == ()


def test_sqlite_types_and_keys_as_declared(sqlite_file: MakeFile, tmp_path: Path) -> None:
    path = sqlite_file(
        tmp_path / "odd.db",
        "CREATE TABLE Parent (id, [kind of] STRING LIKE THIS, PRIMARY KEY (id))",
        "CREATE TABLE child (p REFERENCES parent, q INTEGER REFERENCES nowhere (id), r AS (p) STORED)",
        "CREATE VIRTUAL TABLE notes USING fts5 (body)",
        "CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "INSERT INTO notes VALUES ('a hidden word')",
    )
    database = Database.open(path, cache=None)
    assert [table.name for table in database.schema.tables] == ["Parent", "child", "notes", "counted"]
    parent, child, notes, _ = database.schema.tables
    assert [column.type for column in parent.columns] == ["", "STRING LIKE THIS"]
    assert child.foreign_keys == (ForeignKey(("p",), "Parent", ("id",)),)
    assert [column.name for column in child.columns] == ["p", "q", "r"]
    assert notes.rows == (("a hidden word",),)
    assert run(database, "SELECT count(*) FROM notes WHERE notes MATCH 'hidden'").rows == ((1,),)


def test_a_file_is_told_by_its_first_bytes(tmp_path: Path, build: Build) -> None:
    path = tmp_path / "looks_like.sqlite"
    Path(build("duckdb", ["CREATE TABLE t (a INTEGER)"]).removeprefix("duckdb:///")).rename(path)
    assert Database.open(path, cache=None).dialect == "duckdb"
    assert Database.open(f"sqlite:///{path}", cache=None).dialect == "duckdb"


def test_a_path_may_hold_anything(sqlite_file: MakeFile, tmp_path: Path) -> None:
    folder = tmp_path / "50% of #1? & más"
    folder.mkdir()
    path = sqlite_file(folder / "a b.db", "CREATE TABLE t (a)")
    assert Database.open(path, cache=None).schema.tables[0].name == "t"


def test_wal_database_leaves_nothing_beside_it(sqlite_file: MakeFile, tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "wal.db", "PRAGMA journal_mode = WAL", "CREATE TABLE t (a)")
    before = digest(path)
    database = Database.open(path, cache=None)
    assert run(database, "SELECT count(*) FROM t").rows == ((0,),)
    assert [file.name for file in tmp_path.iterdir()] == ["wal.db"]
    assert digest(path) == before


def test_wal_database_in_use_shows_its_latest_rows(tmp_path: Path) -> None:
    writer = sqlite3.connect(tmp_path / "wal.db", isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE t (a)")
    database = Database.open(tmp_path / "wal.db", cache=None)
    writer.execute("INSERT INTO t VALUES (1)")
    assert run(database, "SELECT a FROM t").rows == ((1,),)
    writer.close()


def test_wal_left_by_a_crash_is_not_touched(tmp_path: Path) -> None:
    writer = sqlite3.connect(tmp_path / "wal.db", isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE t (a)")
    (tmp_path / "copy").mkdir()
    for name in ("wal.db", "wal.db-wal"):
        (tmp_path / "copy" / name).write_bytes((tmp_path / name).read_bytes())
    writer.close()
    with pytest.raises(DatabaseError, match="was not closed properly"):
        Database.open(tmp_path / "copy" / "wal.db", cache=None)
    assert len(list((tmp_path / "copy").iterdir())) == 2


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"], indirect=True)
def test_files_beside_it_may_go_at_any_moment(engine_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda *_: True)
    assert Database.open(engine_url, cache=None).schema.tables


def test_a_wal_that_is_just_being_closed_is_waited_for(sqlite_file: MakeFile, tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "wal.db", "PRAGMA journal_mode = WAL", "CREATE TABLE t (a)")
    wal = tmp_path / "wal.db-wal"
    wal.write_bytes(b"x")
    closing = threading.Timer(0.1, wal.unlink)
    closing.start()
    assert Database.open(path, cache=None).schema.tables
    closing.join()


def test_a_table_with_pictures_has_sample_rows_without_them(sqlite_file: MakeFile, tmp_path: Path) -> None:
    insert = "INSERT INTO staff VALUES (1, 'Ann', zeroblob(2000000))"
    path = sqlite_file(
        tmp_path / "staff.db", "CREATE TABLE staff (id INTEGER, name TEXT, photo BLOB)", insert
    )
    assert Database.open(path, cache=None).schema.tables[0].rows == ((1, "Ann", None),)

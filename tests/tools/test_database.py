"""Opening, reflecting and caching on all four engines, and every kind of bad input."""

import hashlib
import json
import os
import sqlite3
import stat
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from routesql.tools.cache import user_folder
from routesql.tools.database import Database
from routesql.tools.errors import DatabaseError, MissingExtra
from routesql.tools.executor import run
from routesql.tools.schema import Column, ForeignKey, Schema

Build = Callable[[str, Sequence[str]], str]
ODD = ("Näme of it", "select", "MixedCase", "semi;colon", "日本")


def sqlite_file(path: Path, *statements: str) -> Path:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


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


def test_a_slow_view_has_no_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routesql.tools.database.SAMPLE_SECONDS", 0.2)
    endless = "WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r) SELECT max(a) AS a FROM r"
    path = sqlite_file(tmp_path / "slow.db", "CREATE TABLE t (a)", f"CREATE VIEW v AS {endless}")
    view = Database.open(path, cache=None).schema.table("v")
    assert view
    assert view.rows == ()


def test_sqlite_types_and_keys_as_declared(tmp_path: Path) -> None:
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


def test_a_path_may_hold_anything(tmp_path: Path) -> None:
    folder = tmp_path / "50% of #1? & más"
    folder.mkdir()
    path = sqlite_file(folder / "a b.db", "CREATE TABLE t (a)")
    assert Database.open(path, cache=None).schema.tables[0].name == "t"


def test_wal_database_leaves_nothing_beside_it(tmp_path: Path) -> None:
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


class TestCache:
    def test_a_second_start_reflects_nothing(
        self, engine_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache = tmp_path / "cache"
        schema = Database.open(engine_url, cache=cache).schema
        monkeypatch.setattr(Database, "_reflect", None)
        assert Database.open(engine_url, cache=cache).schema == schema
        (entry,) = cache.iterdir()
        assert stat.S_IMODE(entry.stat().st_mode) == 0o600

    def test_a_change_is_noticed(
        self, engine_url: str, tmp_path: Path, write: Callable[[str, Sequence[str]], None]
    ) -> None:
        assert not Database.open(engine_url, cache=tmp_path).schema.table("extra")
        write(engine_url, ["CREATE TABLE extra (a INTEGER)"])
        assert Database.open(engine_url, cache=tmp_path).schema.table("extra")

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"fingerprint": 1, "schema": 2}', "\udcff"])
    def test_a_damaged_entry_is_replaced(self, tmp_path: Path, text: str) -> None:
        path = sqlite_file(tmp_path / "a.db", "CREATE TABLE t (a)")
        cache = tmp_path / "cache"
        schema = Database.open(path, cache=cache).schema
        (entry,) = cache.iterdir()
        good = entry.read_bytes()
        entry.write_bytes(text.encode("utf-8", "surrogateescape"))
        assert Database.open(path, cache=cache).schema == schema
        assert entry.read_bytes() == good

    def test_a_folder_that_cannot_be_made_only_costs_time(self, tmp_path: Path) -> None:
        path = sqlite_file(tmp_path / "a.db", "CREATE TABLE t (a)")
        assert Database.open(path, cache=path / "under a file").schema.tables

    def test_the_environment_moves_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ROUTESQL_CACHE", str(tmp_path))
        assert user_folder() == tmp_path / "schemas"


def truncated(folder: Path) -> Path:
    path = sqlite_file(folder / "cut.db", "CREATE TABLE t (a)", "INSERT INTO t VALUES (zeroblob(100000))")
    path.write_bytes(path.read_bytes()[:20_000])
    return path


def garbled(folder: Path) -> Path:
    path = sqlite_file(folder / "garbled.db", "CREATE TABLE t (a)")
    path.write_bytes(path.read_bytes()[:100] + b"\xa5" * (path.stat().st_size - 100))
    return path


def written(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


BAD_FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "nothing.db", "no such file"),
    "folder": (lambda folder: folder, "is a folder"),
    "below a file": (lambda folder: written("f", b"x")(folder) / "a.db", "cannot read"),
    "empty": (written("empty.db", b""), "is empty"),
    "text": (written("notes.sqlite", b"dear diary\n" * 50), "is not a SQLite or DuckDB database"),
    "encrypted": (written("secret.db", bytes(range(256)) * 40), "encrypted"),
    "only a header": (written("short.db", b"SQLite format 3\0"), "cut off"),
    "truncated": (truncated, "cut off"),
    "garbled": (garbled, "malformed"),
    "broken duckdb": (written("bad.duckdb", b"\1" * 8 + b"DUCK" + b"\2" * 500), "cannot open"),
    "no tables": (lambda folder: sqlite_file(folder / "none.db", "PRAGMA user_version = 1"), "has no tables"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_gives_one_line_and_stays_as_it_is(case: str, tmp_path: Path) -> None:
    make, expected = BAD_FILES[case]
    path = make(tmp_path)
    before = {file: digest(file) for file in tmp_path.iterdir() if file.is_file()}
    with pytest.raises(DatabaseError, match=expected) as caught:
        _ = Database.open(path, cache=None).schema
    assert "\n" not in str(caught.value)
    assert {file: digest(file) for file in tmp_path.iterdir() if file.is_file()} == before


def test_a_locked_file_says_so(tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "locked.db", "CREATE TABLE t (a)")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseError, match="locked"):
        Database.open(path, cache=None)
    holder.close()
    assert Database.open(path, cache=None).schema.tables


def test_an_unreadable_file_says_so(tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "private.db", "CREATE TABLE t (a)")
    path.chmod(0)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65_534)
        with pytest.raises(DatabaseError, match="no permission"):
            Database.open(path, cache=None)
    finally:
        os.seteuid(user)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("nosuch://user:s3cret@host/db", "no engine for nosuch://"),
        ("oracle+x://user:s3cret@host/db", "no engine for"),
        ("://user:s3cret@", "not a database URL"),
        ("postgresql://user:s3cret@host:notaport/db", "not a database URL"),
        ("sqlite://", "in memory"),
        ("duckdb:///:memory:", "in memory"),
        ("mysql://user:s3cret@127.0.0.1", "names no database"),
        ("postgresql://user:s3cret@127.0.0.1:1/db", "cannot connect"),
        ("mysql://user:s3cret@127.0.0.1:1/db", "cannot connect"),
        pytest.param("mysql://nobody:s3cret@127.0.0.1:3306/test", "cannot connect", marks=pytest.mark.server),
        pytest.param("mysql://root@127.0.0.1:3306/no_such_db", "cannot connect", marks=pytest.mark.server),
        pytest.param("postgresql://nobody:s3cret@127.0.0.1:5432/test", "nobody", marks=pytest.mark.server),
        pytest.param("postgresql://postgres@127.0.0.1:5432/nosuch", "nosuch", marks=pytest.mark.server),
    ],
)
def test_a_bad_url_gives_one_line_without_the_password(url: str, expected: str) -> None:
    with pytest.raises(DatabaseError, match=expected) as caught:
        Database.open(url, cache=None)
    assert "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.server
@pytest.mark.parametrize("dialect", ["postgres", "mysql"], indirect=True)
def test_neither_name_nor_cache_holds_a_password(engine_url: str, tmp_path: Path) -> None:
    head, _, rest = engine_url.partition("@")
    database = Database.open(
        f"{head}:s3cret@{rest}" if "postgres@" in engine_url else engine_url, cache=tmp_path
    )
    assert database.schema.tables
    texts = [database.name, *(file.name + file.read_text(encoding="utf-8") for file in tmp_path.iterdir())]
    assert not any("s3cret" in text for text in texts)


@pytest.mark.parametrize(
    ("driver", "module", "target", "extra"),
    [
        ("duckdb", "duckdb", "x.duckdb", "duckdb"),
        ("psycopg", "postgres", "postgresql://127.0.0.1/x", "postgres"),
        ("pymysql", "mysql", "mysql://127.0.0.1/x", "mysql"),
    ],
)
def test_an_absent_driver_says_what_to_install(
    driver: str, module: str, target: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.duckdb").write_bytes(b"\0" * 8 + b"DUCK" + b"\0" * 500)
    monkeypatch.setitem(sys.modules, driver, None)
    monkeypatch.delitem(sys.modules, f"routesql.tools.engines.{module}", raising=False)
    with pytest.raises(
        MissingExtra, match=rf"{driver} is not installed; run: pip install 'routesql\[{extra}\]'"
    ):
        Database.open(target, cache=None)


def test_many_threads_reflect_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database.open(sqlite_file(tmp_path / "a.db", "CREATE TABLE t (a)"), cache=None)
    calls: list[int] = []
    reflect = database._reflect

    def counted(connection: sqlite3.Connection) -> Schema:
        calls.append(1)
        return reflect(connection)

    monkeypatch.setattr(database, "_reflect", counted)
    threads = [threading.Thread(target=lambda: database.schema) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1

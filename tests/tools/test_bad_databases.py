"""Every kind of bad file and URL gives one line that says what to do, and stays as it is."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from routesql.tools.database import Database
from routesql.tools.errors import DatabaseError, MissingExtra

MakeFile = Callable[..., Path]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refused(path: Path, expected: str) -> None:
    """Opening gives one line, and changes no file beside or below it."""
    folder = path if path.is_dir() else path.parent
    before = {file: digest(file) for file in folder.glob("*") if file.is_file()}
    with pytest.raises(DatabaseError, match=expected) as caught:
        _ = Database.open(path, cache=None).schema
    assert "\n" not in str(caught.value)
    assert {file: digest(file) for file in folder.glob("*") if file.is_file()} == before


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("empty.db", b"", "is empty"),
        ("notes.sqlite", b"dear diary\n" * 50, "is not a SQLite or DuckDB database"),
        ("secret.db", bytes(range(256)) * 40, "encrypted"),
        ("short.db", b"SQLite format 3\0", "cut off"),
        ("bad.duckdb", b"\1" * 8 + b"DUCK" + b"\2" * 500, "cannot open"),
    ],
)
def test_a_file_that_is_no_database(name: str, content: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, expected)


@pytest.mark.parametrize(
    ("damaged", "expected"),
    [
        (lambda content: content[:20_000], "cut off"),
        (lambda content: content[:100] + b"\xa5" * (len(content) - 100), "malformed"),
    ],
)
def test_a_damaged_file(
    damaged: Callable[[bytes], bytes], expected: str, sqlite_file: MakeFile, tmp_path: Path
) -> None:
    big = "INSERT INTO t VALUES (zeroblob(100000))"
    path = sqlite_file(tmp_path / "damaged.db", "CREATE TABLE t (a)", big)
    path.write_bytes(damaged(path.read_bytes()))
    refused(path, expected)


def test_a_path_without_a_file(sqlite_file: MakeFile, tmp_path: Path) -> None:
    refused(tmp_path, "is a folder")
    refused(tmp_path / "nothing.db", "no such file")
    (tmp_path / "file").write_bytes(b"x")
    refused(tmp_path / "file" / "a.db", "cannot read")
    refused(sqlite_file(tmp_path / "none.db", "PRAGMA user_version = 1"), "has no tables")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "is not a file")


def test_a_journal_left_by_a_crash_is_not_touched(sqlite_file: MakeFile, tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "hot.db", "CREATE TABLE t (a)", "INSERT INTO t VALUES (zeroblob(100000))")
    crash = f"""
import os, sqlite3
writer = sqlite3.connect({str(path)!r}, isolation_level=None)
writer.execute("PRAGMA cache_size = 5")
writer.execute("BEGIN")
writer.execute("UPDATE t SET a = zeroblob(200000)")
os._exit(9)"""
    subprocess.run([sys.executable, "-c", crash], check=False)
    assert len(list(tmp_path.iterdir())) == 2
    refused(path, "was not closed properly; to fold in its -journal file")


def test_a_locked_file_says_so(sqlite_file: MakeFile, tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "locked.db", "CREATE TABLE t (a)")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseError, match="locked"):
        Database.open(path, cache=None)
    holder.close()
    assert Database.open(path, cache=None).schema.tables


def test_an_unreadable_file_says_so(sqlite_file: MakeFile, tmp_path: Path) -> None:
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
        ("mysql://user:s3cret@127.0.0.1/db?nosuch=x", "nosuch"),
        ("mysql://user:s3cret@127.0.0.1/db?connect_timeout=abc", "an option that cannot be used: .*abc"),
        ("mysql://user:s3cret@127.0.0.1/db?charset=nosuch", "cannot connect"),
        ("postgresql://user:s3cret@127.0.0.1/db?nosuch=x", "nosuch"),
        ("postgresql://user:s3cret@/db?port=abc", "an option that cannot be used: .*abc"),
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

"""The reflected schema on disk: read back, noticed to be stale, replaced when damaged."""

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from routesql.tools.cache import user_folder
from routesql.tools.database import Database
from routesql.tools.engines import open_engine
from routesql.tools.schema import Schema

MakeFile = Callable[..., Path]


def test_a_second_start_reflects_nothing(
    engine_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    schema = Database.open(engine_url, cache=cache).schema
    monkeypatch.setattr(Database, "_reflect", None)
    assert Database.open(engine_url, cache=cache).schema == schema
    (entry,) = cache.iterdir()
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600


def test_a_change_is_noticed(
    engine_url: str, tmp_path: Path, write: Callable[[str, Sequence[str]], None]
) -> None:
    assert not Database.open(engine_url, cache=tmp_path).schema.table("extra")
    write(engine_url, ["CREATE TABLE extra (a INTEGER)"])
    assert Database.open(engine_url, cache=tmp_path).schema.table("extra")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"fingerprint": 1, "schema": 2}', "\udcff", "[" * 200_000]
)
def test_a_damaged_entry_is_replaced(sqlite_file: MakeFile, tmp_path: Path, text: str) -> None:
    path = sqlite_file(tmp_path / "a.db", "CREATE TABLE t (a)")
    cache = tmp_path / "cache"
    schema = Database.open(path, cache=cache).schema
    (entry,) = cache.iterdir()
    good = entry.read_bytes()
    entry.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert Database.open(path, cache=cache).schema == schema
    assert entry.read_bytes() == good


@pytest.mark.server
@pytest.mark.parametrize("dialect", ["postgres", "mysql"], indirect=True)
def test_sample_rows_of_a_server_are_read_anew_each_day(
    engine_url: str, tmp_path: Path, write: Callable[[str, Sequence[str]], None]
) -> None:
    def first_city() -> object:
        rows = Database.open(engine_url, cache=tmp_path).schema.tables[0].rows
        return next(city for key, _, city in rows if key == 1)

    assert first_city() == "Oslo"
    (entry,) = tmp_path.iterdir()
    write(engine_url, ["UPDATE customer SET city = 'Bergen' WHERE id = 1"])
    times = [entry.stat().st_mtime - 23 * 3600, entry.stat().st_mtime - 25 * 3600]
    os.utime(entry, (times[0], times[0]))
    assert first_city() == "Oslo"
    assert entry.stat().st_mtime == times[0]
    os.utime(entry, (times[1], times[1]))
    assert first_city() == "Bergen"


@pytest.mark.server
def test_every_schema_on_the_search_path_is_watched(
    build: Callable[[str, Sequence[str]], str], tmp_path: Path, write: Callable[[str, Sequence[str]], None]
) -> None:
    urls = [build("postgres", [f"CREATE TABLE {name} (a INTEGER)"]) for name in ("first", "second")]
    both = f"{urls[0]}%2C{urls[1].rpartition('search_path%3D')[2]}"
    assert len(Database.open(both, cache=tmp_path).schema.tables) == 2
    write(urls[1], ["ALTER TABLE second ADD COLUMN b INTEGER"])
    second = Database.open(both, cache=tmp_path).schema.table("second")
    assert second
    assert len(second.columns) == 2


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("postgresql://u@/db?host=a", "postgresql://u@/db?host=b"),
        ("postgresql://u@/db?host=a&port=1", "postgresql://u@/db?host=a&port=2"),
        ("postgresql://u@h/db?options=-csearch_path%3Da", "postgresql://u@h/db?options=-csearch_path%3Db"),
        ("mysql://u@h/db?unix_socket=a", "mysql://u@h/db?unix_socket=b"),
        ("mysql://u@h:1/db", "mysql://u@h:2/db"),
    ],
)
def test_servers_that_differ_have_entries_of_their_own(left: str, right: str) -> None:
    assert open_engine(left).identity != open_engine(right).identity
    assert open_engine(left).identity == open_engine(left).identity


@pytest.mark.parametrize(
    "url", ["postgresql://u:s3cret@h/db?password=s3cret&sslpassword=s3cret", "mysql://u@h/db?passwd=s3cret"]
)
def test_no_password_tells_servers_apart(url: str) -> None:
    assert "s3cret" not in open_engine(url).identity


def test_a_folder_that_cannot_be_made_only_costs_time(sqlite_file: MakeFile, tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "a.db", "CREATE TABLE t (a)")
    assert Database.open(path, cache=path / "under a file").schema.tables


def test_the_environment_moves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTESQL_CACHE", str(tmp_path))
    assert user_folder() == tmp_path / "schemas"


def test_many_threads_reflect_once(
    sqlite_file: MakeFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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

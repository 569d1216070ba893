"""The reflected schema on disk: read back, noticed to be stale, replaced when damaged."""

import sqlite3
import stat
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from routesql.tools.cache import user_folder
from routesql.tools.database import Database
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


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"fingerprint": 1, "schema": 2}', "\udcff"])
def test_a_damaged_entry_is_replaced(sqlite_file: MakeFile, tmp_path: Path, text: str) -> None:
    path = sqlite_file(tmp_path / "a.db", "CREATE TABLE t (a)")
    cache = tmp_path / "cache"
    schema = Database.open(path, cache=cache).schema
    (entry,) = cache.iterdir()
    good = entry.read_bytes()
    entry.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert Database.open(path, cache=cache).schema == schema
    assert entry.read_bytes() == good


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

"""Which engine does a path or URL mean? A file is told by its first bytes, never by its suffix."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import DatabaseError
from . import sqlite
from .engine import Engine
from .sqlite import SQLite

SERVERS = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}


def open_engine(target: str | Path) -> Engine:
    """Raises `DatabaseError` or `MissingExtra`. Never creates a file."""
    if isinstance(target, Path) or "://" not in target:
        return _open_file(Path(target).expanduser())
    try:
        url = make_url(target)
    except (ArgumentError, ValueError) as error:
        raise DatabaseError(
            "not a database URL; it looks like engine://user:password@host/database"
        ) from error
    family = url.drivername.partition("+")[0]
    if family in ("sqlite", "duckdb"):
        return _open_file(_path_of(url))
    if family not in SERVERS:
        raise DatabaseError(
            f"no engine for {url.drivername}://; use sqlite, duckdb, postgresql, mysql or mariadb, or a path"
        )
    return _open_server(SERVERS[family], url)


def _open_server(dialect: str, url: URL) -> Engine:
    if dialect == "postgres":
        from .postgres import Postgres

        return Postgres(url)
    from .mysql import MySQL

    return MySQL(url)


def _path_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise DatabaseError("a database in memory is always empty here; give the path of a file")
    return Path(url.database).expanduser()


def _open_file(path: Path) -> Engine:
    header = _header(path)
    if header.startswith(sqlite.MAGIC):
        sqlite.check_file(path, header)
        return SQLite(path)
    if header[8:12] == b"DUCK":
        from .duckdb import DuckDB

        return DuckDB(path)
    raise DatabaseError(f"{path} is not a SQLite or DuckDB database, or it is encrypted")


def _header(path: Path) -> bytes:
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise DatabaseError(f"{path} is not a file")  # opening a pipe would wait for ever
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        raise DatabaseError(f"no such file: {path}") from None
    except IsADirectoryError:
        raise DatabaseError(f"{path} is a folder; give the path of a database file") from None
    except PermissionError:
        raise DatabaseError(f"no permission to read {path}") from None
    except (OSError, ValueError) as error:
        raise DatabaseError(f"cannot read {str(path)[:200]!r}: {getattr(error, 'strerror', error)}") from None
    if not header:
        raise DatabaseError(f"{path} is empty: no database was ever written to it")
    return header

"""A script that a model wrote, run in a fresh SQLite file: CREATE TABLE and INSERT, and nothing else.

The script is untrusted. SQLite asks the authorizer about every action of every statement; the file, the
memory and the seconds are bounded; and all of it is meant to run in a worker process that can be killed.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

SECONDS = 10.0
KILLED_AFTER = 60.0
"""Seconds; SQLite keeps to its deadline unless one function overruns."""
SCRIPT_CHARS = 200_000
PAGES = 1_000
"""Of 4,096 bytes: a database of rows that a model wrote is far smaller."""
HEAP = 256_000_000
"""Bytes of memory that SQLite may take in this process, from then on."""
LIMITS = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 1_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: SCRIPT_CHARS,
}
FUNCTIONS = frozenset("length lower upper trim substr instr abs round like glob coalesce date".split())  # noqa: SIM905
"""What a CHECK may use."""
OWN_TABLES = ("sqlite_sequence",)
"""AUTOINCREMENT's."""
FEWEST_TABLES = 2


def build(given: tuple[Path, str]) -> str:
    """Run the script in a file that is not there yet. Returns why it is no use, nothing if it is.

    What is left of a file that is no use is the caller's to remove.
    """
    path, script = given
    if len(script) > SCRIPT_CHARS:
        return f"the script is longer than {SCRIPT_CHARS:,} characters"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _bound(connection)
        try:
            _run(connection, script)
            return fault(connection)
        except MemoryError:
            return "out of memory"
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            return " ".join(str(error).split())[:300] or type(error).__name__


def _bound(connection: sqlite3.Connection) -> None:
    for pragma in (
        "page_size = 4096",
        f"max_page_count = {PAGES}",
        f"hard_heap_limit = {HEAP}",
        "temp_store = MEMORY",
        "journal_mode = MEMORY",
        "synchronous = OFF",
        "trusted_schema = OFF",
        "foreign_keys = OFF",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)


def _run(connection: sqlite3.Connection, script: str) -> None:
    deadline = time.monotonic() + SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 1_000)
    connection.set_authorizer(authorize)
    try:
        connection.executescript(script)
    finally:
        connection.set_authorizer(None)
        connection.set_progress_handler(None, 0)


def authorize(action: int, first: str | None, second: str | None, database: str | None, _: str | None) -> int:
    """CREATE TABLE writes into sqlite_master, which SQLite itself keeps any statement from naming."""
    name = first or ""
    match action:
        case sqlite3.SQLITE_CREATE_TABLE:
            allowed = database == "main" and (not name.startswith("sqlite_") or name in OWN_TABLES)
        case sqlite3.SQLITE_CREATE_INDEX:
            allowed = database == "main" and name.startswith("sqlite_autoindex_")
        case sqlite3.SQLITE_INSERT | sqlite3.SQLITE_READ:
            allowed = database == "main"
        case sqlite3.SQLITE_UPDATE:
            allowed = database == "main" and name == "sqlite_master"
        case sqlite3.SQLITE_SELECT:  # VALUES with several rows
            allowed = True
        case sqlite3.SQLITE_FUNCTION:
            allowed = (second or "").lower() in FUNCTIONS
        case _:
            allowed = False
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def fault(connection: sqlite3.Connection) -> str:
    """Too few tables, an empty one, or a foreign key that leads nowhere."""
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    names = [name for (name,) in found]
    if len(names) < FEWEST_TABLES:
        return f"the script makes {len(names)} tables"
    for name in names:
        quoted = '"' + name.replace('"', '""') + '"'
        if connection.execute(f"SELECT 1 FROM {quoted} LIMIT 1").fetchone() is None:
            return f"table {name} has no rows"
    if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
        return f"a row of {broken[0]} refers to none of {broken[2]}"
    return ""

"""SQLite: a read-only file, an authorizer that knows only reading, a deadline in the virtual machine."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from ..errors import DatabaseError
from ..outcome import Limits
from ..schema import Column, ForeignKey, Table
from .engine import BUSY_SECONDS, Cursor, Failure, file_print, one_line, stat_of

MAGIC = b"SQLite format 3\0"
READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
UNSAFE = {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "lsmode", "eval"}
HARMLESS_PRAGMAS = {"data_version", "page_size"}
"""Full-text tables ask for these behind the scenes."""
FIRST_USE = ("PRAGMA table_list", "SELECT 1 FROM json_each('[]'), json_tree('[]')")
"""Virtual tables declare themselves when first used, which looks like writing to the authorizer."""
MAX_LENGTH = 1_000_000
"""In bytes, of any one value: a single string function never comes back to the progress handler."""
MAX_PATTERN = 1_000
CLOSING_SECONDS = 0.2
"""A program that closes a WAL database removes the files beside it one after the other."""
NOT_CLOSED = "was not closed properly; to fold in its {} file, open it once with: sqlite3"


class SQLite:
    dialect = "sqlite"
    errors: tuple[type[Exception], ...] = (sqlite3.Error, sqlite3.Warning)

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self.identity = str(path.absolute())

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        try:
            uri = f"file:{quote(str(self.path.absolute()))}?{self._mode()}"
            connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or error
            raise DatabaseError(f"cannot open {self.name}: {one_line(reason)}") from error
        with closing(connection):
            connection.text_factory = _text
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            for query in FIRST_USE:
                connection.execute(query).fetchall()
            yield connection

    def _mode(self) -> str:
        """A plain read of a WAL database leaves -wal and -shm files beside it; `immutable` touches nothing.

        It is right only while no other program has the database open, which shows by those same files.
        """
        until = time.monotonic() + CLOSING_SECONDS
        while True:
            with self.path.open("rb") as file:
                header = file.read(20)
            wal, shm = (stat_of(Path(f"{self.path}{suffix}")) for suffix in ("-wal", "-shm"))
            if header[18:20] != b"\x02\x02" or (wal and shm):
                return "mode=ro"
            if not wal or not wal.st_size:
                return "mode=ro&immutable=1"
            if time.monotonic() > until:
                raise DatabaseError(f"{self.name} {NOT_CLOSED.format('-wal')}")
            time.sleep(0.01)

    @contextmanager
    def select(self, connection: sqlite3.Connection, sql: str, limits: Limits) -> Iterator[Cursor]:
        deadline = time.monotonic() + limits.seconds
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_LENGTH)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MAX_PATTERN)
        connection.set_progress_handler(lambda: time.monotonic() > deadline, 1_000)
        connection.set_authorizer(_authorize)
        try:
            with closing(connection.execute(sql)) as cursor:
                yield cursor
        finally:
            connection.set_authorizer(None)
            connection.set_progress_handler(None, 0)

    def failure(self, error: Exception, sql: str) -> Failure:
        message = one_line(error)
        if message == "database is locked":
            return Failure("runtime", f"{message}; end the program that writes to it, then ask again")
        match getattr(error, "sqlite_errorname", ""):
            case "SQLITE_INTERRUPT":
                return Failure("timeout", message)
            case "SQLITE_TOOBIG":
                return Failure("too_large", f"a value is larger than {MAX_LENGTH:,} bytes")
            case "SQLITE_READONLY_ROLLBACK":
                return Failure("runtime", f"it {NOT_CLOSED.format('-journal')}")
            case "SQLITE_AUTH" | "SQLITE_READONLY":
                return Failure("refused", message)
        if message.startswith("not authorized"):
            return Failure("refused", message)
        if message.startswith("You can only execute one statement"):
            return Failure("refused", "only one statement may run at a time")
        if message.startswith(("no such table", "no such column", "ambiguous column")):
            return Failure("unknown_name", message)
        if "syntax error" in message or message.startswith(("incomplete input", "unrecognized token")):
            return Failure("syntax", message, _position(message, sql))
        return Failure("runtime", message)

    def tables(self, connection: sqlite3.Connection) -> tuple[Table, ...]:
        listed = connection.execute(
            "SELECT master.name FROM pragma_table_list AS list JOIN sqlite_master AS master USING (name) "
            "WHERE list.schema = 'main' AND list.type <> 'shadow' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
            "ORDER BY master.rowid"
        ).fetchall()
        found = {name.lower(): table for (name,) in listed if (table := _table(connection, name))}
        return tuple(_linked(connection, table, found) for table in found.values())

    def fingerprint(self, connection: sqlite3.Connection) -> str:
        (version,) = connection.execute("PRAGMA schema_version").fetchone()
        return sha256(f"{version}|{file_print(self.path, '-wal')}".encode()).hexdigest()


def check_file(path: Path, header: bytes) -> None:
    """Raises `DatabaseError` if the file is shorter than it says: reading would fail half-way through."""
    page_size = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    trusted = header[24:28] == header[92:96]
    if len(header) < 100 or (
        trusted and path.stat().st_size < pages * (65_536 if page_size == 1 else page_size)
    ):
        raise DatabaseError(f"{path} is cut off: part of the database is missing; restore it from a backup")


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="replace")


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """A function's name is in `second`; a PRAGMA's name is in `first` and its value in `second`."""
    allowed = action in READS
    if action == sqlite3.SQLITE_FUNCTION:
        allowed = (second or "").lower() not in UNSAFE
    elif action == sqlite3.SQLITE_PRAGMA:
        allowed = first in HARMLESS_PRAGMAS and second is None
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _position(message: str, sql: str) -> int | None:
    """SQLite quotes the text it stopped at; where that text occurs once, that is the place."""
    near = message.removeprefix("near ").partition('": ')[0].removeprefix('"')
    return sql.find(near) if message.startswith("near ") and near and sql.count(near) == 1 else None


def _table(connection: sqlite3.Connection, name: str) -> Table | None:
    """None for a view whose query fails and for a virtual table whose module is absent."""
    try:
        info = connection.execute(
            "SELECT name, type, [notnull], pk, hidden FROM pragma_table_xinfo(?)", (name,)
        )
        rows = [row for row in info if row[4] != 1]
    except sqlite3.OperationalError:
        return None
    columns = tuple(Column(column, kind, not notnull) for column, kind, notnull, *_ in rows)
    keys = sorted((pk, column) for column, _, _, pk, _ in rows if pk)
    return Table(name, columns, tuple(column for _, column in keys)) if columns else None


def _linked(connection: sqlite3.Connection, table: Table, found: dict[str, Table]) -> Table:
    rows = connection.execute(
        'SELECT id, [table], [from], "to" FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq',
        (table.name,),
    ).fetchall()
    keys: dict[int, list[tuple[str, str, str | None]]] = {}
    for key, *rest in rows:
        keys.setdefault(key, []).append((rest[0], rest[1], rest[2]))
    links = (_foreign_key(table, parts, found) for parts in keys.values())
    return Table(table.name, table.columns, table.primary_key, tuple(link for link in links if link))


def _foreign_key(
    table: Table, parts: list[tuple[str, str, str | None]], found: dict[str, Table]
) -> ForeignKey | None:
    """None if the key points nowhere. One that names no columns means the other table's primary key."""
    if (target := found.get(parts[0][0].lower())) is None:
        return None
    wanted = [
        to or key for (_, _, to), key in zip(parts, target.primary_key + ("",) * len(parts), strict=False)
    ]
    own = [_spelled(table, column) for _, column, _ in parts]
    referred = [_spelled(target, column) for column in wanted]
    if None in own or None in referred:
        return None
    return ForeignKey(tuple(filter(None, own)), target.name, tuple(filter(None, referred)))


def _spelled(table: Table, column: str) -> str | None:
    column = column.lower()
    return next((known.name for known in table.columns if known.name.lower() == column), None)

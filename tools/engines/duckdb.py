"""DuckDB: read-only, cut off from files and network, its configuration locked, SELECT statements only."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import DatabaseError, GuardError, MissingExtra
from ..outcome import Limits, OutcomeKind
from ..schema import Column, ForeignKey, Table
from .engine import Cursor, Failure, file_print, one_line, watchdog

try:
    import duckdb
except ImportError:
    raise MissingExtra("duckdb", "duckdb") from None

LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "temp_directory": "",
    "lock_configuration": "true",
}
KINDS: tuple[tuple[type[Exception], OutcomeKind], ...] = (
    (duckdb.InterruptException, "timeout"),
    (duckdb.ParserException, "syntax"),
    (duckdb.PermissionException, "refused"),
    (duckdb.CatalogException, "unknown_name"),
)
COLUMNS = """
SELECT table_oid, table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = current_schema() AND NOT internal
ORDER BY table_oid, column_index
"""
COMMENTS = """
SELECT table_name, comment FROM duckdb_tables()
WHERE database_name = current_database() AND schema_name = current_schema()
UNION ALL SELECT view_name, comment FROM duckdb_views()
WHERE database_name = current_database() AND schema_name = current_schema() AND NOT internal
"""
KEYS = """
SELECT table_name, constraint_type, constraint_column_names, referenced_table, referenced_column_names
FROM duckdb_constraints()
WHERE database_name = current_database() AND schema_name = current_schema()
AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY') ORDER BY table_oid, constraint_index
"""


class DuckDB:
    dialect = "duckdb"
    errors: tuple[type[Exception], ...] = (duckdb.Error,)

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self.identity = str(path.absolute())

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            connection = duckdb.connect(str(self.path), read_only=True, config=dict(LOCKED))
        except duckdb.Error as error:
            raise DatabaseError(f"cannot open {self.name}: {self._reason(error)}") from error
        with closing(connection):
            yield connection

    def _reason(self, error: Exception) -> str:
        text = one_line(error)
        if "Could not set lock" in text or "different configuration" in text:
            return "another program has it open for writing; close that one first"
        return text

    @contextmanager
    def select(self, connection: duckdb.DuckDBPyConnection, sql: str, limits: Limits) -> Iterator[Cursor]:
        statements = connection.extract_statements(sql)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise GuardError("refused", "only one statement may run, and it must be a SELECT")
        with watchdog(limits.seconds, connection.interrupt):
            yield connection.execute(statements[0])

    def failure(self, error: Exception, sql: str) -> Failure:
        text = str(error)
        message, _, shown = text.partition("\n\nLINE ")
        kind: OutcomeKind = next((kind for known, kind in KINDS if isinstance(error, known)), "runtime")
        if isinstance(error, duckdb.BinderException) and "not found" in message:
            kind = "unknown_name"
        elif "read-only mode" in message:
            kind = "refused"
        elif "does not exist" in message and "Function" in message:
            kind = "runtime"
        return Failure(kind, one_line(message), _position(shown, sql))

    def tables(self, connection: duckdb.DuckDBPyConnection) -> tuple[Table, ...]:
        comments = dict(connection.execute(COMMENTS).fetchall())
        columns: dict[str, list[Column]] = {}
        for _, table, column, kind, nullable, comment in connection.execute(COLUMNS).fetchall():
            columns.setdefault(table, []).append(Column(column, kind, nullable, comment or ""))
        primary: dict[str, tuple[str, ...]] = {}
        foreign: dict[str, list[ForeignKey]] = {}
        for table, kind, own, target, referred in connection.execute(KEYS).fetchall():
            if kind == "PRIMARY KEY":
                primary[table] = tuple(own)
            else:
                foreign.setdefault(table, []).append(ForeignKey(tuple(own), target, tuple(referred)))
        return tuple(
            Table(
                name, tuple(known), primary.get(name, ()), tuple(foreign.get(name, ())), comments[name] or ""
            )
            for name, known in columns.items()
        )

    def fingerprint(self, connection: Any) -> str:  # noqa: ARG002
        return sha256(file_print(self.path, ".wal").encode()).hexdigest()


def _position(shown: str, sql: str) -> int | None:
    """DuckDB prints the line, shortened with dots where it is long, and a caret under the fault."""
    line, _, caret = shown.partition("\n")
    number, _, text = line.partition(": ")
    column = caret.find("^") - len(f"LINE {number}: ")
    start = sql.find(text.strip("."))
    offset = start + column - (len(text) - len(text.lstrip(".")))
    return offset if shown and start >= 0 and column >= 0 and offset < len(sql) else None

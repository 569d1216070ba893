"""PostgreSQL: a read-only transaction, a cursor that takes nothing but a query, and no superuser rights."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256

from sqlalchemy.engine import URL

from ..errors import DatabaseError, GuardError, MissingExtra
from ..outcome import Limits, OutcomeKind
from ..schema import Table
from .catalog import identity, reflect, server
from .engine import CONNECT_SECONDS, Cursor, Failure, one_line, watchdog

try:
    import psycopg
    from psycopg.types.string import TextLoader
except ImportError:
    raise MissingExtra("psycopg", "postgres") from None

DECLARE = 'DECLARE "routesql" CURSOR FOR '
"""What psycopg puts before the statement of a named cursor."""
READER = "pg_read_all_data"
TEXTUAL = ("date", "time", "timetz", "timestamp", "timestamptz", "interval")
"""Read as the server prints them: Python has no date after the year 9999 nor before the year 1."""
LOOPHOLES = ("set_config", "_to_xml", "lo_export", "ts_stat", "ts_rewrite", 'u&"')
"""A superuser can take the role back by setting it within a query, and then run text as another query."""
KINDS: dict[str, OutcomeKind] = {
    "57014": "timeout",
    "42601": "syntax",
    "42P01": "unknown_name",
    "42703": "unknown_name",
    "42702": "unknown_name",
    "42501": "refused",
    "25006": "refused",
    "42P11": "refused",
    "0A000": "refused",
}
CATALOG = """
WITH space AS (SELECT oid FROM pg_namespace WHERE nspname = ANY (current_schemas(false)))
SELECT c.relnamespace, c.relname, c.relkind, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
    a.attnotnull, col_description(c.oid, a.attnum), obj_description(c.oid, 'pg_class'), a.attisdropped
FROM space JOIN pg_class c ON c.relnamespace = space.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
UNION ALL
SELECT connamespace, conname, contype, 0, '', pg_get_constraintdef(key.oid),
    false, '', conrelid::regclass::text, false
FROM space JOIN pg_constraint key ON connamespace = space.oid AND contype IN ('p', 'f')
ORDER BY 1, 2, 3, 4, 6
"""


class Postgres:
    dialect = "postgres"
    errors: tuple[type[Exception], ...] = (psycopg.Error,)

    def __init__(self, url: URL) -> None:
        self.name = url.set(drivername="postgresql", password=None, query={}).render_as_string()
        self.identity = identity(url)
        self.alchemy = server(
            url.set(drivername="postgresql+psycopg"), connect_timeout=CONNECT_SECONDS, prepare_threshold=None
        )

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        try:
            pooled = self.alchemy.raw_connection()
        except psycopg.Error as error:
            raise DatabaseError(f"cannot connect to {self.name}: {_reason(error)}") from error
        connection: psycopg.Connection = pooled.driver_connection  # type: ignore[assignment]
        try:
            connection.read_only = True
            for kind in TEXTUAL:
                connection.adapters.register_loader(kind, TextLoader)
            yield connection
        finally:
            pooled.close()

    @contextmanager
    def select(self, connection: psycopg.Connection, sql: str, limits: Limits) -> Iterator[Cursor]:
        if connection.info.parameter_status("is_superuser") == "on":
            self._give_up_rights(connection, sql)
        milliseconds = max(1, int(limits.seconds * 1_000))
        connection.execute("SELECT set_config('statement_timeout', %s, true)", (str(milliseconds),))
        try:
            with (
                watchdog(limits.seconds + 0.1, lambda: _cancel(connection)),
                connection.cursor("routesql") as cursor,
            ):
                cursor.execute(sql)
                yield cursor
        finally:
            connection.rollback()

    def _give_up_rights(self, connection: psycopg.Connection, sql: str) -> None:
        if connection.info.server_version < 140_000:
            raise GuardError(
                "refused", "connect as an ordinary user: this needs PostgreSQL 14 for a superuser"
            )
        if any(word in sql.lower() for word in LOOPHOLES):
            raise GuardError("refused", "this function is not for a superuser; connect as an ordinary user")
        connection.execute(f"SET LOCAL ROLE {READER}")

    def failure(self, error: Exception, sql: str) -> Failure:  # noqa: ARG002
        if not isinstance(error, psycopg.Error) or error.sqlstate is None:
            return Failure("runtime", one_line(error))
        message = one_line(". ".join(filter(None, (error.diag.message_primary, error.diag.message_hint))))
        kind = KINDS.get(error.sqlstate, "runtime")
        if "multiple commands" in message:
            kind = "refused"
        position = int(error.diag.statement_position or 0) - 1 - len(DECLARE)
        return Failure(kind, message, position if position >= 0 else None)

    def tables(self, connection: psycopg.Connection) -> tuple[Table, ...]:  # noqa: ARG002
        return reflect(self.alchemy)

    def fingerprint(self, connection: psycopg.Connection) -> str:
        rows = connection.execute(CATALOG).fetchall()
        path = connection.execute("SELECT current_schemas(false)").fetchone()
        connection.rollback()
        return sha256(repr((path, rows)).encode()).hexdigest()


def _cancel(connection: psycopg.Connection) -> None:
    with suppress(psycopg.Error):
        connection.cancel_safe(timeout=1.0)


def _reason(error: Exception) -> str:
    """psycopg repeats the address for each attempt; the last line says it once."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return one_line(lines[0] if lines else type(error).__name__)

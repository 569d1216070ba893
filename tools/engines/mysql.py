"""MySQL and MariaDB: a read-only session, and the server's own parser to tell a query from anything else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any

from sqlalchemy.engine import URL

from ..errors import DatabaseError, GuardError, MissingExtra
from ..outcome import Limits, OutcomeKind
from ..schema import Table
from .catalog import identity, reflect, server
from .engine import CONNECT_SECONDS, Cursor, Failure, one_line, watchdog

try:
    import pymysql  # type: ignore[import-untyped]
    from pymysql.constants import FIELD_TYPE  # type: ignore[import-untyped]
    from pymysql.converters import conversions  # type: ignore[import-untyped]
    from pymysql.cursors import SSCursor  # type: ignore[import-untyped]
except ImportError:
    raise MissingExtra("pymysql", "mysql") from None

TEXTUAL = {FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME}
"""Read as the server prints them: a TIME may be longer than a day, and a date may be 0000-00-00."""
CONVERSIONS = {key: value for key, value in conversions.items() if key not in TEXTUAL}
KINDS: dict[int, OutcomeKind] = {
    1064: "syntax",
    1054: "unknown_name",
    1146: "unknown_name",
    1109: "unknown_name",
    1052: "unknown_name",
    1969: "timeout",
    3024: "timeout",
    1317: "timeout",
    1792: "refused",
    1290: "refused",
    1142: "refused",
    1227: "refused",
    1295: "refused",
}
NOT_A_QUERY = "only one statement may run, and it must be a SELECT that writes nowhere"
CATALOG = (
    "SELECT table_name, ordinal_position, column_name, column_type, is_nullable, column_key, column_comment "
    "FROM information_schema.columns WHERE table_schema = database() ORDER BY 1, 2",
    "SELECT table_name, constraint_name, ordinal_position, column_name, referenced_table_name, "
    "referenced_column_name FROM information_schema.key_column_usage WHERE table_schema = database() "
    "ORDER BY 1, 2, 3",
    "SELECT table_name, table_comment FROM information_schema.tables WHERE table_schema = database() "
    "ORDER BY 1",
)


class MySQL:
    dialect = "mysql"
    errors: tuple[type[Exception], ...] = (pymysql.Error,)

    def __init__(self, url: URL) -> None:
        self.name = url.set(drivername="mysql", password=None, query={}).render_as_string()
        self.identity = identity(url)
        if not url.database:
            raise DatabaseError(f"{self.name} names no database; write {self.name.rstrip('/')}/DATABASE")
        self.alchemy = server(
            url.set(drivername="mysql+pymysql"), connect_timeout=CONNECT_SECONDS, conv=CONVERSIONS
        )

    @contextmanager
    def connect(self) -> Iterator[Any]:
        try:
            pooled = self.alchemy.raw_connection()
        except (pymysql.Error, RuntimeError, AttributeError, TypeError, ValueError, OSError) as error:
            reason = self.failure(error, "").message
            raise DatabaseError(f"cannot connect to {self.name}: {reason}") from error
        connection: Any = pooled.driver_connection
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION TRANSACTION READ ONLY")
                # SQLite has no such rule; bare columns beside a GROUP BY are of any row of the group.
                cursor.execute("SET SESSION sql_mode = REPLACE(@@sql_mode, 'ONLY_FULL_GROUP_BY', '')")
            yield connection
        finally:
            pooled.close()

    @contextmanager
    def select(self, connection: Any, sql: str, limits: Limits) -> Iterator[Cursor]:
        sql = sql.rstrip().rstrip(";")
        number = connection.thread_id()
        with watchdog(limits.seconds + 0.1, lambda: self._kill(number)):
            with connection.cursor() as cursor:
                self._prepare(connection, cursor, sql, limits.seconds)
            streamed = _Streamed(connection.cursor(SSCursor))
            try:
                streamed.execute("EXECUTE routesql")
                yield streamed
            finally:
                if streamed.sending:
                    self._kill(number)
                with suppress(pymysql.Error):
                    streamed.cursor.close()

    def _prepare(self, connection: Any, cursor: Any, sql: str, seconds: float) -> None:
        """Let the server parse before anything runs.

        Alone, the text must be one whole statement, so its brackets balance; it must still be one as a
        subquery, where INTO and all that is not a query are errors of syntax.
        """
        if "load_file" in sql.lower():
            raise GuardError("refused", "LOAD_FILE reads the server's files")
        if "MariaDB" in connection.get_server_info():
            cursor.execute("SET max_statement_time = %s", (seconds,))
        else:
            cursor.execute("SET max_execution_time = %s", (int(seconds * 1_000),))
        cursor.execute("START TRANSACTION READ ONLY")
        cursor.execute("PREPARE routesql FROM %s", (sql,))
        try:
            cursor.execute("PREPARE probe FROM %s", (f"SELECT EXISTS (\n{sql}\n)",))
        except pymysql.ProgrammingError as error:
            raise GuardError("refused", NOT_A_QUERY) from error

    def _kill(self, number: int) -> None:
        """From a second connection: the first one is busy."""
        with suppress(pymysql.Error):
            pooled = self.alchemy.raw_connection()
            try:
                pooled.driver_connection.cursor().execute(f"KILL QUERY {number}")  # type: ignore[union-attr]
            finally:
                pooled.close()

    def failure(self, error: Exception, sql: str) -> Failure:
        code, message = error.args if len(error.args) == 2 else (0, str(error))
        return Failure(KINDS.get(code, "runtime"), one_line(message), _position(str(message), sql))

    def tables(self, connection: Any) -> tuple[Table, ...]:  # noqa: ARG002
        return reflect(self.alchemy)

    def fingerprint(self, connection: Any) -> str:
        digest = sha256()
        with connection.cursor() as cursor:
            for query in CATALOG:
                cursor.execute(query)
                digest.update(repr(cursor.fetchall()).encode())
        return digest.hexdigest()


class _Streamed:
    """A streaming cursor that knows if the server has more to send: closing it would read all of that."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        self.sending = False

    def execute(self, sql: str) -> None:
        self.cursor.execute(sql)
        self.sending = True

    @property
    def description(self) -> Any:
        return self.cursor.description

    def fetchmany(self, size: int, /) -> Sequence[Sequence[Any]]:
        self.sending = False
        rows: Sequence[Sequence[Any]] = self.cursor.fetchmany(size)
        self.sending = len(rows) == size
        return rows


def _position(message: str, sql: str) -> int | None:
    """MySQL quotes the statement from the fault on, up to 80 characters."""
    near = message.partition(" near '")[2].rpartition("' at line ")[0]
    if not near:
        return None
    place = len(sql) - len(near) if sql.endswith(near) else sql.find(near)
    return place if place >= 0 else None

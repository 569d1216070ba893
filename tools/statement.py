"""One statement on an open connection, within bounds."""

import time
from typing import Any

from .cells import cell, cut
from .engines.engine import Cursor, Engine
from .errors import GuardError
from .outcome import Limits, Outcome
from .schema import Cell

CHUNK = 100


def run_on(engine: Engine, connection: Any, sql: str, limits: Limits) -> Outcome:
    """Run a statement as it stands: no guard, only the engine's own refusal to write."""
    if "\0" in sql or not _encodes(sql):
        return Outcome("syntax", message="the SQL holds a character that no database accepts")
    deadline = time.monotonic() + limits.seconds
    try:
        with engine.select(connection, sql, limits) as cursor:
            return _collect(cursor, limits, deadline)
    except GuardError as error:
        return Outcome(error.kind, message=str(error), position=error.position)
    except engine.errors as error:
        failure = engine.failure(error, sql)
    if failure.kind == "timeout":
        return _timeout(limits)
    return Outcome(failure.kind, message=failure.message, position=failure.position)


def _collect(cursor: Cursor, limits: Limits, deadline: float) -> Outcome:
    columns = tuple(str(column[0]) for column in cursor.description or ())
    rows: list[tuple[Cell, ...]] = []
    shortened, size, largest, ahead = False, 0, 1, 1
    while chunk := cursor.fetchmany(min(ahead, limits.rows + 1 - len(rows))):
        for values in chunk:
            whole = tuple(map(cell, values))
            width = sum(len(value.encode()) if isinstance(value, str) else 8 for value in whole)
            size, largest = size + width, max(largest, width)
            if size > limits.bytes:
                message = f"the result is larger than {limits.bytes:,} bytes"
                return Outcome("too_large", columns, message=message)
            row = tuple(cut(value, limits.cell_chars) for value in whole)
            shortened = shortened or row != whole
            rows.append(row)
        if len(rows) > limits.rows:
            return Outcome("ok", columns, tuple(rows[: limits.rows]), truncated=True)
        if time.monotonic() > deadline:
            return _timeout(limits)
        # A driver may hold all rows asked for at once: ask for more only as far as rows like these would fit.
        ahead = max(1, min(2 * ahead, CHUNK, (limits.bytes - size) // largest))
    return Outcome("ok", columns, tuple(rows), truncated=shortened)


def _timeout(limits: Limits) -> Outcome:
    return Outcome("timeout", message=f"stopped after {limits.seconds:g} seconds")


def _encodes(sql: str) -> bool:
    try:
        sql.encode()
    except UnicodeEncodeError:
        return False
    return True

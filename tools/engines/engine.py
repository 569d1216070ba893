"""What the rest of routesql asks of a database engine, and what the four engines share.

Every engine refuses to write by itself, whatever the SQL and whoever the user is: the guard is a second
layer, not the first.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..outcome import Limits, OutcomeKind
from ..schema import Table

BUSY_SECONDS = 1.0
"""How long to wait for another program's lock."""
CONNECT_SECONDS = 5
"""How long to wait for a server."""


@dataclass(frozen=True)
class Failure:
    """What an engine's error means, in routesql's terms."""

    kind: OutcomeKind
    message: str
    position: int | None = None


class Cursor(Protocol):
    """The part of a DB-API cursor that is used."""

    @property
    def description(self) -> Sequence[Any] | None: ...

    def fetchmany(self, size: int, /) -> Sequence[Sequence[Any]]: ...


class Engine(Protocol):
    """One database behind one driver. Many threads may use it at once: each call makes its own connection."""

    dialect: str
    """sqlglot's name of the SQL it speaks."""
    name: str
    """Printable: never a password."""
    identity: str
    """Tells this database from every other one; never a password."""
    errors: tuple[type[Exception], ...]
    """What the driver raises for a bad statement or a lost server."""

    def connect(self) -> AbstractContextManager[Any]:
        """A connection that cannot write. Raises `DatabaseError`."""

    def select(self, connection: Any, sql: str, limits: Limits) -> AbstractContextManager[Cursor]:
        """Run one statement. Raises `errors`, or `GuardError` for one that the engine must not see."""

    def failure(self, error: Exception, sql: str) -> Failure: ...

    def tables(self, connection: Any) -> tuple[Table, ...]:
        """Tables and views of the default schema, without sample rows."""

    def fingerprint(self, connection: Any) -> str:
        """Changes whenever `tables` would."""


def one_line(message: object) -> str:
    return " ".join(str(message).split())[:500]


def stat_of(path: Path) -> os.stat_result | None:
    """None if there is no such file: those beside a database come and go."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def file_print(path: Path, suffix: str) -> str:
    """Sizes and times of a database file and of the one beside it."""
    stats = (stat_of(path), stat_of(Path(f"{path}{suffix}")))
    return "|".join(f"{stat.st_size} {stat.st_mtime_ns}" if stat else "" for stat in stats)


@contextmanager
def watchdog(seconds: float, cancel: Callable[[], object]) -> Iterator[None]:
    """Call `cancel` when the time is up, and again until the block is left: once may be too early."""
    done = threading.Event()

    def watch() -> None:
        left = seconds
        while not done.wait(max(left, 0)):
            cancel()
            left = 0.2

    thread = threading.Thread(target=watch, name="routesql-watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()

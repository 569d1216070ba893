"""A database, opened so that nothing can be written: its schema with a few sample rows, and its engine."""

import logging
import shutil
import sqlite3
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from sqlglot import exp

from .cache import Entry, user_folder
from .engines import open_engine
from .engines.engine import Engine
from .errors import DatabaseError
from .outcome import Limits
from .schema import Column, Schema, Table
from .statement import run_on
from .values import Value, ValueIndex, index_of, is_fresh, place

Found = TypeVar("Found")
log = logging.getLogger("routesql")

SAMPLE_CELL = 60
SAMPLE_SECONDS = 2.0
"""For one table: a sample of a view may mean reading everything beneath it."""
SAMPLES_SECONDS = 20.0
"""For all tables together; the rest then go without."""


class Database:
    """Safe to share between threads: each statement runs on a connection of its own."""

    def __init__(
        self,
        engine: Engine,
        *,
        sample_rows: int = 3,
        cache: Path | None = None,
        private: Collection[str] = (),
    ) -> None:
        self.engine = engine
        self.sample_rows = sample_rows
        if isinstance(private, str):
            raise DatabaseError(f"private takes a list of columns, as [{private!r}], not one string")
        self.private = frozenset(name.lower() for name in private)
        self._values: ValueIndex | None = None
        self._indexing = threading.Lock()
        self._cache = cache
        self._schema: Schema | None = None
        self._reflecting = threading.Lock()

    @classmethod
    def open(
        cls,
        target: str | Path,
        *,
        sample_rows: int = 3,
        cache: Path | Literal["user"] | None = "user",
        private: Collection[str] = (),
    ) -> "Database":
        """Open a file path or a SQLAlchemy URL.

        sample_rows: how many rows of each table the model sees. cache: the folder that keeps reflected
        schemas and text values (`user`: `cache.user_folder()`), or None for none. private: columns
        (`table.column`, those of views too) whose cells the model must not see.
        Raises `DatabaseError` for anything that is not a readable database, `MissingExtra` for an engine
        whose driver is not installed.
        """
        folder = user_folder() if cache == "user" else cache
        database = cls(open_engine(target), sample_rows=sample_rows, cache=folder, private=private)
        database._check()
        return database

    @property
    def dialect(self) -> str:
        return self.engine.dialect

    @property
    def name(self) -> str:
        return self.engine.name

    @property
    def schema(self) -> Schema:
        """Reflected at first use, or read from the cache. Raises `DatabaseError` if there are no tables."""
        with self._reflecting:
            if self._schema is None:
                self._schema = self._load()
            return self._schema

    def mentioned(self, question: str, limit: int = 5) -> list[Value]:
        """Stored values that the question mentions, best first. The first call reads them; see `values`."""
        return self._of_index(lambda index: index.mentioned(question, limit), [])

    def nearest(self, table: str, column: str, text: str) -> str | None:
        """The text stored in this column that hardly differs from one that is not stored, if there is one."""
        return self._of_index(lambda index: index.nearest(table, column, text), None)

    def similar(self, table: str, column: str, text: str) -> list[str] | None:
        """A few texts of this column like one that it does not hold; None if it does, or may."""
        return self._of_index(lambda index: index.similar(table, column, text), None)

    def _of_index(self, ask: Callable[[ValueIndex], Found], otherwise: Found) -> Found:
        faults: tuple[type[Exception], ...] = (OSError, sqlite3.Error, DatabaseError, *self.engine.errors)
        try:
            return ask(self._index())
        except faults as error:
            log.warning("the values of %s cannot be read: %s", self.name, error)
            return otherwise

    def _index(self) -> ValueIndex:
        schema = self.schema
        with self._indexing:
            if self._values is None or not is_fresh(self._values.path):
                with self.engine.connect() as connection:
                    key = self._key(connection)
                folder = self._cache or self._temporary_folder()
                try:
                    self._values = index_of(self.engine, schema, folder, key, self.private)
                except PermissionError:
                    folder = self._temporary_folder()
                    self._values = index_of(self.engine, schema, folder, key, self.private)
            return self._values

    def _temporary_folder(self) -> Path:
        """It goes with this object."""
        folder = tempfile.mkdtemp(prefix="routesql-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def _key(self, connection: Any) -> str:
        fingerprint = self.engine.fingerprint(connection)
        return f"{self.dialect} {self.engine.identity} {fingerprint} {sorted(self.private)}"

    def close(self) -> None:
        """Nothing stays open between statements; this forgets the schema and the values."""
        self._schema = self._values = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self) -> None:
        try:
            with self.engine.connect():
                pass
        except self.engine.errors as error:
            raise self._unreadable(error) from error

    def _load(self) -> Schema:
        try:
            with self.engine.connect() as connection:
                key = f"{self.dialect} {self.engine.identity} {self.sample_rows}{sorted(self.private) or ''}"
                entry = Entry(self._cache, key, self.engine.fingerprint(connection))
                known = entry.read()
                schema = known or self._reflect(connection)
        except self.engine.errors as error:
            raise self._unreadable(error) from error
        if not schema.tables:
            raise DatabaseError(f"{self.name} has no tables")
        named = {place(table, column) for table in schema.tables for column in table.columns}
        if unknown := self.private - named:
            raise DatabaseError(f"{self.name} has no column {min(unknown)}, which private names")
        if known is None:
            entry.write(schema)
        return schema

    def _unreadable(self, error: Exception) -> DatabaseError:
        return DatabaseError(f"cannot read {self.name}: {self.engine.failure(error, '').message}")

    def _reflect(self, connection: Any) -> Schema:
        until = time.monotonic() + SAMPLES_SECONDS
        tables = self.engine.tables(connection)
        return Schema(self.dialect, tuple(self._sampled(connection, table, until) for table in tables))

    def _sampled(self, connection: Any, table: Table, until: float) -> Table:
        seconds = min(SAMPLE_SECONDS, until - time.monotonic())
        if self.sample_rows < 1 or seconds <= 0:
            return table
        limits = Limits(rows=self.sample_rows, cell_chars=SAMPLE_CELL, seconds=seconds)
        columns = [
            exp.null() if self._hides(table, column) else exp.column(column.name, quoted=True)
            for column in table.columns
        ]
        query = exp.select(*columns).from_(exp.table_(table.name, quoted=True)).limit(self.sample_rows)
        outcome = run_on(self.engine, connection, query.sql(self.dialect), limits)
        return replace(table, rows=outcome.rows) if outcome.ok else table

    def _hides(self, table: Table, column: Column) -> bool:
        return binary(column) or place(table, column) in self.private


def binary(column: Column) -> bool:
    """Pictures and the like say nothing in a prompt, and may be too large to read."""
    return any(word in column.type.upper() for word in ("BLOB", "BINARY", "BYTEA"))

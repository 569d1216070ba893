"""A small writable database on each of the four engines, made for one test and removed after it."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine

SHOP = (
    "CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, city VARCHAR(40))",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, day DATE, total DECIMAL(10, 2), "
    "FOREIGN KEY (customer_id) REFERENCES customer (id))",
    "CREATE TABLE line (order_id INTEGER, no INTEGER, item VARCHAR(40), PRIMARY KEY (order_id, no), "
    "FOREIGN KEY (order_id) REFERENCES orders (id))",
    "INSERT INTO customer VALUES (1, 'Ada', 'Oslo'), (2, 'Bo', NULL), (3, 'Cy', 'Rome')",
    "INSERT INTO orders VALUES (10, 1, '2024-01-05', 12.50), (11, 1, '2024-02-06', 8.00)",
    "INSERT INTO orders VALUES (12, 3, NULL, NULL)",
    "INSERT INTO line VALUES (10, 1, 'tea'), (10, 2, 'cup'), (11, 1, 'tea')",
    "CREATE VIEW customer_total AS SELECT customer.id, SUM(total) AS total FROM customer "
    "JOIN orders ON orders.customer_id = customer.id GROUP BY customer.id",
)
"""Statements that all four engines understand."""

OUTSIDE = {
    "postgresql": (
        "SELECT rolname, rolsuper FROM pg_roles",
        "SELECT extname FROM pg_extension",
        "SELECT count(*) FROM pg_largeobject_metadata",
        "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace",
    ),
    "mysql": ("SELECT user, host FROM mysql.user", "SELECT @@global.read_only"),
}
"""What a statement may change beside the tables."""

Fresh = Callable[[str], AbstractContextManager[str]]
Build = Callable[[str, Sequence[str]], str]
Execute = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def build(fresh: Fresh) -> Iterator[Build]:
    """`build(dialect, statements)` makes a database and returns its URL; skips where no server answers."""
    with ExitStack() as stack:

        def make(dialect: str, statements: Sequence[str]) -> str:
            url = stack.enter_context(fresh(dialect))
            _execute(url, statements)
            return url

        yield make


@pytest.fixture(scope="session")
def connected(fresh: Fresh) -> Callable[[str], AbstractContextManager[Execute]]:
    """`with connected(dialect) as execute`: run SQL in a new database as its driver does, nothing added."""

    @contextmanager
    def make(dialect: str) -> Iterator[Execute]:
        with fresh(dialect) as url, closing(create_engine(url, poolclass=NullPool).raw_connection()) as raw:

            def execute(sql: str) -> list[tuple[Any, ...]]:
                cursor = raw.cursor()
                cursor.execute(sql)
                return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

            yield execute

    return make


@pytest.fixture
def sqlite_file() -> Callable[..., Path]:
    """`sqlite_file(path, *statements)` makes a SQLite file of them; the path."""

    def make(path: Path, *statements: str) -> Path:
        with closing(sqlite3.connect(path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return path

    return make


@pytest.fixture(
    params=[
        "sqlite",
        "duckdb",
        pytest.param("postgres", marks=pytest.mark.server),
        pytest.param("mysql", marks=pytest.mark.server),
    ]
)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def statements() -> Sequence[str]:
    """What `engine_url` is built from; a test parametrises it to have its own."""
    return SHOP


@pytest.fixture
def engine_url(dialect: str, statements: Sequence[str], build: Build) -> str:
    return build(dialect, statements)


@pytest.fixture
def write() -> Callable[[str, Sequence[str]], None]:
    """Run statements on the database at a URL, with all rights."""
    return _execute


@pytest.fixture
def contents() -> Callable[[str], object]:
    """All that is stored at a URL, as the engine's own catalog and tables tell it."""
    return _contents


def _execute(url: str, statements: Sequence[str]) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _contents(url: str) -> object:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        run = connection.exec_driver_sql
        if engine.dialect.name == "sqlite":
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            return list(raw.iterdump())
        space = "current_schema()" if engine.dialect.name != "mysql" else "database()"
        catalog = "SELECT table_name FROM information_schema.tables WHERE table_schema = "
        tables = [row[0] for row in run(f"{catalog}{space} ORDER BY 1")]
        quote = engine.dialect.identifier_preparer.quote_identifier
        rows = [(table, sorted(map(repr, run(f"SELECT * FROM {quote(table)}")))) for table in tables]
        return [*rows, *(sorted(map(repr, run(query))) for query in OUTSIDE.get(engine.dialect.name, ()))]

"""A small writable database on each of the four engines, made for one test and removed after it."""

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

POSTGRES = os.environ.get(
    "ROUTESQL_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test?connect_timeout=2"
)
MYSQL = os.environ.get("ROUTESQL_TEST_MYSQL", "mysql+pymysql://root@127.0.0.1:3306/test?connect_timeout=2")

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

Build = Callable[[str, Sequence[str]], str]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """`build(dialect, statements)` makes a database and returns its URL; skips where no server answers."""
    undo: list[Callable[[], None]] = []

    def make(dialect: str, statements: Sequence[str]) -> str:
        name = f"routesql_{secrets.token_hex(6)}"
        if dialect in ("sqlite", "duckdb"):
            url = f"{dialect}:///{tmp_path / name}.{dialect}"
        else:
            url = _space(dialect, name, undo)
        _execute(url, statements)
        return url

    yield make
    for step in undo:
        step()


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


def _space(dialect: str, name: str, undo: list[Callable[[], None]]) -> str:
    """A schema (PostgreSQL) or a database (MySQL) on the server."""
    server = make_url(POSTGRES if dialect == "postgres" else MYSQL)
    try:
        _execute(server.render_as_string(hide_password=False), [f"CREATE SCHEMA {name}"])
    except DBAPIError as error:
        pytest.skip(f"no {dialect} server answers: {str(error.orig).splitlines()[0]}")
    cascade = " CASCADE" if dialect == "postgres" else ""
    url = server.render_as_string(hide_password=False)
    undo.append(lambda: _execute(url, [f"DROP SCHEMA {name}{cascade}"]))
    if dialect == "mysql":
        return server.set(database=name).render_as_string(hide_password=False)
    return server.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(
        hide_password=False
    )


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

"""SQL written for SQLite gives the same rows on SQLite, DuckDB, PostgreSQL and MariaDB."""

import os
import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlglot import parse_one

from routesql.app.demo import Question, build, load, questions
from routesql.tools.database import Database
from routesql.tools.executor import execute
from routesql.tools.schema import Cell

SERVERS = {
    "postgres": (
        "ROUTESQL_TEST_POSTGRES",
        "postgresql+psycopg://postgres@127.0.0.1:5432/test?connect_timeout=2",
    ),
    "mysql": ("ROUTESQL_TEST_MYSQL", "mysql+pymysql://root@127.0.0.1:3306/test?connect_timeout=2"),
}
"""The variable that says where a server is, and where it is otherwise."""


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with Database.open(build(tmp_path_factory.mktemp("sqlite") / "demo.sqlite"), cache=None) as database:
        yield database


@pytest.fixture(
    scope="module",
    params=[
        "duckdb",
        pytest.param("postgres", marks=pytest.mark.server),
        pytest.param("mysql", marks=pytest.mark.server),
    ],
)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    dialect = str(request.param)
    if dialect == "duckdb":
        url = make_url(f"duckdb:///{tmp_path_factory.mktemp('duckdb') / 'demo.duckdb'}")
        yield _loaded(url)
        return
    variable, default = SERVERS[dialect]
    server, name = make_url(os.environ.get(variable, default)), f"routesql_{secrets.token_hex(6)}"
    try:
        _run(server, f"CREATE SCHEMA {name}")
    except DBAPIError as error:
        pytest.skip(f"no {dialect} server answers: {str(error.orig).splitlines()[0]}")
    try:
        postgres = server.update_query_dict({"options": f"-csearch_path={name}"})
        yield _loaded(postgres if dialect == "postgres" else server.set(database=name))
    finally:
        _run(server, f"DROP SCHEMA {name}" + (" CASCADE" if dialect == "postgres" else ""))


def _run(server: URL, statement: str) -> None:
    with create_engine(server, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql(statement)


def _loaded(url: URL) -> Database:
    engine = create_engine(url, poolclass=NullPool)
    load(engine)
    engine.dispose()
    return Database.open(url.render_as_string(hide_password=False), cache=None)


def _rows(database: Database, sql: str) -> list[tuple[Cell, ...]]:
    """The rows as the query orders them, else sorted; numbers to six digits."""
    outcome = execute(database, sql, written="sqlite")
    assert outcome.ok, f"{outcome.message}: {outcome.sql}"
    rows = [
        tuple(round(cell, 6) if isinstance(cell, float) else cell for cell in row) for row in outcome.rows
    ]
    return rows if parse_one(sql, dialect="sqlite").args.get("order") else sorted(rows, key=repr)


@pytest.mark.parametrize("asked", questions(), ids=lambda asked: asked.question)
def test_the_gold_sql_gives_the_same_rows(reference: Database, database: Database, asked: Question) -> None:
    assert _rows(database, asked.sql) == _rows(reference, asked.sql)

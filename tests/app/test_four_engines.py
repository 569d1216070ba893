"""SQL written for SQLite gives the same rows on SQLite, DuckDB, PostgreSQL and MariaDB."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import NullPool, create_engine
from sqlglot import parse_one

from routesql.app.demo import Question, build, load, questions
from routesql.tools.database import Database
from routesql.tools.executor import execute
from routesql.tools.repair import repair_running
from routesql.tools.schema import Cell

Fresh = Callable[[str], AbstractContextManager[str]]


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
def database(request: pytest.FixtureRequest, fresh: Fresh) -> Iterator[Database]:
    with fresh(request.param) as url:
        engine = create_engine(url, poolclass=NullPool)
        load(engine)
        engine.dispose()
        with Database.open(url, cache=None) as database:
            yield database


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


@pytest.mark.parametrize(
    ("condition", "meant"),
    [
        ("hired_on > 2020", "CAST(STRFTIME('%Y', hired_on) AS INTEGER) > 2020"),
        ("hired_on BETWEEN 2019 AND 2021", "hired_on BETWEEN '2019-01-01' AND '2021-12-31'"),
        ("hired_on > 2020-06-01", "hired_on > '2020-06-01'"),
    ],
)
def test_a_number_beside_a_date(reference: Database, database: Database, condition: str, meant: str) -> None:
    sql = "SELECT name FROM employee WHERE "
    expected = _rows(reference, sql + meant)
    assert 0 < len(expected) < len(_rows(reference, "SELECT name FROM employee"))
    for one in (reference, database):
        found = repair_running(sql + condition, one.schema)
        assert found is not None
        assert _rows(one, found.sql) == expected

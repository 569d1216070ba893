"""Whatever comes in, the guard raises only its own error, and what it lets through writes nothing."""

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routesql.tools.errors import GuardError
from routesql.tools.guard import guard
from routesql.tools.schema import Column, Schema, Table

HERE = Path(__file__).parent
COLUMNS = {
    "singer": ("Singer_ID", "Name", "Country", "Age"),
    "concert": ("concert_ID", "concert_Name", "Theme", "Year"),
    "singer_in_concert": ("concert_ID", "Singer_ID"),
}
FILES = sorted(HERE.glob("attacks/*.sql")) + sorted(HERE.glob("legitimate/*.sql"))
STATEMENTS = [
    text for path in FILES for text in path.read_text(encoding="utf-8").partition("\n")[2].split("\n;;\n")
]
VOCABULARY = r"""
SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET JOIN LEFT ON USING NATURAL AS WITH RECURSIVE
UNION ALL EXCEPT INTERSECT VALUES INSERT INTO UPDATE SET DELETE REPLACE DROP TABLE CREATE VIEW
TRIGGER ALTER ATTACH DETACH PRAGMA VACUUM REINDEX ANALYZE BEGIN COMMIT EXPLAIN RETURNING CASE WHEN
THEN ELSE END IN NOT EXISTS BETWEEN LIKE GLOB IS NULL OVER PARTITION WINDOW FILTER CAST COLLATE
DISTINCT DEFAULT CONFLICT DO NOTHING INDEXED user_version singer journal_mode concert Name Age
Country Singer_ID t x main temp count max writefile load_extension json_each ( ) ( ) , , . ; * = < +
- || ? :a @b 'a' "b" `c` [d] 1 0x1F 1e9 -- /* */ '' " ' $$ # ! \
"""
WORDS = [*VOCABULARY.split(), "\n"]
PROFILE = settings(
    max_examples=500,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def schema(dialect: str) -> Schema:
    return Schema(
        dialect, tuple(Table(name, tuple(map(Column, columns))) for name, columns in COLUMNS.items())
    )


def mutated(statement: str, other: str, start: int, length: int, at: int) -> str:
    """A statement with a piece of another put in, over a piece of its own."""
    size = len(statement) + 1
    return (
        statement[: start % size] + other[at % (len(other) + 1) :][:30] + statement[start % size + length :]
    )


texts = st.text(max_size=200)
soups = st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)
pieces = (st.integers(0, 400), st.integers(0, 40), st.integers(0, 400))
mutants = st.builds(mutated, st.sampled_from(STATEMENTS), st.sampled_from(STATEMENTS), *pieces)
selects = soups.map("SELECT {} ".format)
inputs = st.one_of(
    texts, soups, selects, mutants, st.text("()[]'\"`;-/*\\,. \n\0\ud800aSELECT1", max_size=80)
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("fuzz") / "singers.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        for name, columns in COLUMNS.items():
            connection.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
        connection.execute("INSERT INTO singer VALUES (1, 'Joe', 'France', 30)")
        connection.commit()
    yield path
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@PROFILE
@given(inputs, st.sampled_from(["sqlite", "duckdb", "postgres", "mysql"]), st.booleans())
def test_nothing_but_its_own_error(sql: str, dialect: str, translated: bool) -> None:
    with suppress(GuardError):
        guard(sql, schema(dialect), written="sqlite" if translated else dialect)


@PROFILE
@given(st.one_of(selects, mutants, mutants))
def test_nothing_that_passes_writes_to_a_file_opened_for_writing(file: Path, sql: str) -> None:
    try:
        ready = guard(sql, schema("sqlite"))
    except GuardError:
        return
    before = digest(file)
    stop = time.monotonic() + 0.2
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.set_progress_handler(lambda: time.monotonic() > stop, 1_000)
        with suppress(sqlite3.Error, sqlite3.Warning):
            connection.execute(ready).fetchmany(100)
    assert digest(file) == before


@pytest.mark.parametrize(
    "opening", ["(", "f(", "NOT ", "- ", "CASE WHEN ", "(SELECT ", "[", "{", "x IN (", "a.", "-("]
)
@pytest.mark.parametrize("dialect", ["sqlite", "duckdb", "postgres", "mysql"])
def test_deep_nesting_ends_soon(opening: str, dialect: str) -> None:
    started = time.monotonic()
    for depth in (20, 200, 20_000):
        with suppress(GuardError):
            guard("SELECT " + opening * depth, schema(dialect), written=dialect)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "+".join("1" * 5_000),
        "SELECT Name FROM singer WHERE Age IN (" + ",".join(["1"] * 20_000) + ")",
        "SELECT 1" + " UNION SELECT 1" * 2_000,
        "SELECT " + ",".join(["Name"] * 5_000) + " FROM singer",
        "SELECT * FROM singer" + ", singer" * 2_000,
        "WITH " + ",".join(f"t{i} AS (SELECT 1 AS a)" for i in range(500)) + " SELECT a FROM t499",
        "SELECT Name FROM " + "(SELECT * FROM " * 60 + "singer" + ")" * 60,
        "SELECT '" + "x" * 90_000 + "'",
    ],
    ids=["sum", "list", "union", "columns", "tables", "ctes", "nested", "string"],
)
def test_large_input_ends_soon(sql: str) -> None:
    started = time.monotonic()
    with suppress(GuardError):
        guard(sql, schema("sqlite"))
    assert time.monotonic() - started < 5

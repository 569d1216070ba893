"""Each kind of repair: the statement before, the statement after, and what is said to have changed."""

from pathlib import Path
from typing import NamedTuple

import pytest

from routesql.tools import Database
from routesql.tools.executor import execute
from routesql.tools.guard import guard
from routesql.tools.repair import repair
from routesql.tools.schema import Schema


class Case(NamedTuple):
    schema: str
    question: str
    before: str
    after: str
    """`NONE` if there is no repair."""
    changes: tuple[str, ...]


def cases() -> list[Case]:
    """`-- schema: question`, the statement, the statement repaired, `-- change` once a change."""
    found = []
    for path in sorted((Path(__file__).parent / "cases").glob("*.sql")):
        for text in path.read_text(encoding="utf-8").strip().split("\n\n"):
            head, before, after, *changes = text.split("\n")
            schema, _, question = head.removeprefix("-- ").partition(": ")
            said = tuple(change.removeprefix("-- ") for change in changes)
            found.append(Case(schema, question, before, after, said))
    return found


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.before)
def test_case(case: Case, schemas: dict[str, Schema]) -> None:
    schema = schemas[case.schema]
    repaired = repair(case.before, schema, question=case.question)
    if case.after == "NONE":
        assert repaired is None
        return
    assert repaired is not None
    assert (repaired.sql, repaired.changes) == (case.after, case.changes)
    assert guard(repaired.sql, schema) == repaired.sql
    assert repair(repaired.sql, schema, question=case.question) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SELECT Names FROM singer", 'SELECT "Name" FROM singer'),
        ('SELECT T."Nam" FROM singer AS T', 'SELECT T."Name" FROM singer AS T'),
        ('SELECT U."Nam" FROM singer AS "U"', 'SELECT "U"."Name" FROM singer AS "U"'),
        (
            "SELECT S.title, Country FROM song AS S",
            'SELECT S.title, singer."Country" FROM song AS S JOIN singer ON S.singer_id = singer."Singer_ID"',
        ),
    ],
)
def test_postgres_names_with_capitals_get_quotes(before: str, after: str, schemas: dict[str, Schema]) -> None:
    repaired = repair(before, Schema("postgres", schemas["music"].tables), written="postgres")
    assert repaired is not None
    assert repaired.sql == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SELECT nam FROM sales.customer", "SELECT name FROM sales.customer"),
        ("SELECT total FROM sales.invoices", "SELECT total FROM sales.invoice"),
        ("SELECT invoice.totl FROM sales.invoice", "SELECT invoice.total FROM sales.invoice"),
        (
            "SELECT i.total, name FROM sales.invoice AS i",
            "SELECT i.total, customer.name FROM sales.invoice AS i "
            "JOIN sales.customer ON i.customer_id = customer.id",
        ),
    ],
)
def test_postgres_tables_of_a_schema(before: str, after: str, schemas: dict[str, Schema]) -> None:
    repaired = repair(before, Schema("postgres", schemas["sales"].tables), written="postgres")
    assert repaired is not None
    assert repaired.sql == after


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb", "postgres", "mysql"])
@pytest.mark.parametrize("own", [True, False], ids=["own", "as sqlite"])
def test_every_repair_passes_the_guard_of_each_dialect(
    dialect: str, own: bool, schemas: dict[str, Schema]
) -> None:
    written = dialect if own else "sqlite"
    for case in cases():
        if case.schema == "odd" or '"France"' in case.before:  # quotes mean other things elsewhere
            continue
        schema = Schema(dialect, schemas[case.schema].tables)
        repaired = repair(case.before, schema, written=written, question=case.question)
        if repaired is not None:
            assert guard(repaired.sql, schema, written=written)
        else:  # others have the functions that SQLite lacks
            assert case.after == "NONE" or guard(case.before, schema, written=written)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT names FROM customer WHERE id = 1", (("Ada",),)),
        ("SELECT day, name FROM orders WHERE orders.id = 12", ((None, "Cy"),)),
        ("SELECT DISTINCT customr_name FROM line WHERE item = 'cup'", (("Ada",),)),
    ],
)
@pytest.mark.parametrize("own", [True, False], ids=["own", "as sqlite"])
def test_the_engine_runs_it(
    sql: str, rows: tuple[tuple[object, ...], ...], own: bool, engine_url: str
) -> None:
    with Database.open(engine_url, cache=None) as database:
        written = database.dialect if own else "sqlite"
        assert execute(database, sql, written=written).kind == "unknown_name"
        repaired = repair(sql, database.schema, written=written)
        assert repaired is not None
        assert execute(database, repaired.sql, written=written).rows == rows

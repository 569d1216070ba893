"""A year beside a date: the date's year is compared, as a text; where columns hold years nothing changes."""

import pytest

from routesql.tools.repair import repair
from routesql.tools.schema import Column, Schema, Table

STAFF = Table(
    "staff",
    (Column("name", "TEXT"), Column("hired", "DATE"), Column("seen", "TIMESTAMP"), Column("born", "DATE")),
    rows=(("Ann", "2021-05-03", None, 1980), ("Bob", "2023-01-09", "2024-01-02 10:00:00", 1990)),
)
EMPTY = Table("visit", (Column("day", "DATE"),))
SCHEMA = Schema("sqlite", (STAFF, EMPTY))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("hired > 2022", "STRFTIME('%Y', hired) > '2022'"),
        ("2022 >= hired", "'2022' >= STRFTIME('%Y', hired)"),
        ("s.seen = 2024", "STRFTIME('%Y', s.seen) = '2024'"),
        ("hired BETWEEN 2020 AND 2022", "STRFTIME('%Y', hired) BETWEEN '2020' AND '2022'"),
        ("hired IN (2020, 2021)", "STRFTIME('%Y', hired) IN ('2020', '2021')"),
        ("NOT (hired < 2022)", "NOT (STRFTIME('%Y', hired) < '2022')"),
        ("hired < 2022 OR 2000 = seen", "STRFTIME('%Y', hired) < '2022' OR '2000' = STRFTIME('%Y', seen)"),
        ("STRFTIME('%Y', hired) > 2022", "STRFTIME('%Y', hired) > '2022'"),
        ("STRFTIME('%m', seen) IN (3, 11)", "STRFTIME('%m', seen) IN ('03', '11')"),
    ],
)  # fmt: skip
def test_the_year_is_compared(condition: str, expected: str) -> None:
    sql = "SELECT name FROM staff AS s WHERE "
    for ran in (True, False):
        found = repair(sql + condition, SCHEMA, ran=ran)
        assert found is not None
        assert found.sql == sql + expected
        assert repair(found.sql, SCHEMA, ran=ran) is None


@pytest.mark.parametrize(
    "condition",
    [
        "born > 1985",  # its rows hold numbers
        "hired > '2022'",
        "hired > '2022-01-01'",
        "hired > 20220101",
        "hired > 5",
        "STRFTIME('%Y-%m', hired) > 2022",
        "CAST(STRFTIME('%Y', hired) AS INTEGER) > 2022",
        "name > 2022",
        "hired > seen",
        "hired IN (2020, 'x')",
        "hired IN (SELECT 2020)",
        "2020 < 2022",
    ],
)
def test_left_alone(condition: str) -> None:
    assert repair(f"SELECT name FROM staff WHERE {condition}", SCHEMA, ran=True) is None


def test_without_rows_nothing_is_known() -> None:
    assert repair("SELECT day FROM visit WHERE day > 2022", SCHEMA, ran=True) is None


def test_names_of_an_sql_that_ran_are_let_be() -> None:
    """SQLite takes `"zz"` for a text."""
    assert repair('SELECT "zz" FROM staff', SCHEMA, ran=True) is None


def test_both_are_mended() -> None:
    found = repair("SELECT nam FROM staff WHERE hired > 2022", SCHEMA)
    assert found is not None
    assert found.sql == "SELECT name FROM staff WHERE STRFTIME('%Y', hired) > '2022'"
    assert found.changes == ("nam → name", "hired > 2022 → STRFTIME('%Y', hired) > '2022'")


def test_in_the_dialect_that_is_written() -> None:
    found = repair("SELECT name FROM staff WHERE hired > 2022", SCHEMA, written="postgres", ran=True)
    assert found is not None
    assert found.sql == "SELECT name FROM staff WHERE TO_CHAR(hired, 'YYYY') > '2022'"

"""A number beside a date is its year, or a date without quotes; columns that hold numbers are let be."""

from dataclasses import replace

import pytest

from routesql.tools.repair import repair, repair_running
from routesql.tools.schema import Column, Schema, Table

STAFF = Table(
    "staff",
    (
        Column("name", "TEXT"),
        Column("hired", "DATE"),
        Column("seen", "TIMESTAMP"),
        Column("born", "DATE"),
        Column("seen_by", "DATETIME"),
        Column("born_at", "TIMESTAMP WITH TIME ZONE"),
        Column("zero", "DATE"),
    ),
    rows=(
        ("Ann", "2021-05-03", None, 1980, "2021-05-03 10:00:00 UTC", None, "0000-00-00"),
        ("Bob", "2023-01-09", "2024-01-02 10:00:00", 1990, None, "2024-01-02T10:00:00+00:00", None),
    ),
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
        (
            "STRFTIME('%Y', (SELECT MAX(hired) FROM staff WHERE hired < 2022)) = 2021",
            "STRFTIME('%Y', (SELECT MAX(hired) FROM staff WHERE STRFTIME('%Y', hired) < '2022')) = '2021'",
        ),
        (
            "STRFTIME('%Y', CASE WHEN hired > 2022 THEN hired END) = 2023",
            "STRFTIME('%Y', CASE WHEN STRFTIME('%Y', hired) > '2022' THEN hired END) = '2023'",
        ),
        ("born_at > 2022", "STRFTIME('%Y', born_at) > '2022'"),
        ("hired > 2022-5-03", "hired > '2022-05-03'"),
        ("2022 - 05 - 03 >= s.seen", "'2022-05-03' >= s.seen"),
        ("hired BETWEEN 2020-01-01 AND '2022-12-31'", "hired BETWEEN '2020-01-01' AND '2022-12-31'"),
        ("hired IN (2020-01-01, 2021-12-31)", "hired IN ('2020-01-01', '2021-12-31')"),
        ("STRFTIME('%m', seen) IN (3, 11)", "STRFTIME('%m', seen) IN ('03', '11')"),
    ],
)  # fmt: skip
def test_the_date_is_compared(condition: str, expected: str) -> None:
    sql = "SELECT name FROM staff AS s WHERE "
    for mend in (repair, repair_running):
        found = mend(sql + condition, SCHEMA)
        assert found is not None
        assert found.sql == sql + expected
        assert mend(found.sql, SCHEMA) is None


@pytest.mark.parametrize(
    "condition",
    [
        "born > 1985",  # its rows hold numbers
        "hired > '2022'",
        "hired > '2022-01-01'",
        "hired > 20220101",
        "STRFTIME('%m', hired) < 100",
        "seen_by > 2022",
        "zero > 2022",
        "hired > 5",
        "STRFTIME('%Y-%m', hired) > 2022",
        "CAST(STRFTIME('%Y', hired) AS INTEGER) > 2022",
        "name > 2022",
        "name > 2022-05-03",
        "born > 2022-05-03",  # its rows hold numbers
        "born BETWEEN 2020-01-01 AND hired",
        "hired IN (2022-05-03, 2021)",
        "hired BETWEEN 2020 AND 2021-05-01",
        "hired > 2022-13-03",
        "hired > 2022-02-31",
        "hired > 2022-05",
        "hired > 2022-05-born",
        "hired > seen",
        "hired IN (2020, 'x')",
        "hired IN (SELECT 2020)",
        "2020 < 2022",
    ],
)
def test_left_alone(condition: str) -> None:
    assert repair_running(f"SELECT name FROM staff WHERE {condition}", SCHEMA) is None


def test_without_rows_nothing_is_known() -> None:
    assert repair_running("SELECT day FROM visit WHERE day > 2022", SCHEMA) is None


def test_names_of_an_sql_that_ran_are_let_be() -> None:
    """SQLite takes `"zz"` for a text."""
    assert repair_running('SELECT "zz" FROM staff', SCHEMA) is None


def test_both_are_mended() -> None:
    found = repair("SELECT nam FROM staff WHERE hired > 2022", SCHEMA)
    assert found is not None
    assert found.sql == "SELECT name FROM staff WHERE STRFTIME('%Y', hired) > '2022'"
    assert found.changes == ("nam → name", "hired > 2022 → STRFTIME('%Y', hired) > '2022'")


def test_in_the_dialect_that_is_written() -> None:
    found = repair_running("SELECT name FROM staff WHERE hired > 2022", SCHEMA, written="postgres")
    assert found is not None
    assert found.sql == "SELECT name FROM staff WHERE TO_CHAR(hired, 'YYYY') > '2022'"


@pytest.mark.parametrize(
    "sql",
    [
        "WITH h AS (SELECT 9 AS hired) SELECT 1 FROM staff WHERE EXISTS (SELECT 1 FROM h WHERE hired > 2022)",
        "SELECT 1 FROM staff WHERE EXISTS (SELECT 1 FROM (SELECT 2023 AS hired) AS d WHERE hired > 2022)",
        "SELECT 1 FROM staff WHERE EXISTS (SELECT 1 FROM (SELECT 2023 AS hired) AS d WHERE d.hired > 2022)",
        "SELECT d.hired FROM staff AS s JOIN (SELECT 2023 AS hired) AS d WHERE d.hired > 2022",
    ],
)
def test_a_column_of_the_same_name_is_no_date(sql: str) -> None:
    assert repair_running(sql, SCHEMA) is None


def test_all_are_mended_at_once() -> None:
    conditions = " OR ".join(f"hired = {year}" for year in range(2000, 2040))
    found = repair_running(f"SELECT name FROM staff WHERE {conditions}", SCHEMA)
    assert found is not None
    assert found.sql.count("STRFTIME('%Y', hired) = '20") == 40


def test_engines_that_read_the_text_as_a_number_are_let_be() -> None:
    sql = "SELECT name FROM staff WHERE STRFTIME('%m', hired) = 3"
    assert repair_running(sql, replace(SCHEMA, dialect="duckdb")) is None
    between = sql.replace("= 3", "BETWEEN 2 AND 4")
    assert repair_running(between, replace(SCHEMA, dialect="duckdb")) is not None
    assert repair_running(sql, replace(SCHEMA, dialect="postgres")) is not None

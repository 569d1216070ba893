"""SQLite's SQL gives the same rows on the other engines."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from routesql.tools.database import Database
from routesql.tools.errors import GuardError
from routesql.tools.executor import execute
from routesql.tools.guard import guard
from routesql.tools.schema import Column, Schema, Table

Execute = Callable[[str], list[tuple[Any, ...]]]
Connected = Callable[[str], AbstractContextManager[Execute]]
COLUMNS: dict[str, dict[str, str]] = {
    "Singer": {"Id": "INTEGER", "Full Name": "VARCHAR(40)", "country": "VARCHAR(40)", "Age": "INTEGER"},
    "concert": {
        "ID": "INTEGER",
        "singer": "INTEGER",
        "Year": "INTEGER",
        "price": "DOUBLE PRECISION",
        "day": "DATE",
    },
    "select": {"order": "INTEGER", "group by": "VARCHAR(10)"},
}
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "Singer": [
        (1, "Joe Sharp", "Netherlands", 52),
        (2, "Timbaland", "United States", 32),
        (3, "Ada o'Hara", "France", 41),
        (4, "Rose White", "France", 41),
        (5, "John Nizinik", "France", None),
        (6, "Tribal King", None, 25),
    ],
    "concert": [
        (1, 1, 2014, 10.5, "2014-05-01"),
        (2, 2, 2014, 20.0, "2014-11-12"),
        (3, 2, 2015, 7.25, "2015-01-31"),
        (4, 4, 2015, 0.0, "2015-03-09"),
        (5, 4, 2016, 2.5, "2016-02-29"),
    ],
    "select": [(1, "x"), (2, "Y"), (7, None)],
}
QUESTIONS = [
    'SELECT [full name] FROM singer WHERE COUNTRY = "France" ORDER BY id',
    'SELECT "Full name", age FROM SINGER ORDER BY age, "full name"',
    "SELECT `full name` AS Who FROM singer ORDER BY AGE DESC, WHO LIMIT 3",
    "SELECT `full name` FROM singer ORDER BY id LIMIT 2, 2",
    "SELECT country, COUNT(*) AS n FROM singer GROUP BY country ORDER BY n DESC, country",
    "SELECT age / 2, age % 7, id / age FROM singer WHERE age IS NOT NULL ORDER BY id",
    "SELECT SUM(age) / COUNT(*), COUNT(*) * 100 / 7, (SELECT COUNT(*) FROM concert) / 2 FROM singer",
    "SELECT 1.0 * age / 7, age / 7.0, CAST(age AS REAL) / 3 FROM singer WHERE id = 1",
    "SELECT 10 - age / 4 * 2, -age / 2, (age + 1) / (id + 1) FROM singer WHERE age > 0 ORDER BY id",
    "SELECT 5 / (id - 1) FROM singer ORDER BY id",
    "SELECT AVG(age), AVG(DISTINCT age), SUM(price), AVG(price) FROM singer, concert",
    "SELECT ROUND(AVG(price), 2), ROUND(2.5), ROUND(price / 3, 1) FROM concert GROUP BY price ORDER BY price",
    "SELECT id FROM singer WHERE `full name` LIKE \"%jo%\" AND country NOT LIKE 'united%' ORDER BY id",
    "SELECT id FROM concert WHERE year LIKE '%14' ORDER BY id",
    "SELECT `full name` || ' (' || country || ')' FROM singer ORDER BY id",
    "SELECT IFNULL(country, 'none'), IIF(age > 40, 'old', 'young') FROM singer ORDER BY id",
    "SELECT GROUP_CONCAT(age) FROM singer WHERE id = 1",
    "SELECT strftime('%Y', day), strftime('%m', day) FROM concert ORDER BY id",
    "SELECT id FROM concert WHERE day BETWEEN '2014-06-01' AND '2015-02-01' ORDER BY id",
    "SELECT substr(country, 1, 3), length(country), instr(country, 'a') FROM singer ORDER BY id",
    "SELECT T2.Year, COUNT(*) FROM singer T1 JOIN concert T2 ON t1.Id = t2.Singer GROUP BY 1 ORDER BY 1",
    "SELECT year AS y, COUNT(*) AS n FROM concert GROUP BY y HAVING n > 1 ORDER BY y",
    "SELECT price * 2 AS twice FROM concert WHERE twice > 6 ORDER BY twice",
    "SELECT id FROM singer WHERE id NOT IN (SELECT singer FROM concert) ORDER BY ID",
    "SELECT country FROM singer WHERE age > 40 INTERSECT SELECT Country FROM singer WHERE age < 50",
    "SELECT country FROM singer EXCEPT SELECT country FROM singer WHERE age > 45 ORDER BY country",
    "WITH Old AS (SELECT id AS K, age FROM singer WHERE age > 35) SELECT old.k FROM OLD ORDER BY K",
    "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM N WHERE i < 5) SELECT SUM(i) FROM n",
    "SELECT id, (SELECT COUNT(*) FROM concert WHERE singer = singer.id) AS n FROM singer ORDER BY n DESC, 1",
    "SELECT CAST(price AS INTEGER), CAST(id AS TEXT) FROM concert ORDER BY id",
    "SELECT SUM(age > 40), SUM(country = 'France') FROM singer",
    "SELECT `order`, `group by` FROM `select` ORDER BY 1 DESC",
    "SELECT x.* FROM (SELECT [group by] AS [a b] FROM [select]) AS x WHERE [A B] = 'x'",
    "SELECT s.id FROM singer s JOIN singer t USING (ID) WHERE s.age > 30 ORDER BY id",
    "SELECT DISTINCT year FROM concert ORDER BY year DESC",
    "SELECT id, ROW_NUMBER() OVER (PARTITION BY country ORDER BY age, id) FROM singer ORDER BY id",
    "SELECT MAX(age) - MIN(age), TOTAL(age) FROM singer",
    "SELECT id FROM singer WHERE country = 'France' AND (age = 41 OR age IS NULL) ORDER BY id",
    "SELECT id FROM singer WHERE country > 5 ORDER BY id",
    "SELECT COUNT(*) FILTER (WHERE age > 40) FROM singer",
    "SELECT julianday(day), unixepoch(day), julianday('2024-01-05 06:00') FROM concert ORDER BY id",
    "SELECT CAST(julianday('2016-03-01') - julianday(day) AS INTEGER) FROM concert ORDER BY id",
    "SELECT id FROM concert WHERE julianday('now') - julianday(day) > 3000 ORDER BY id",
    "SELECT id FROM concert WHERE unixepoch('now') > 1e9 AND strftime('%Y', 'now') > '2020' ORDER BY id",
    "SELECT id FROM concert WHERE day < date('now', '-1 year') AND day < date('now') ORDER BY id",
    "SELECT id FROM concert WHERE julianday(\"now\") > julianday(day, '+40 days') ORDER BY id",
    "SELECT date(day, '+1 day'), date(day, '-31 days'), date(day, '+1 month') FROM concert ORDER BY id",
    "SELECT date(day, '+1 year'), date(day, '-13 months'), date(day) FROM concert ORDER BY id",
    "SELECT datetime(day, '-90 minutes'), datetime(day, '+1 month', '+5 hours') FROM concert ORDER BY id",
    "SELECT date(day, 'start of month', '+1 month', '-1 day') FROM concert ORDER BY id",
    "SELECT date(day, 'start of year'), datetime(day, 'start of day') FROM concert ORDER BY id",
    "SELECT strftime('%Y-%m', day, '+1 month') FROM concert ORDER BY id",
    "SELECT id FROM concert WHERE day >= date('2015-02-06', '-1 month') ORDER BY id",
    "SELECT strftime('%w', day), strftime('%W', day) FROM concert ORDER BY id",
    "SELECT strftime('%j', day), strftime('%s', day) FROM concert ORDER BY id",
    "SELECT strftime('%Y year %m', day), strftime('Day %d at %H:%M:%S', day) FROM concert ORDER BY id",
    "SELECT substr(country, -1), substr(country, -8), substr(country, -3, 2) FROM singer ORDER BY id",
    "SELECT substr(country, -9, 4), substr(country, 0), substr(country, 0, 3) FROM singer ORDER BY id",
    "SELECT substr(day, 1, 7), substr(day, -2) FROM concert ORDER BY id",
    "SELECT `full name`, COUNT(*) FROM singer AS T1 JOIN concert AS T2 ON T1.id = T2.singer GROUP BY T1.id "
    "ORDER BY T1.age DESC, `full name`",
    "SELECT T1.`full name`, T1.id FROM singer T1 JOIN concert T2 ON T1.id = T2.singer GROUP BY T1.id "
    "ORDER BY COUNT(*) DESC, T1.age || ''",
    "SELECT `full name`, country FROM singer GROUP BY id HAVING MAX(age) > 40 ORDER BY MAX(age) DESC, id",
    "SELECT country AS c, upper(country), 2 * COUNT(*) FROM singer GROUP BY c ORDER BY c",
    "SELECT strftime('%Y', day), COUNT(*) FROM concert GROUP BY strftime('%Y', day) ORDER BY 1",
    "SELECT x.who FROM (SELECT `full name` AS who, id AS n, COUNT(*) FROM singer GROUP BY id) AS x "
    "WHERE x.n < 3 ORDER BY 1",
    "SELECT x.Country FROM (SELECT country, COUNT(*) AS n FROM singer GROUP BY id) AS x ORDER BY 1",
    "SELECT MAX(id, age), id FROM singer WHERE age IS NOT NULL ORDER BY id",
    "SELECT id, SUM(age) OVER (ORDER BY id), MAX(age) OVER () FROM singer ORDER BY id",
    "SELECT id, (SELECT COUNT(*) + age FROM concert) FROM singer ORDER BY id",
]
NOT_MYSQL = [
    "SELECT `full name`, MIN(age) FROM singer",
    "SELECT day, id, MAX(price), COUNT(*) FROM concert GROUP BY year ORDER BY year",
    "SELECT id, MIN(DISTINCT age) AS low FROM singer GROUP BY country HAVING low < 40 ORDER BY country",
    "SELECT `full name` FROM singer GROUP BY country HAVING MAX(age) > 51 ORDER BY age",
    "SELECT id FROM singer GROUP BY id HAVING age > 40 ORDER BY age DESC, id",
]
"""MariaDB takes any row where SQLite takes that of the MAX, and in HAVING only what is selected."""


def schema(dialect: str) -> Schema:
    return Schema(
        dialect,
        tuple(
            Table(name, tuple(Column(column, kind) for column, kind in columns.items()))
            for name, columns in COLUMNS.items()
        ),
    )


def fill(execute: Execute, quote: str) -> None:
    for name, columns in COLUMNS.items():
        listed = ", ".join(f"{quote}{column}{quote} {kind}" for column, kind in columns.items())
        execute(f"CREATE TABLE {quote}{name}{quote} ({listed})")
        for row in ROWS[name]:
            values = ", ".join("NULL" if cell is None else repr(cell).replace('"', "$") for cell in row)
            values = values.replace("$Ada o'Hara$", "'Ada o''Hara'")
            execute(f"INSERT INTO {quote}{name}{quote} VALUES ({values})")


def plain(cell: Any) -> Any:
    if isinstance(cell, bool | int | float | Decimal):
        return round(float(cell), 6)
    return str(cell) if isinstance(cell, date | datetime) else cell


@pytest.mark.parametrize(
    ("dialect", "quote"),
    [
        ("duckdb", '"'),
        pytest.param("postgres", '"', marks=pytest.mark.server),
        pytest.param("mysql", "`", marks=pytest.mark.server),
    ],
)
def test_the_same_rows_as_sqlite(dialect: str, quote: str, connected: Connected) -> None:
    different = []
    with connected("sqlite") as source, connected(dialect) as target:
        fill(source, '"')
        fill(target, quote)
        for sql in QUESTIONS + ([] if dialect == "mysql" else NOT_MYSQL):
            ready = guard(sql, schema(dialect), written="sqlite")
            wanted = [tuple(map(plain, row)) for row in source(guard(sql, schema("sqlite")))]
            rows = [tuple(map(plain, row)) for row in target(ready)]
            if rows != wanted:
                different.append((sql, ready, rows, wanted))
    assert not different


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "mysql"])
@pytest.mark.parametrize("code", ["%J", "%f", "%Y %q"])
def test_what_would_be_printed_otherwise_is_stopped(dialect: str, code: str) -> None:
    with pytest.raises(GuardError, match="cannot be said in") as caught:
        guard(f"SELECT strftime('{code}', day) FROM concert", schema(dialect))
    assert caught.value.kind == "syntax"


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb", "postgres", "mysql"])
def test_a_wrong_name_is_noticed_before_it_is_translated(dialect: str) -> None:
    with pytest.raises(GuardError, match='no column "name" in Singer; did you mean "Full Name"') as caught:
        guard('SELECT "name" FROM singer', schema(dialect), written="sqlite")
    assert caught.value.position == 7


def test_names_are_spelled_as_stored_and_strings_are_strings() -> None:
    ready = guard('SELECT T1.`FULL NAME` FROM SINGER T1 WHERE t1.COUNTRY = "France"', schema("postgres"))
    assert ready == 'SELECT "T1"."Full Name" FROM "Singer" AS "T1" WHERE "T1"."country" = \'France\''


def test_the_same_dialect_is_left_as_it_is_written() -> None:
    sql = "select  `full name`\n from SINGER where age/2 > 3"
    assert guard(sql, schema("sqlite")) == sql


def test_other_dialects_may_be_written_too() -> None:
    assert guard("SELECT TOP_ FROM (SELECT 1 AS top_) AS t", schema("sqlite"), written="duckdb")
    ready = guard('SELECT "Full Name" FROM "Singer" LIMIT 1', schema("mysql"), written="postgres")
    assert ready == "SELECT `Full Name` FROM `Singer` LIMIT 1"


@pytest.mark.server
def test_now_is_utc_whatever_the_session_says(build: Callable[[str, Sequence[str]], str]) -> None:
    url = build("postgres", ["CREATE TABLE t (a INTEGER)"]).replace(
        "options=", "options=-cTimeZone%3DPacific%2FAuckland%20"
    )
    sql = "SELECT datetime('now'), strftime('%H', 'now')"
    (row,) = execute(Database.open(url, cache=None), sql, written="sqlite").rows
    utc = datetime.now(UTC)
    assert abs((datetime.fromisoformat(str(row[0])).replace(tzinfo=UTC) - utc).total_seconds()) < 60
    assert int(str(row[1])) in (utc.hour, (utc.hour - 1) % 24)


def test_mysql_is_not_asked_for_the_row_of_an_extreme() -> None:
    with pytest.raises(GuardError, match="use ORDER BY"):
        guard("SELECT `full name`, MIN(age) FROM singer", schema("mysql"), written="sqlite")

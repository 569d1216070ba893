"""Who has none of many is asked by NOT IN; whose only one is another is let be. What the question denies the
statement denies, too.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from routesql.tools import Database
from routesql.tools.executor import execute
from routesql.tools.repair import repair_running
from routesql.tools.schema import Column, ForeignKey, Schema, Table

WITHOUT = "Which dorms do not have a pool?"


def table(name: str, *columns: str, key: str = "", to: tuple[str, ...] = ()) -> Table:
    keys = tuple(ForeignKey((f"{one}_id",), one, (f"{one}_id",)) for one in to)
    return Table(
        name,
        tuple(Column(one, "TEXT") for one in columns),
        primary_key=(key,) if key else (),
        foreign_keys=keys,
    )


SCHEMA = Schema(
    "sqlite",
    (
        table("city", "city_id", "mayor", key="city_id"),
        table("dorm", "dorm_id", "name", "city_id", to=("city",)),
        table("has", "dorm_id", "amenity_id", to=("dorm", "amenity")),
        table("amenity", "amenity_id", "kind", key="amenity_id"),
        table("licence", "dorm_id", "rank", key="dorm_id", to=("dorm",)),
    ),
)
HAS = "JOIN has AS T2 ON T1.dorm_id = T2.dorm_id JOIN amenity AS T3 ON T2.amenity_id = T3.amenity_id"
NAMES = f"SELECT T1.name FROM dorm AS T1 {HAS} WHERE"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            f"{NAMES} T3.kind <> 'pool'",
            "SELECT T1.name FROM dorm AS T1 WHERE NOT T1.dorm_id IN "
            f"(SELECT T1.dorm_id FROM dorm AS T1 {HAS} WHERE T3.kind = 'pool')",
        ),
        (
            f"SELECT DISTINCT T1.name FROM Dorm AS T1 {HAS} WHERE T1.city_id = 'x' AND t3.Kind != 'pool'",
            "SELECT DISTINCT T1.name FROM Dorm AS T1 WHERE T1.city_id = 'x' AND NOT T1.dorm_id IN "
            f"(SELECT T1.dorm_id FROM Dorm AS T1 {HAS} WHERE T1.city_id = 'x' AND t3.Kind = 'pool')",
        ),
        (
            "SELECT name FROM has JOIN DORM ON has.dorm_id = dorm.dorm_id WHERE amenity_id <> '7'",
            "SELECT name FROM DORM WHERE NOT dorm.dorm_id IN "
            "(SELECT dorm.dorm_id FROM has JOIN DORM ON has.dorm_id = dorm.dorm_id WHERE amenity_id = '7')",
        ),
        (
            f"{NAMES.replace('JOIN', 'LEFT JOIN')} T3.kind <> 'pool'",
            "SELECT T1.name FROM dorm AS T1 WHERE NOT T1.dorm_id IN "
            f"(SELECT T1.dorm_id FROM dorm AS T1 {HAS} WHERE T3.kind = 'pool')",
        ),
        (
            f"{NAMES} NOT T3.kind IN ('pool', 'bar')",
            "SELECT T1.name FROM dorm AS T1 WHERE NOT T1.dorm_id IN "
            f"(SELECT T1.dorm_id FROM dorm AS T1 {HAS} WHERE T3.kind IN ('pool', 'bar'))",
        ),
        (
            f"{NAMES} T3.kind NOT LIKE '%pool%'",
            "SELECT T1.name FROM dorm AS T1 WHERE NOT T1.dorm_id IN "
            f"(SELECT T1.dorm_id FROM dorm AS T1 {HAS} WHERE T3.kind LIKE '%pool%')",
        ),
        (
            f"{NAMES} NOT T3.amenity_id IN (SELECT amenity_id FROM amenity WHERE kind = 'pool')",
            "SELECT T1.name FROM dorm AS T1 WHERE NOT T1.dorm_id IN (SELECT T1.dorm_id FROM dorm AS T1 "
            f"{HAS} WHERE T3.amenity_id IN (SELECT amenity_id FROM amenity WHERE kind = 'pool'))",
        ),
    ],
)
def test_none_of_many(sql: str, expected: str) -> None:
    found = repair_running(sql, SCHEMA, question=WITHOUT)
    assert found is not None
    assert found.sql == expected
    assert found.changes[-1].endswith(" → NOT IN")
    assert repair_running(found.sql, SCHEMA, question=WITHOUT) is None


@pytest.mark.parametrize("sides", [("LEFT JOIN", "LEFT JOIN"), ("JOIN", "LEFT JOIN")])
def test_none_of_those_that_others_join(sides: tuple[str, str]) -> None:
    joins = HAS.replace("JOIN has", f"{sides[0]} has").replace("JOIN amenity", f"{sides[1]} amenity")
    sql = f"SELECT T1.name FROM dorm AS T1 {joins} WHERE T3.amenity_id IS NULL"
    found = repair_running(sql, SCHEMA, question="Which dorms have no amenities?")
    asked = f"SELECT T1.dorm_id FROM dorm AS T1 {HAS}"
    assert (found and found.sql) == f"SELECT T1.name FROM dorm AS T1 WHERE NOT T1.dorm_id IN ({asked})"


@pytest.mark.parametrize(
    "question", ["dorms without a pool", "Which dorms never had a pool?", "Dorms that have no pool", "didn’t"]
)
def test_what_has_none_in_other_words(question: str) -> None:
    assert repair_running(f"{NAMES} T3.kind <> 'pool'", SCHEMA, question=question) is not None


@pytest.mark.parametrize(
    ("sql", "question"),
    [
        (f"{NAMES} T3.kind <> 'pool'", "Dorms with an amenity other than a pool"),
        (f"{NAMES} T3.kind <> 'pool'", "Which dorms have an amenity that is not a pool?"),
        (f"{NAMES} T3.kind <> 'pool'", "Which dorms do not only have a pool?"),
        (f"{NAMES} T3.kind <> 'pool'", "Which dorms have an amenity that does not serve as a pool?"),
        (f"{NAMES} T3.kind <> 'pool'", "Dorms that offer something which does not count as a pool"),
        (f"{NAMES} T3.kind <> 'pool'", "Which dorms have amenities whose kind does not equal pool?"),
        (f"{NAMES} T3.kind <> 'pool'", "Without duplicates, dorms with another amenity than a pool"),
        (f"{NAMES} T3.kind <> 'pool'", "Dorms that have not been closed and an amenity other than a pool"),
        (f"{NAMES} T3.kind <> 'pool'", "Which dorms have amenities that have not been a pool?"),
        (f"{NAMES} T3.kind <> 'pool'", "Dorms with an amenity whose use has no pool"),
        (f"{NAMES} T3.kind IS NULL", "Which dorms have amenities with no kind?"),
        (f"{NAMES.replace('JOIN', 'LEFT JOIN')} T3.kind IS NULL", "Dorms that have amenities with no kind"),
        (f"{NAMES} NOT T2.amenity_id IN (SELECT amenity_id FROM amenity WHERE kind = 'pool')", WITHOUT),
        (f"{NAMES} T3.kind <> 'pool'", "Which dorms have not made all of their amenities a pool?"),
        (f"{NAMES} T3.kind <> ''", WITHOUT),
        (f"{NAMES.replace('T1.name', '*')} T3.kind <> 'pool'", WITHOUT),
        (
            f"SELECT name FROM dorm WHERE NOT name IN ({NAMES} T3.kind <> 'pool')",
            "Which dorms do not have another amenity than a pool?",
        ),
        (
            f"SELECT T1.name FROM dorm AS T1 {HAS} JOIN city AS T4 ON T1.city_id = T4.city_id "
            "WHERE T3.kind <> 'pool'",
            "Which dorms in a city do not have a pool?",
        ),
        (f"{NAMES.replace('T2.dorm_id', 'T2.dorm_id AND T1.name = 1')} T3.kind <> 'pool'", WITHOUT),
        (f"{NAMES} T3.kind <> 'pool'", ""),
        ("SELECT name FROM dorm WHERE dorm_id <> '3'", WITHOUT),
        (f"{NAMES} T3.kind <> 'pool' AND T2.amenity_id > '3'", WITHOUT),
        (f"{NAMES} T3.kind <> 'pool' OR T1.name = 'x'", WITHOUT),
        (f"{NAMES} T3.kind <> T1.name", WITHOUT),
        (f"{NAMES} T3.kind <> 'pool' ORDER BY T1.name", WITHOUT),
        (f"SELECT COUNT(*) FROM dorm AS T1 {HAS} WHERE T3.kind <> 'pool'", WITHOUT),
        (f"SELECT T1.name, T3.kind FROM dorm AS T1 {HAS} WHERE T3.kind <> 'pool'", WITHOUT),
        (
            "SELECT T1.name FROM dorm AS T1 JOIN city AS T2 ON T1.city_id = T2.city_id "
            "WHERE T2.mayor <> 'Ann'",
            "Dorms of cities whose mayor is not Ann",
        ),
        (
            "SELECT T1.name FROM dorm AS T1 JOIN licence AS T2 ON T1.dorm_id = T2.dorm_id "
            "WHERE T2.rank <> 'A'",
            "Dorms whose licence is not of rank A",
        ),
    ],
)
def test_else_it_is_let_be(sql: str, question: str) -> None:
    assert repair_running(sql, SCHEMA, question=question) is None


ONE = "SELECT mayor FROM city WHERE"


@pytest.mark.parametrize(
    ("sql", "question", "expected"),
    [
        (
            f"{NAMES} T3.kind = 'pool'",
            WITHOUT,
            "SELECT T1.name FROM dorm AS T1 WHERE NOT T1.dorm_id IN "
            f"(SELECT T1.dorm_id FROM dorm AS T1 {HAS} WHERE T3.kind = 'pool')",
        ),
        (f"{ONE} city_id = 'Bonn'", "Mayors who never lived in Bonn", f"{ONE} NOT city_id = 'Bonn'"),
        (
            f"{ONE} city_id IN (SELECT city_id FROM dorm WHERE name = 'Elm')",
            "Which mayors do not have the dorm Elm?",
            f"{ONE} NOT city_id IN (SELECT city_id FROM dorm WHERE name = 'Elm' AND NOT city_id IS NULL)",
        ),
        (
            "SELECT city_id FROM dorm WHERE name > 'M'",
            "Which cities do not have a dorm after M?",
            "SELECT city_id FROM dorm EXCEPT SELECT city_id FROM dorm WHERE name > 'M'",
        ),
        (
            "SELECT city_id FROM dorm WHERE dorm_id > '1' AND name <> 'Elm'",
            "Which cities do not have a dorm Elm above 1?",
            "SELECT city_id FROM dorm WHERE dorm_id > '1' "
            "EXCEPT SELECT city_id FROM dorm WHERE dorm_id > '1' AND name = 'Elm'",
        ),
    ],
)
def test_what_is_denied(sql: str, question: str, expected: str) -> None:
    found = repair_running(sql, SCHEMA, question=question)
    assert (found and found.sql) == expected
    assert repair_running(expected, SCHEMA, question=question) is None


@pytest.mark.parametrize(
    ("sql", "question"),
    [
        (f"{ONE} city_id = 'Bonn'", "Mayors who live in Bonn and never were elsewhere"),
        (f"{ONE} city_id = 'Bonn'", "Mayors who do not live in Ulm"),
        (f"{ONE} city_id = 'Bonn'", "Mayors of cities that are not Bonn"),
        (f"{ONE} city_id = 'no'", "Mayors who have no city"),
        (f"{ONE} city_id = 'Bonn' AND mayor = 'Ann'", "Mayors who never were in Bonn, nor Ann"),
        (f"{ONE} city_id < 'M'", "Mayors who do not have a city after M"),
        (f"{ONE} city_id > 'M'", "Mayors who do not have a city before M"),
        (f"{ONE} city_id = 'Bonn' AND mayor > 'B'", "Mayors from B on who never lived in Bonn"),
        (f"{ONE} city_id IS NOT 'Bonn'", "Which mayors do not have the city Bonn?"),
        (
            "SELECT city_id, name FROM dorm WHERE name <> 'Elm'",
            "Cities and names that do not have a dorm Elm",
        ),
        (f"{ONE} mayor = '' AND city_id = 'Bonn'", "Which cities have no mayor in Bonn?"),
        (f"{ONE} city_id = '2'", "Mayors of tier 2 who have not moved since 2021"),
        (f"{ONE} city_id = 'Bonn'", "Do not repeat names. Which mayors live in Bonn?"),
        (f"{ONE} city_id = 'Bonn'", "Please don't include ids: mayors of Bonn"),
        (f"{ONE} city_id = 'Bonn'", "Mayors who did not come from abroad but live in Bonn"),
        (f"{ONE} city_id = 'Bonn'", "If their age does not matter, which mayors are in Bonn?"),
        (f"{ONE} city_id = 'Bonn'", "Mayors who no longer live in Bonn"),
        (f"{ONE} city_id <= 'M'", "Mayors who do not have a city up to M, at most"),
        (f"{ONE} city_id IS NULL", "Mayors who do not have a city"),
        ("SELECT COUNT(*) FROM city WHERE city_id = 'Bonn'", "How many mayors do not live in Bonn?"),
        ("SELECT name FROM dorm WHERE city_id <> 'Bonn'", "Which dorms do not belong to Bonn?"),
        ("SELECT city_id FROM city WHERE mayor <> 'Ann'", "Which ids do not belong to the city of Ann?"),
        ("SELECT name FROM dorm WHERE NOT name = 'dorm A'", "Which names do not belong to 'dorm A'?"),
    ],
)
def test_what_is_denied_already_or_not_at_all(sql: str, question: str) -> None:
    assert repair_running(sql, SCHEMA, question=question) is None


CUSTOMERS = (
    "CREATE TABLE town (id INTEGER PRIMARY KEY, name TEXT)",
    "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, town_id INTEGER REFERENCES town (id))",
    "CREATE TABLE orders (no INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer (id), status TEXT)",
    "CREATE TABLE shop (no INTEGER PRIMARY KEY, town_id INTEGER REFERENCES town (id), sells TEXT)",
    "INSERT INTO town VALUES (1, 'Ulm'), (2, 'Bonn')",
    "INSERT INTO customer VALUES (1, 'Ann', 1), (2, 'Ann', 2), (3, 'Bob', 2), (4, 'Cy', NULL)",
    "INSERT INTO orders VALUES (1, 1, 'shipped'), (2, 1, 'new'), (3, 2, 'new'), (4, NULL, 'shipped')",
    "INSERT INTO shop VALUES (1, 1, 'tea'), (2, 2, 'rice')",
)


@pytest.mark.parametrize(
    ("sql", "question", "rows"),
    [
        (
            "SELECT c.name FROM customer AS c JOIN orders AS o ON c.id = o.customer_id "
            "WHERE o.status <> 'shipped'",
            "Which customers have never had a shipped order?",
            ["Ann", "Bob", "Cy"],
        ),
        (
            "SELECT name FROM customer WHERE id IN (SELECT customer_id FROM orders WHERE status = 'shipped')",
            "Which customers have never had a shipped order?",
            ["Ann", "Bob", "Cy"],
        ),
        (
            "SELECT c.name FROM customer AS c JOIN town AS t ON c.town_id = t.id "
            "JOIN shop AS s ON t.id = s.town_id WHERE s.sells <> 'tea'",
            "Which customers do not have a shop for tea in their town?",
            ["Ann", "Bob", "Cy"],
        ),
        (
            "SELECT name FROM customer WHERE name <> 'Bob'",
            "Which customers do not have the name Bob, of all customer names?",
            ["Ann", "Ann", "Cy"],
        ),
    ],
)
def test_namesakes_and_missing_values(sql: str, question: str, rows: list[str], tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        for statement in CUSTOMERS:
            connection.execute(statement)
        connection.commit()
    with closing(Database.open(file, cache=None)) as database:
        found = repair_running(sql, database.schema, question=question)
        outcome = execute(database, found.sql if found else sql)
    assert sorted(str(row[0]) for row in outcome.rows) == rows

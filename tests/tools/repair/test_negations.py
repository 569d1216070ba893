"""Who has none of many is asked by NOT IN; whose only one is another, and what is not negated, is let be."""

import pytest

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
    ],
)
def test_none_of_many(sql: str, expected: str) -> None:
    found = repair_running(sql, SCHEMA, question=WITHOUT)
    assert found is not None
    assert found.sql == expected
    assert found.changes[0].endswith("' → NOT IN")


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

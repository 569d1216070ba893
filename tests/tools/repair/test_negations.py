"""Who has none of many is asked by EXCEPT; whose only one is another, and what is not negated, is let be."""

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
            f"SELECT T1.name FROM dorm AS T1 EXCEPT {NAMES} T3.kind = 'pool'",
        ),
        (
            f"{NAMES} T1.city_id = 'x' AND T3.kind != 'pool'",
            f"SELECT T1.name FROM dorm AS T1 WHERE T1.city_id = 'x' EXCEPT "
            f"{NAMES} T1.city_id = 'x' AND T3.kind = 'pool'",
        ),
        (
            "SELECT name FROM has JOIN dorm ON has.dorm_id = dorm.dorm_id WHERE amenity_id <> '7'",
            "SELECT name FROM dorm EXCEPT "
            "SELECT name FROM has JOIN dorm ON has.dorm_id = dorm.dorm_id WHERE amenity_id = '7'",
        ),
    ],
)
def test_none_of_many(sql: str, expected: str) -> None:
    found = repair_running(sql, SCHEMA, question=WITHOUT)
    assert found is not None
    assert found.sql == expected
    assert "<> 'pool' → EXCEPT" in found.changes[0] or "<> '7' → EXCEPT" in found.changes[0]


@pytest.mark.parametrize(
    ("sql", "question"),
    [
        (f"{NAMES} T3.kind <> 'pool'", "Dorms with an amenity other than a pool"),
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

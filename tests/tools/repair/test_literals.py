"""Texts that nearly match a stored value, put right."""

import pytest

from routesql.tools.repair.literals import repair_literals
from routesql.tools.schema import Column, Schema, Table

SCHEMA = Schema(
    "sqlite",
    (
        Table("song", (Column("id", "INTEGER"), Column("language", "TEXT"), Column("artist", "TEXT"))),
        Table("artist", (Column("name", "TEXT"), Column("country", "TEXT"))),
    ),
)
STORED = {("song", "language", "English"): "english", ("artist", "country", "france"): "France's"}


def mended(sql: str) -> str | None:
    found = repair_literals(sql, SCHEMA, lambda *place: STORED.get(place))
    return found.sql if found else None


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id FROM song WHERE language = 'English'", "SELECT id FROM song WHERE language = 'english'"),
        (
            "SELECT id FROM song AS s WHERE 'English' = s.LANGUAGE",
            "SELECT id FROM song AS s WHERE 'english' = s.LANGUAGE",
        ),
        (
            "SELECT id FROM song WHERE language IN ('English', 'bangla')",
            "SELECT id FROM song WHERE language IN ('english', 'bangla')",
        ),
        (
            "SELECT id FROM song WHERE artist IN (SELECT name FROM artist WHERE country = 'france')",
            "SELECT id FROM song WHERE artist IN (SELECT name FROM artist WHERE country = 'France''s')",
        ),
    ],
)
def test_mended(sql: str, expected: str) -> None:
    assert mended(sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM song WHERE language = 'bangla'",
        "SELECT id FROM song WHERE artist = 'English'",
        "SELECT id FROM song WHERE language LIKE 'English'",
        "SELECT 'English' FROM song",
        "SELECT id FROM (SELECT id, language AS x FROM song) WHERE x = 'English'",
        "SELECT id FROM song WHERE language <> 'English'",
        "no SQL",
        "SELECT id FROM song WHERE language IN (SELECT 'English')",
    ],
)
def test_left_alone(sql: str) -> None:
    assert mended(sql) is None


def test_changes_are_named() -> None:
    found = repair_literals(
        "SELECT id FROM song WHERE language = 'English'", SCHEMA, lambda *place: STORED.get(place)
    )
    assert found is not None
    assert found.changes == ("'English' → 'english'",)

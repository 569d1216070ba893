"""LIKE looks for a word where the question says; what the question does not say is let be."""

import pytest

from routesql.tools.repair import repair_running
from routesql.tools.schema import Column, Schema, Table

SCHEMA = Schema("sqlite", (Table("guest", (Column("name", "TEXT"), Column("city", "TEXT"))),))


def running(where: str, question: str, written: str = "sqlite") -> str | None:
    found = repair_running(
        f"SELECT city FROM guest WHERE {where}", SCHEMA, written=written, question=question
    )
    return found.sql.partition(" WHERE ")[2] if found else None


@pytest.mark.parametrize(
    ("where", "question", "expected"),
    [
        ("name LIKE 'ROY%'", "Whose name contains ROY?", "name LIKE '%ROY%'"),
        ("name LIKE 'ROY'", "Whose name has 'roy' in part?", "name LIKE '%ROY%'"),
        ("NOT name LIKE '%b'", "Whose names do not include the letter b?", "NOT name LIKE '%b%'"),
        ("name LIKE '%Mc%'", "Which names start with Mc?", "name LIKE 'Mc%'"),
        ("name LIKE 'ROY'", "Whose name contains 'ROY'?", "name LIKE '%ROY%'"),
        ("name LIKE 'ab%'", "Names containing the substring  'ab'.", "name LIKE '%ab%'"),
        ("name LIKE 'son%' AND city = 'Bern'", "Names ending with son", "name LIKE '%son' AND city = 'Bern'"),
    ],
)
def test_where_the_question_says(where: str, question: str, expected: str) -> None:
    assert running(where, question) == expected


@pytest.mark.parametrize(
    ("where", "question"),
    [
        ("name LIKE '%ROY%'", "Whose name contains ROY?"),
        ("name LIKE 'ROY%'", "Who is called ROY something?"),
        ("name LIKE 'Love'", "Which playlists contain the track Love?"),
        ("name LIKE '2019%'", "Which projects end in 2019?"),
        ("name LIKE '031%'", "Whose name contains 'son' and whose phone has the prefix 031?"),
        ("name LIKE 'A%'", "List the guests, including a description, whose name has the initial A."),
        ("name LIKE 5", "Whose name contains 5?"),
        ("name LIKE 'salt'", "Which recipes include salt as an ingredient?"),
        ("name LIKE 'ab_'", "Which names start with ab_?"),
        ("name LIKE 'ROY%'", "Guests of hotels that contain a pool"),
        ("name LIKE 'A%'", "Which names that contain A start with A?"),
        ("name LIKE 'R%Y'", "Whose name contains R%Y?"),
        ("name LIKE '%'", "Whose name contains a percent sign?"),
        ("name LIKE city", "Whose name contains the city?"),
        ("name LIKE 'ROY%'", ""),
    ],
)
def test_else_it_is_let_be(where: str, question: str) -> None:
    assert running(where, question) is None


def test_each_change_is_named() -> None:
    found = repair_running(
        "SELECT city FROM guest WHERE name LIKE 'ROY%'", SCHEMA, question="Names that contain ROY"
    )
    assert found is not None
    assert found.changes == ("name LIKE 'ROY%' → name LIKE '%ROY%'",)

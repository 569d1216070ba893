"""Doubts about valid statements: kinds that do not go together, texts that no row holds, unjoined tables."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from routesql.tools.database import Database
from routesql.tools.doubts import doubts
from routesql.tools.schema import Column, ForeignKey, Schema, Table

SCHEMA = Schema("sqlite", (Table("singer", (Column("name", "TEXT"), Column("age", "INTEGER"))),))


def stored(_table: str, column: str, text: str) -> list[str] | None:
    return None if column == "age" or text == "Ann" else ["Bea", "Bo'b"]


def found(sql: str) -> list[str]:
    return doubts(sql, SCHEMA, stored)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT name FROM singer WHERE age = 'old'", "age = 'old': age holds numbers"),
        ("SELECT name FROM singer WHERE 'old' < age", "age holds numbers"),
        ("SELECT name FROM singer AS T1 WHERE T1.name > 5", "T1.name > 5: T1.name holds text"),
        ("SELECT AVG(name) FROM singer", "AVG(name): name holds text"),
    ],
)
def test_kinds_that_do_not_go_together(sql: str, said: str) -> None:
    (doubt,) = [line for line in found(sql) if "no row" not in line]
    assert said in doubt


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM singer WHERE age = '30'",
        "SELECT name FROM singer WHERE age > 30 AND name = 'Ann'",
        "SELECT AVG(age), COUNT(name) FROM singer",
        "SELECT age FROM singer WHERE name NOT IN ('Bee')",
        "SELECT name FROM singer WHERE",
        "",
    ],
)
def test_nothing_is_said_where_nothing_is_doubtful(sql: str) -> None:
    assert found(sql) == []


PLAYS = Schema(
    "sqlite",
    (
        Table("singer", (Column("id"), Column("name")), ("id",)),
        Table(
            "plays",
            (Column("singer"), Column("concert")),
            (),
            (ForeignKey(("singer",), "singer", ("id",)), ForeignKey(("concert",), "concert", ("id",))),
        ),
        Table("concert", (Column("id"), Column("year")), ("id",)),
        Table("island", (Column("y"),)),
    ),
)


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (
            "singer JOIN concert",
            "nothing joins concert; it is joined by JOIN plays ON singer.id = plays.singer "
            "JOIN concert ON plays.concert = concert.id",
        ),
        ("singer AS s, plays", "nothing joins plays; it is joined by JOIN plays ON s.id = plays.singer"),
        (
            "singer CROSS JOIN plays",
            "nothing joins plays; it is joined by JOIN plays ON singer.id = plays.singer",
        ),
        (
            "singer AS s, plays AS p WHERE s.name = 'Ann'",
            "nothing joins p; it is joined by JOIN plays AS p ON s.id = p.singer",
        ),
        (
            "singer AS s JOIN plays AS p ON p.singer = s.id JOIN concert AS c",
            "nothing joins c; it is joined by JOIN concert AS c ON p.concert = c.id",
        ),
        (
            "singer s JOIN plays p WHERE (s.name = 'x' AND p.concert = 1)",
            "nothing joins p; it is joined by JOIN plays AS p ON s.id = p.singer",
        ),
        ("concert c, (singer s JOIN plays p ON s.id = p.singer) WHERE c.id = p.concert", None),
        (
            "singer a WHERE EXISTS (SELECT 1 FROM singer s, plays p WHERE s.id = a.id AND p.singer = a.id)",
            None,
        ),
        ("singer, plays WHERE plays.singer = singer.id", None),
        ("singer JOIN plays ON plays.singer = singer.id", None),
        ("singer JOIN plays ON singer = id", None),
        ("singer s, plays p WHERE CAST(s.id AS TEXT) IN (p.singer)", None),
        ("singer s, plays p WHERE s.id <= p.singer", None),
        ("singer s, plays p WHERE s.id IN (SELECT id FROM concert WHERE id = p.singer)", None),
        ("singer JOIN plays USING (id)", None),
        ("singer NATURAL JOIN plays", None),
        ("singer JOIN island", None),
        ("singer AS a JOIN singer AS b", None),
        ("singer JOIN (SELECT 1 AS x)", None),
    ],
)
def test_tables_that_nothing_joins(tables: str, said: str | None) -> None:
    assert doubts(f"SELECT 1 FROM {tables}", PLAYS, lambda *_: None) == ([said] if said else [])


def test_every_table_apart_is_named() -> None:
    found = doubts(
        "SELECT 1 FROM singer JOIN plays JOIN concert ON plays.concert = concert.id", PLAYS, lambda *_: None
    )
    assert [line.partition(";")[0] for line in found] == ["nothing joins plays", "nothing joins concert"]


def test_a_text_that_no_row_holds_comes_with_similar_ones() -> None:
    assert found("SELECT age FROM singer WHERE name = 'Bee'") == [
        "no row known has singer.name = 'Bee'; similar are 'Bea', 'Bo''b'"
    ]


def test_the_database_knows_similar_texts(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection, connection:
        connection.executescript(
            "CREATE TABLE t (a TEXT, b TEXT); INSERT INTO t VALUES ('France', 'x'), ('Spain', 'x')"
        )
    with Database.open(tmp_path / "a.sqlite", cache=tmp_path, private=["t.b"]) as database:
        assert doubts("SELECT b FROM t WHERE a = 'Frances'", database.schema, database.similar) == [
            "no row known has t.a = 'Frances'; similar are 'France'"
        ]
        assert database.similar("t", "a", "FRANCE") == ["France"]
        assert [database.similar("t", "a", text) for text in ("France", "", " ", "x" * 100)] == [None] * 4
        assert database.similar("t", "b", "y") is None

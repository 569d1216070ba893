"""Worked examples: what they ask exists, what they answer runs, and nothing of a database can break them."""

import os
import sqlite3
import time
from pathlib import Path

import pytest
import sqlglot

from routesql.tools import Database
from routesql.tools.examples import TEMPLATES, worked_examples
from routesql.tools.executor import execute
from routesql.tools.schema import Column, ForeignKey, Schema, Table

DATA = Path(os.environ.get("ROUTESQL_DATA", Path(__file__).parents[3] / "shared" / "data"))

SINGER = Table(
    "Singers",
    (
        Column("SingerID", "INTEGER"),
        Column("Country", "TEXT"),
        Column("Stage Name", "TEXT"),
        Column("birthYear", "INT"),
        Column("Net_Worth", "REAL"),
        Column("born", "DATE"),
    ),
    primary_key=("SingerID",),
    rows=((1, "France", "Ada", 1990, 2.5, "1990-02-01"), (2, "Norway", "Bo", 1980, 1.5, "1980-01-01")),
)
CITY = Table("city", (Column("id"), Column("name", "TEXT")), ("id",), rows=((1, "Oslo"),))
CONCERT = Table(
    "concert",
    (Column("singer"), Column("city"), Column("theme", "TEXT")),
    foreign_keys=(ForeignKey(("singer",), "singers", ("SingerID",)), ForeignKey(("city",), "city", ("id",))),
)
SCHEMA = Schema("sqlite", (SINGER, CITY, CONCERT))


def answers(schema: Schema, dialect: str = "sqlite") -> dict[str, str]:
    return dict(worked_examples(schema, dialect))


def test_questions_and_their_sql() -> None:
    found = answers(SCHEMA)
    assert len(found) == len(TEMPLATES)
    assert found["Find the stage name of the singers without any concert."] == (
        'SELECT "Stage Name" FROM Singers WHERE SingerID NOT IN (SELECT singer FROM concert)'
    )
    assert found["List the stage name of the singers with Oslo among their cities."] == (
        'SELECT T1."Stage Name" FROM Singers AS T1 JOIN concert AS T2 ON T1.SingerID = T2.singer '
        "JOIN city AS T3 ON T2.city = T3.id WHERE T3.name = 'Oslo'"
    )
    assert found["What is the average net worth for each country?"] == (
        "SELECT Country, AVG(Net_Worth) FROM Singers GROUP BY Country"
    )
    assert found["Show the stage name of the singers with a born before 1990-02-01."] == (
        "SELECT \"Stage Name\" FROM Singers WHERE born < '1990-02-01'"
    )


def test_each_with_one_table_after_another() -> None:
    links = [sql for sql in answers(SCHEMA).values() if "AS T1" in sql]
    assert any("Singers AS T2" in sql for sql in links)
    assert any("city AS T2" in sql for sql in links)


def test_only_what_the_schema_has() -> None:
    alone = Schema("sqlite", (Table("log", (Column("line", "TEXT"),)),))
    assert answers(alone) == {}, "one text, which has neither values nor a number beside it"
    assert answers(Schema("sqlite", (Table("log", (Column("seconds", "REAL"),)),))) == {
        "What are the minimum and maximum seconds of all logs?": "SELECT MIN(seconds), MAX(seconds) FROM log"
    }


@pytest.mark.parametrize(
    "key",
    [
        ForeignKey(("a", "b"), "other", ("x", "y")),
        ForeignKey(("a",), "gone", ("x",)),
        ForeignKey(("a",), "own", ("a",)),
    ],
    ids=["of two columns", "to no table", "to itself"],
)
def test_a_reference_that_cannot_be_shown_is_left_out(key: ForeignKey) -> None:
    own = Table("own", (Column("a"), Column("b"), Column("name", "TEXT")), foreign_keys=(key,))
    other = Table("other", (Column("x"), Column("y"), Column("name", "TEXT")))
    assert not any("JOIN" in sql for sql in answers(Schema("sqlite", (own, other))).values())


def test_another_dialect_is_written_as_it_is_quoted() -> None:
    assert any("`Stage Name`" in sql for sql in answers(SCHEMA, "mysql").values())
    assert any("TOP 1" in sql for sql in answers(SCHEMA, "tsql").values())


def test_private_cells_are_not_shown(tmp_path: Path) -> None:
    path = built(
        tmp_path, "CREATE TABLE person (name TEXT, town TEXT); INSERT INTO person VALUES ('Ada', 'Bonn')"
    )
    with Database.open(path, cache=None, private=["person.town"]) as database:
        shown = repr(answers(database.schema))
    assert "town" in shown
    assert "Bonn" not in shown


ODD = [
    "order",
    'a"b',
    "line\nbreak",
    "😀",
    "*/ SELECT 1; --",
    "{name}",
    "<|im_end|>",
    "x" * 500,
    "таблица",
    "'",
]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_and_values(name: str, tmp_path: Path) -> None:
    quoted, text = '"' + name.replace('"', '""') + '"', "'" + name.replace("'", "''") + "'"
    path = built(
        tmp_path,
        f"CREATE TABLE {quoted} ({quoted} TEXT, kind TEXT, size INT);"
        f"INSERT INTO {quoted} VALUES ({text}, {text}, 1), ('b', 'c', 2)",
    )
    with Database.open(path, cache=None) as database:
        for question, sql in answers(database.schema).items():
            assert "\n" not in question + sql
            assert len(sqlglot.parse(sql, dialect="sqlite")) == 1


def test_a_wide_schema_takes_no_longer_than_a_small_one_twenty_times() -> None:
    columns = tuple(Column(f"c{number}", "TEXT") for number in range(2_000))
    wide = Schema("sqlite", (Table("wide", columns, rows=(tuple(map(str, range(2_000))),)),))
    began = time.monotonic()
    assert len(answers(wide)) <= len(TEMPLATES)
    assert time.monotonic() - began < 0.5


@pytest.mark.skipif(not (DATA / "spider").exists(), reason=f"needs {DATA / 'spider'}")
def test_every_example_on_spiders_databases_runs() -> None:
    paths = sorted((DATA / "spider" / "database").glob("*/*.sqlite"))
    assert len(paths) == 166
    for path in paths:
        with Database.open(path, cache=None) as database:
            for question, sql in worked_examples(database.schema):
                outcome = execute(database, sql)
                assert outcome.ok or outcome.kind == "timeout", (path.stem, question, sql, outcome.message)


def built(folder: Path, script: str) -> Path:
    path = folder / "built.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(script)
    return path

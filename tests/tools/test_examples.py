"""Worked examples: what they ask exists, what they answer runs, and nothing of a database can break them."""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from routesql.tools import Database
from routesql.tools.examples import MAX_CHARS, TEMPLATES, worked_examples
from routesql.tools.executor import execute
from routesql.tools.guard import guard
from routesql.tools.prune import prune
from routesql.tools.schema import Cell, Column, ForeignKey, Schema, Table

DATA = Path(os.environ.get("ROUTESQL_DATA", Path(__file__).parents[3] / "shared" / "data"))

SINGER = Table(
    "Singers",
    (
        Column("Singer", "TEXT"),
        Column("Country", "TEXT"),
        Column("Stage Name", "TEXT"),
        Column("birthYear", "INT"),
        Column("Net_Worth", "REAL"),
    ),
    primary_key=("Singer",),
    rows=(("a", "France", "Ada", 1990, 2.5), ("b", "France", "Bo", 1980, 1.5), ("c", "Chad", "Cy", 1970, 1)),
)
CITY = Table("city", (Column("id"), Column("name", "TEXT")), ("id",), rows=((1, "Oslo"),))
CONCERT = Table(
    "concert",
    (Column("singer", "TEXT"), Column("city"), Column("theme", "TEXT")),
    foreign_keys=(ForeignKey(("singer",), "singers", ("Singer",)), ForeignKey(("city",), "city", ("id",))),
)
SCHEMA = Schema("sqlite", (SINGER, CITY, CONCERT))


def answers(schema: Schema, dialect: str = "sqlite") -> dict[str, str]:
    return dict(worked_examples(schema, dialect))


def of_column(name: str, kind: str, cells: Sequence[Cell] = ()) -> dict[str, str]:
    """Of a table with a label, a category and this column."""
    columns = (Column("title", "TEXT"), Column("genre", "TEXT"), Column(name, kind))
    rows = tuple(("t", "g", cell) for cell in cells)
    return answers(Schema("sqlite", (Table("songs", columns, rows=rows),)))


def of_table(name: str) -> str:
    """Its questions."""
    columns = (Column("title", "TEXT"), Column("genre", "TEXT"), Column("length", "INT"))
    return " ".join(answers(Schema("sqlite", (Table(name, columns),))))


def test_questions_and_their_sql() -> None:
    lines = (Path(__file__).parent / "examples" / "singers.txt").read_text(encoding="utf-8").splitlines()
    assert list(answers(SCHEMA).items()) == list(zip(lines[::3], lines[1::3], strict=True))
    assert len(answers(SCHEMA)) == len(TEMPLATES)


def test_each_with_one_table_after_another() -> None:
    links = [sql for sql in answers(SCHEMA).values() if "AS T1" in sql]
    assert any("Singers AS T2" in sql for sql in links)
    assert any("city AS T2" in sql for sql in links)


def test_only_what_the_schema_has() -> None:
    alone = Schema("sqlite", (Table("log", (Column("line", "TEXT"),)),))
    assert answers(alone) == {}, "one text, which has neither values nor a number beside it"
    numbered = Schema("sqlite", (Table("log", (Column("line", "TEXT"), Column("seconds", "REAL"))),))
    assert set(answers(numbered)) == {
        "What is the line of the log with the highest seconds?",
        "Show the line of logs whose seconds is above the average.",
    }


@pytest.mark.parametrize(
    ("key", "primary"),
    [
        (ForeignKey(("a", "b"), "other", ("x", "y")), ("x",)),
        (ForeignKey(("a",), "other", ("x",)), ("x", "y")),
        (ForeignKey(("a",), "gone", ("x",)), ("x",)),
        (ForeignKey(("a",), "own", ("a",)), ("x",)),
    ],
    ids=["of two columns", "to a part of a key", "to no table", "to itself"],
)
def test_a_reference_that_cannot_be_shown_is_left_out(key: ForeignKey, primary: tuple[str, ...]) -> None:
    own = Table("own", (Column("a"), Column("b"), Column("name", "TEXT")), foreign_keys=(key,))
    other = Table("other", (Column("x"), Column("y"), Column("name", "TEXT")), primary)
    assert not any("JOIN" in sql for sql in answers(Schema("sqlite", (own, other))).values())


def test_two_references_to_one_table_are_no_way_between_two() -> None:
    keys = (ForeignKey(("home",), "city", ("id",)), ForeignKey(("away",), "city", ("id",)))
    match = Table("match", (Column("home"), Column("away")), foreign_keys=keys)
    found = answers(Schema("sqlite", (CITY, match)))
    assert any("matches" in question for question in found)
    assert not any("among their" in question for question in found)


@pytest.mark.parametrize(
    ("name", "kind", "used"),
    [
        ("length", "INT", True),
        ("amount_paid", "REAL", True),
        ("zipcode", "INT", False),
        ("stuid", "INT", False),
        ("birth_year", "INT", False),
        ("sizes", "INTEGER[]", False),
        ("place", "POINT", False),
        ("weeks", "int4range", False),
    ],
)
def test_what_is_calculated_with(name: str, kind: str, used: bool) -> None:
    assert any(f"AVG({name})" in sql for sql in of_column(name, kind).values()) == used


@pytest.mark.parametrize(
    ("cell", "used"), [(3, True), (-2.5, True), ("3", False), ("N/A", False), ("Infinity", False)]
)
def test_numbers_that_are_compared_with(cell: Cell, used: bool) -> None:
    assert any("HAVING AVG(length) > " in sql for sql in of_column("length", "INT", [cell]).values()) == used


def test_keys_are_not_calculated_with() -> None:
    primary = replace(SINGER, primary_key=("Net_Worth",))
    foreign = replace(SINGER, foreign_keys=(ForeignKey(("Net_Worth",), "gone", ("id",)),))
    for singers in (primary, foreign):
        assert not any("AVG" in sql for sql in answers(Schema("sqlite", (singers,))).values())


@pytest.mark.parametrize("cell", ["Bad  Ems", "Aberdeen ", "two\nlines", "*/", "x" * 61, "", None])
def test_a_cell_that_a_prompt_changes_is_no_value(cell: Cell) -> None:
    columns = (Column("title", "TEXT"), Column("genre", "TEXT"))
    schema = Schema("sqlite", (Table("songs", columns, rows=(("t", cell), ("t", "O'Hara"), ("t", cell))),))
    found = [sql for sql in answers(schema).values() if "WHERE" in sql]
    assert found == ["SELECT COUNT(*) FROM songs WHERE genre = 'O''Hara'"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tvSeries", "the tv series with"),
        ("Movies", "the movie with"),
        ("Addresses", "the address with"),
        ("status", "of statuses whose"),
        ("boxes", "of boxes whose"),
        ("Product_Categories", "of product categories whose"),
        ("people", "of people whose"),
        ("children", "of children whose"),
        ("s", "the s with"),
        ("Größe", "the größe with"),
    ],
)
def test_names_in_words(name: str, words: str) -> None:
    assert words in of_table(name)


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "duckdb"])
def test_another_dialect_is_written_as_its_guard_wants_it(dialect: str) -> None:
    found = answers(SCHEMA, dialect)
    assert len(found) == len(TEMPLATES)
    for sql in found.values():
        guard(sql, replace(SCHEMA, dialect=dialect), written=dialect)
    assert any(quoted in " ".join(found.values()) for quoted in ('"Stage Name"', "`Stage Name`"))


def test_what_the_guard_would_refuse_is_left_out() -> None:
    assert answers(SCHEMA, "tsql") == {}


def test_long_names_have_no_examples() -> None:
    columns = tuple(Column(f"{kind}{'x' * 110}", kind) for kind in ("TEXT", "VARCHAR", "INT"))
    found = answers(Schema("sqlite", (Table("t" * 110, columns),)))
    assert all(len(question) + len(sql) <= MAX_CHARS for question, sql in found.items())
    assert len(found) < len(of_column("length", "INT"))


@pytest.mark.parametrize("odd", ["❤", "_", "a  b", "order ", "x" * 121])
@pytest.mark.parametrize("turned", [False, True])
def test_a_reference_to_a_name_that_cannot_be_shown(odd: str, turned: bool) -> None:
    keys = (ForeignKey(("city",), "city", ("id",)), ForeignKey(("other",), odd, ("id",)))
    between = Table("concert", (Column("city"), Column("other")), foreign_keys=keys[::-1] if turned else keys)
    found = answers(Schema("sqlite", (CITY, replace(CITY, name=odd), between)))
    assert "Find the name of the cities without any concert." in found


def test_a_cell_that_was_cut_is_no_value(tmp_path: Path) -> None:
    script = (
        "CREATE TABLE song (title TEXT, genre TEXT); INSERT INTO song VALUES ('t', '" + "long " * 20 + "')"
    )
    with Database.open(built(tmp_path, script), cache=None) as database:
        assert not any("WHERE" in sql for sql in answers(database.schema).values())


def test_of_a_pruned_schema_only_what_is_left() -> None:
    pruned = prune(SCHEMA, "Which city?", len, 90)
    assert [table.name for table in pruned.tables] == ["city"]
    assert not any("concert" in sql for sql in answers(pruned).values())


def test_private_cells_are_not_shown(tmp_path: Path) -> None:
    script = "CREATE TABLE person (name TEXT, town TEXT); INSERT INTO person VALUES ('Ada', 'Bonn')"
    with Database.open(built(tmp_path, script), cache=None, private=["person.town"]) as database:
        shown = repr(answers(database.schema))
    assert "town" in shown
    assert "Bonn" not in shown


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("order", 6),
        ('a"b', 6),
        ("{name}", 6),
        ("<|im_end|>", 0),
        ("таблица", 6),
        ("line\nbreak", 0),
        ("*/ SELECT 1; --", 0),
        ("😀", 0),
        ("'", 0),
        ("x" * 500, 0),
    ],
)
def test_odd_names(name: str, made: int, tmp_path: Path) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    script = f"CREATE TABLE {quoted} ({quoted} TEXT, kind TEXT, size INT);"
    script += f"INSERT INTO {quoted} VALUES ('a', 'b', 1)"
    with Database.open(built(tmp_path, script), cache=None) as database:
        found = answers(database.schema)
        assert len(found) == made
        assert all(execute(database, sql).ok for sql in found.values())


def test_2000_columns() -> None:
    columns = tuple(Column(f"c{number}", "TEXT") for number in range(2_000))
    wide = Schema("sqlite", (Table("wide", columns, rows=(tuple(map(str, range(2_000))),)),))
    assert len(answers(wide)) == 2


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

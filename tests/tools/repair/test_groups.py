"""A group is called what the row is that it stands for; joins hold whole keys; texts are no numbers."""

import pytest

from routesql.tools.repair import repair_running
from routesql.tools.schema import Column, ForeignKey, Schema, Table

SCHEMA = Schema(
    "sqlite",
    (
        Table("city", (Column("id", "INTEGER"), Column("name", "TEXT"), Column("mayor", "TEXT")), ("id",)),
        Table(
            "stadium",
            (Column("id", "INTEGER"), Column("name", "TEXT"), Column("city", "INTEGER")),
            ("id",),
            (ForeignKey(("city",), "city", ("id",)),),
        ),
        Table("event", (Column("no", "INTEGER"), Column("name", "TEXT"), Column("stadium_id")), ("no",)),
        Table("block", (Column("floor", "INTEGER"), Column("code", "INTEGER")), ("floor", "code")),
        Table(
            "room",
            (Column("no"), Column("floor", "INTEGER"), Column("code", "INTEGER")),
            ("no",),
            (ForeignKey(("floor", "code"), "block", ("floor", "code")),),
        ),
        Table(
            "photo",
            (Column("no"), Column("room", "INTEGER"), Column("lens", "INT"), Column("of", "INTEGER")),
            ("no",),
            (
                ForeignKey(("lens",), "Lens of the house", ("id",)),
                ForeignKey(("of",), "sight", ("id",)),
            ),
        ),
        Table("Lens of the house", (Column("id", "INTEGER"), Column("maker", "TEXT")), ("id",)),
        Table("sight", (Column("id", "INTEGER"), Column("short", "TEXT"), Column("long", "TEXT")), ("id",)),
    ),
)
EVENTS = "FROM stadium AS T1 JOIN event AS T2 ON T1.id = T2.stadium_id"


def mended(sql: str) -> str | None:
    found = repair_running(sql, SCHEMA)
    if found is not None:
        assert repair_running(found.sql, SCHEMA) is None
    return found.sql if found else None


@pytest.mark.parametrize("key", ["T1.id", "T2.stadium_id", "t1.ID"])
def test_a_group_is_called_what_its_row_is(key: str) -> None:
    sql = f"SELECT T2.name, COUNT(*) {EVENTS} GROUP BY {key} ORDER BY COUNT(*) DESC"
    assert mended(sql) == sql.replace("T2.name", "T1.name")


def test_rows_are_ordered_by_the_same_name() -> None:
    sql = f"SELECT T2.name, COUNT(T2.name) {EVENTS} WHERE T2.name > 'A' GROUP BY T1.id ORDER BY T2.name"
    found = f"SELECT T1.name, COUNT(T2.name) {EVENTS} WHERE T2.name > 'A' GROUP BY T1.id ORDER BY T1.name"
    assert mended(sql) == found


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT T1.name {EVENTS} GROUP BY T1.id",
        f"SELECT T2.name {EVENTS}",
        f"SELECT T2.name {EVENTS} GROUP BY T2.name",
        f"SELECT T2.name {EVENTS} GROUP BY T2.no",
        f"SELECT T2.name {EVENTS} GROUP BY T1.id, T2.name",
        f"SELECT T2.no {EVENTS} GROUP BY T1.id",
        f"SELECT MAX(T2.name) {EVENTS} GROUP BY T1.id",
        f"SELECT T1.name {EVENTS} GROUP BY T2.no",
        f"SELECT T2.name, MAX(T2.no) {EVENTS} GROUP BY T1.id",
        f"SELECT T2.name {EVENTS} GROUP BY T1.id ORDER BY MIN(T2.no)",
        f"SELECT T2.name {EVENTS} GROUP BY T1.id HAVING COUNT(*) = 1",
        f"SELECT T1.name, T2.name {EVENTS} GROUP BY T1.id",
        f"SELECT T2.name AS event {EVENTS} GROUP BY T1.id",
        "SELECT T2.name FROM stadium AS T1 LEFT JOIN event AS T2 ON T1.id = T2.stadium_id GROUP BY T1.id",
    ],
)
def test_a_group_that_is_called_so(sql: str) -> None:
    assert mended(sql) is None


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("R.floor = B.floor", "R.floor = B.floor AND R.code = B.code"),
        ("B.CODE = R.code", "B.CODE = R.code AND R.floor = B.floor"),
        ("R.floor = B.floor AND R.code = B.code", None),
        ("R.no = B.code", None),
        ("R.floor = B.code", None),
        ("R.floor = B.floor WHERE R.code = B.code", None),
    ],
)
def test_a_join_on_a_part_of_a_key(on: str, expected: str | None) -> None:
    sql = "SELECT B.code, COUNT(*) FROM room AS R JOIN block AS B ON {} GROUP BY B.code"
    if " WHERE " in on:
        sql = sql.replace("{}", on)
    assert mended(sql.format(on)) == (expected and sql.format(expected))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("city = 'Bonn'", "city IN (SELECT id FROM city WHERE name = 'Bonn')"),
        ("T.city IN ('Bonn', 'Ulm')", "T.city IN (SELECT id FROM city WHERE name IN ('Bonn', 'Ulm'))"),
        ("id > 1 AND city LIKE 'B%'", "id > 1 AND city IN (SELECT id FROM city WHERE name LIKE 'B%')"),
        ("NOT city = 'Bonn'", "NOT city IN (SELECT id FROM city WHERE name = 'Bonn')"),
        ("city = 7", None),
        ("city = '7'", None),
        ("city = 'NO. 7'", None),
        ("city IN ('Bonn', 7)", None),
        ("name = 'Bonn'", None),
        ("id = 'Bonn'", None),
        ("city = name", None),
        ("city <> ''", None),
    ],
)  # fmt: skip
def test_a_text_beside_a_reference(condition: str, expected: str | None) -> None:
    sql = "SELECT name FROM stadium AS T WHERE {}"
    assert mended(sql.format(condition)) == (expected and sql.format(expected))


def test_a_part_of_a_key_may_be_meant() -> None:
    staff = Table(
        "staff",
        (Column("firm"), Column("id"), Column("boss"), Column("deputy")),
        ("firm", "id"),
        (ForeignKey(("firm", "boss"), "staff", ("firm", "id")),),
    )
    desk = Table(
        "desk",
        (Column("firm"), Column("owner"), Column("guest")),
        (),
        tuple(ForeignKey(("firm", one), "staff", ("firm", "id")) for one in ("owner", "guest")),
    )
    schema = Schema("sqlite", (staff, desk))
    for other in ("staff", "desk"):
        sql = f"SELECT a.id FROM staff AS a JOIN {other} AS b ON a.firm = b.firm WHERE a.id = 7"
        assert repair_running(sql, schema) is None


def test_numbers_that_hold_texts_and_names_that_hide_a_table() -> None:
    city, stadium, *_ = SCHEMA.tables
    odd = Table(stadium.name, stadium.columns, ("id",), stadium.foreign_keys, rows=((1, "Olympia", "Bonn"),))
    sql = "SELECT name FROM stadium WHERE city = 'Bonn'"
    assert repair_running(sql, Schema("sqlite", (city, odd))) is None
    assert repair_running(f"WITH city AS (SELECT 1 AS id) {sql}", SCHEMA) is None


def test_the_only_text_of_a_table_names_its_rows() -> None:
    found = mended("SELECT no FROM photo WHERE lens = 'Leica'")
    asked = """SELECT id FROM "Lens of the house" WHERE maker = 'Leica'"""
    assert found == f"SELECT no FROM photo WHERE lens IN ({asked})"
    assert mended("SELECT no FROM photo WHERE of = 'Tower'") is None


def test_postgres_aliases_keep_their_quotes() -> None:
    schema = Schema("postgres", SCHEMA.tables)
    groups = (
        'SELECT "E".name FROM stadium AS "S" JOIN event AS "E" ON "S".id = "E".stadium_id GROUP BY "S".id'
    )
    rooms = 'SELECT "B".code FROM room AS "R" JOIN block AS "B" ON "R".floor = "B".floor'
    found = [repair_running(sql, schema, written="postgres") for sql in (groups, rooms)]
    assert found[0] is not None
    assert found[0].sql == groups.replace('"E".name', '"S".name')
    assert found[1] is not None
    assert found[1].sql == f'{rooms} AND "R".code = "B".code'


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "duckdb"])
def test_names_of_other_engines(dialect: str) -> None:
    found = repair_running(
        "SELECT no FROM photo WHERE lens = 'Leica'", Schema(dialect, SCHEMA.tables), written=dialect
    )
    name = "`Lens of the house`" if dialect == "mysql" else '"Lens of the house"'
    assert found is not None
    assert f"(SELECT id FROM {name} WHERE maker = 'Leica')" in found.sql

"""Joins that nobody asked for go; those that the question, a count or another query needs are let be."""

import pytest

from routesql.tools.repair import repair, repair_running
from routesql.tools.schema import Column, ForeignKey, Schema, Table


def table(name: str, *columns: str, keys: tuple[ForeignKey, ...] = ()) -> Table:
    return Table(
        name, tuple(Column(one, "TEXT") for one in columns), primary_key=columns[:1], foreign_keys=keys
    )


def key(column: str, to: str, referred: str) -> ForeignKey:
    return ForeignKey((column,), to, (referred,))


SCHEMA = Schema(
    "sqlite",
    (
        table("singer", "singer_id", "name", "country"),
        table("album", "album_id", "singer_id", "title", keys=(key("singer_id", "singer", "singer_id"),)),
        table("label", "label_id", "name"),
        table(
            "contract",
            "contract_id",
            "singer_id",
            "label_id",
            keys=(key("singer_id", "singer", "singer_id"), key("label_id", "label", "label_id")),
        ),
        table("vote", "vote_id", "president_vote", keys=(key("president_vote", "singer", "singer_id"),)),
        table("album_order", "order_id", "album_id", keys=(key("album_id", "album", "album_id"),)),
    ),
)
ON = "ON T1.singer_id = T2.singer_id"
WITH_ALBUM = f"SELECT T1.singer_id FROM singer AS T1 JOIN album AS T2 {ON}"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"SELECT T1.name FROM singer AS T1 JOIN album AS T2 {ON}", "SELECT T1.name FROM singer AS T1"),
        (f"SELECT T2.name FROM album AS T1 JOIN singer AS T2 {ON}", "SELECT T2.name FROM singer AS T2"),
        (
            f"SELECT T2.singer_id FROM singer AS T1 INNER JOIN album AS T2 {ON} WHERE T2.singer_id = '1'",
            "SELECT T1.singer_id FROM singer AS T1 WHERE T1.singer_id = '1'",
        ),
        (
            f"SELECT T1.name FROM singer AS T1 JOIN contract AS T2 {ON} "
            "JOIN label AS T3 ON T2.label_id = T3.label_id",
            "SELECT T1.name FROM singer AS T1",
        ),
        (
            f"SELECT name FROM singer WHERE singer_id IN ({WITH_ALBUM})",
            "SELECT name FROM singer WHERE singer_id IN (SELECT T1.singer_id FROM singer AS T1)",
        ),
        (
            f"SELECT COUNT(DISTINCT T1.singer_id), SUM(T1.singer_id) FROM singer AS T1 JOIN album AS T2 {ON}",
            "SELECT COUNT(DISTINCT T1.singer_id), SUM(T1.singer_id) FROM singer AS T1",
        ),
        (
            f"{WITH_ALBUM} UNION SELECT vote_id FROM vote ORDER BY 1 LIMIT 3",
            "SELECT T1.singer_id FROM singer AS T1 UNION SELECT vote_id FROM vote ORDER BY 1 LIMIT 3",
        ),
        (
            f"SELECT name, COUNT(T1.singer_id) FROM singer AS T1 JOIN album AS T2 {ON} GROUP BY name",
            "SELECT name, COUNT(T1.singer_id) FROM singer AS T1 GROUP BY name",
        ),
        (
            f"SELECT country, COUNT(*) FROM singer AS T1 JOIN album AS T2 {ON} GROUP BY country",
            "SELECT country, COUNT(*) FROM singer AS T1 GROUP BY country",
        ),
        (
            f"{WITH_ALBUM} INTERSECT SELECT president_vote FROM vote",
            "SELECT T1.singer_id FROM singer AS T1 INTERSECT SELECT president_vote FROM vote",
        ),
        ("SELECT T1.title FROM album AS T1 JOIN album_order AS T2 ON T1.album_id = T2.album_id", None),
    ],
)  # fmt: skip
def test_the_join_goes(sql: str, expected: str | None) -> None:
    found = repair_running(sql, SCHEMA, question="What are the names and the number of the singers?")
    assert (found and found.sql) == expected


@pytest.mark.parametrize(
    "question",
    [
        "",
        "Wie heißen die Sänger?",
        "Welche Singles haben die Sänger?",
        "Which singers have an album?",
        "Which singers have albums?",
        "Singers, by the number of their Albums",
    ],
)
def test_a_question_that_may_ask_for_it(question: str) -> None:
    sql = f"SELECT T1.name FROM singer AS T1 JOIN album AS T2 {ON}"
    assert repair_running(sql, SCHEMA, question=question) is None


@pytest.mark.parametrize(
    ("sql", "question"),
    [
        (
            "SELECT T1.title FROM album AS T1 JOIN album_order AS T2 ON T1.album_id = T2.album_id",
            "Which albums have been ordered?",
        ),
        (
            "SELECT T1.name FROM singer AS T1 JOIN vote AS T2 ON T1.singer_id = T2.president_vote",
            "Which singers want to be president?",
        ),
        (f"SELECT T1.name, T2.title FROM singer AS T1 JOIN album AS T2 {ON}", "singers"),
        (f"SELECT T1.name FROM singer AS T1 JOIN album AS T2 {ON} WHERE T2.title = 'x'", "singers"),
        (f"SELECT T1.name FROM singer AS T1 JOIN album AS T2 {ON} ORDER BY title", "singers"),
        (f"SELECT T1.name, COUNT(*) FROM singer AS T1 JOIN album AS T2 {ON} GROUP BY T1.name", "singers"),
        (f"SELECT T1.name, COUNT(1) FROM singer AS T1 JOIN album AS T2 {ON} GROUP BY T1.name", "singers"),
        (f"SELECT T1.name FROM singer AS T1 JOIN album AS T2 {ON} ORDER BY COUNT(T2.singer_id)", "singers"),
        (
            f"SELECT T1.name, COUNT(T1.singer_id) FROM singer AS T1 JOIN album AS T2 {ON} GROUP BY T1.name",
            "How many purchases has each of the singers?",
        ),
        (
            f"SELECT T1.name, COUNT(*) FROM singer AS T1 JOIN album AS T2 {ON} GROUP BY T1.name",
            "How many singer recordings does each name have?",
        ),
        (
            f"SELECT T1.name, COUNT(*) FROM singer AS T1 JOIN album AS T2 {ON} GROUP BY T2.singer_id",
            "What are the names and the number of singers?",
        ),
        (
            f"SELECT T1.name, COUNT(*) FROM singer AS T1 JOIN contract AS T2 {ON} "
            "JOIN label AS T3 ON T2.label_id = T3.label_id GROUP BY T3.name",
            "What are the names of labels and the number of singers?",
        ),
        (
            f"SELECT COUNT(T1.singer_id) FROM singer AS T1 JOIN album AS T2 {ON} WHERE T1.country = 'Chad'",
            "How many purchases did singers from Chad get?",
        ),
        (f"{WITH_ALBUM} GROUP BY T1.singer_id HAVING COUNT(T1.singer_id) >= 2", "singers"),
        (f"SELECT ROW_NUMBER() OVER (ORDER BY T1.name) FROM singer AS T1 JOIN album AS T2 {ON}", "singers"),
        (f"SELECT COUNT(*) FROM ({WITH_ALBUM})", "singers"),
        (f"WITH busy AS ({WITH_ALBUM}) SELECT singer_id FROM busy", "singers"),
        (f"SELECT name FROM singer AS s JOIN ({WITH_ALBUM}) AS b ON s.singer_id = b.singer_id", "singers"),
        (f"SELECT * FROM singer AS T1 JOIN album AS T2 {ON}", "singers"),
        (f"SELECT T2.* FROM singer AS T1 JOIN album AS T2 {ON}", "singers"),
        (f"SELECT T1.name FROM singer AS T1 LEFT JOIN album AS T2 {ON}", "singers"),
        ("SELECT name FROM singer JOIN album USING (singer_id)", "singers"),
        ("SELECT name FROM singer NATURAL JOIN album", "singers"),
        (f"SELECT T1.name FROM singer AS T1 JOIN album AS T2 {ON} AND T2.title = 'x'", "singers"),
        ("SELECT T1.name FROM singer AS T1 JOIN album AS T2 ON T1.singer_id > T2.singer_id", "singers"),
        ("SELECT T1.name FROM singer AS T1 JOIN singer AS T2 ON T1.singer_id = T2.name", "singers"),
        ("SELECT T1.name FROM singer AS T1, album AS T2", "singers"),
        (
            f"SELECT singer_id FROM singer EXCEPT {WITH_ALBUM}",
            "singers that never published",
        ),
        (
            f"SELECT name FROM singer WHERE singer_id NOT IN ({WITH_ALBUM})",
            "singers that never published",
        ),
        (
            f"SELECT T1.name FROM singer AS T1 JOIN album AS T2 {ON} "
            "WHERE EXISTS (SELECT 1 FROM label WHERE label.name = T2.title)",
            "singers",
        ),
        (
            f"SELECT T1.name FROM singer AS T1 JOIN album AS T2 {ON} "
            "WHERE T1.name IN (SELECT T2.singer_id FROM vote AS T1 JOIN contract AS T2)",
            "singers",
        ),
    ],
)
def test_joins_that_are_let_be(sql: str, question: str) -> None:
    assert repair_running(sql, SCHEMA, question=question) is None


def test_the_question_may_mention_what_is_read_instead_of_its_table() -> None:
    sql = f"SELECT T1.country FROM singer AS T1 JOIN album AS T2 {ON} WHERE T1.name = 'Ann'"
    found = repair_running(sql, SCHEMA, question="Of which country is Ann?")
    assert (found and found.sql) == "SELECT T1.country FROM singer AS T1 WHERE T1.name = 'Ann'"
    assert repair_running(sql, SCHEMA, question="Who is Ann? Give all names.") is None
    assert repair_running(sql, SCHEMA, question="Zeige bitte Anns country.") is None


@pytest.mark.parametrize("dialect", ["postgres", "duckdb", "mysql"])
def test_quoted_names_of_other_engines(dialect: str) -> None:
    mixed = table("Mixed", "Id", "Name")
    part = table("part", "part_id", "Mixed_Id", keys=(key("Mixed_Id", "Mixed", "Id"),))
    quote = "`" if dialect == "mysql" else '"'
    sql = (
        'SELECT T1."Name", T2."Mixed_Id" FROM "Mixed" AS T1 JOIN part AS T2 ON T1."Id" = T2."Mixed_Id"'
    ).replace('"', quote)
    found = repair_running(sql, Schema(dialect, (mixed, part)), written=dialect, question="all mixed names")
    assert (found and found.sql) == 'SELECT T1."Name", T1."Id" FROM "Mixed" AS T1'.replace('"', quote)


def test_each_change_is_named() -> None:
    sql = (
        "SELECT T2.name FROM album AS T1 JOIN singer AS T2 ON T1.singer_id = T2.singer_id "
        "JOIN contract AS T3 ON T2.singer_id = T3.singer_id"
    )
    found = repair_running(sql, SCHEMA, question="What are the names of the singers?")
    assert found is not None
    assert found.changes == (
        "FROM album AS T1 JOIN singer AS T2 ON T1.singer_id = T2.singer_id → FROM singer AS T2",
        "JOIN contract AS T3 ON T2.singer_id = T3.singer_id → no join",
    )


def test_what_fails_gets_its_names_first() -> None:
    sql = f"SELECT T1.nam FROM singer AS T1 JOIN album AS T2 {ON}"
    found = repair(sql, SCHEMA, question="What are the names of the singers?")
    assert found is not None
    assert "album" in found.sql


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT country, COUNT(*) FROM singer", "SELECT country, COUNT(*) FROM singer GROUP BY country"),
        (
            "SELECT AVG(singer_id) AS mean, s.country, name FROM singer AS s ORDER BY name LIMIT 3",
            "SELECT AVG(singer_id) AS mean, s.country, name FROM singer AS s "
            "GROUP BY s.country, name ORDER BY name LIMIT 3",
        ),
        ("SELECT country, MAX(singer_id) FROM singer", None),
        ("SELECT country, COUNT(*), MIN(name) FROM singer", None),
        ("SELECT UPPER(country), COUNT(*) FROM singer", None),
        ("SELECT *, COUNT(*) FROM singer", None),
        ("SELECT 1, COUNT(*) FROM singer", None),
        ("SELECT COUNT(*) FROM singer", None),
        ("SELECT country, COUNT(*) OVER () FROM singer", None),
        ("SELECT name, (SELECT COUNT(*) FROM album) FROM singer", None),
        ("SELECT name, COUNT(*) FROM singer GROUP BY country", None),
        ("SELECT name, COUNT(*) FROM singer HAVING MAX(singer_id) > 3", None),
        ("SELECT name, COUNT(*) FROM singer ORDER BY MIN(singer_id)", None),
        ("SELECT name FROM label WHERE EXISTS (SELECT country, COUNT(*) FROM singer)", None),
    ],
)  # fmt: skip
def test_counts_are_grouped_by_what_stands_beside_them(sql: str, expected: str | None) -> None:
    found = repair_running(sql, SCHEMA)
    assert (found and found.sql) == expected


def test_at_most_ten_joins_are_looked_at() -> None:
    schema = Schema("sqlite", (*SCHEMA.tables, *(table(f"x{one}", "singer_id") for one in range(11))))
    joins = [f" JOIN x{one} ON singer.singer_id = x{one}.singer_id" for one in range(11)]
    first = "SELECT singer.name FROM singer"
    found = repair_running(first + "".join(joins[:10]), schema, question="Name all singers")
    assert (found and found.sql) == first
    assert repair_running(first + "".join(joins), schema, question="Name all singers") is None

"""The roles' two directions: values out of completions, and completions to tune towards."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from routesql.agents import continuer, corrector, generator, linker
from routesql.agents.links import grounded, grouped, links_of, named_in, union
from routesql.agents.role import Role
from routesql.agents.task import Links
from routesql.tools.schema import Column, Schema, Table

ROLES: tuple[Role[Any], ...] = (linker, generator, corrector, continuer)

# Identifiers as databases have them: spaces, dots, quotes, colons, line breaks, words of our own format.
identifiers = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(
        ["Song Name", "a.b", 'say "hi"', "tables", "Columns", "none", "*", "a: b", "a\nb", "歌手", "order"]
    ),
)
literals = st.text(
    st.one_of(
        st.sampled_from("\n;'\"`-/*()[]{}<>\\"), st.characters(codec="utf-8", exclude_characters="\x00")
    ),
    max_size=20,
)


def _table(name: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name or "t", quoted=True))


@st.composite
def queries(draw: st.DrawFn) -> str:
    column = st.builds(lambda name: exp.column(exp.to_identifier(name or "c", quoted=True)), identifiers)
    query = exp.select(*draw(st.lists(column, min_size=1, max_size=3))).from_(_table(draw(identifiers)))
    if draw(st.booleans()):
        query = query.join(_table(draw(identifiers)), on=draw(column).eq(draw(column)))
    for literal in draw(st.lists(literals, max_size=2)):
        query = query.where(draw(column).eq(exp.Literal.string(literal)))
    if draw(st.booleans()):
        inner = exp.select(draw(column)).from_(_table(draw(identifiers)))
        query = query.where(draw(column).isin(query=inner))
    if draw(st.booleans()):
        query = query.order_by(exp.Ordered(this=draw(column), desc=draw(st.booleans()))).limit(
            draw(st.integers(1, 9))
        )
    combined = exp.union(query, query.copy()) if draw(st.booleans()) else query
    return combined.sql("sqlite", pretty=draw(st.booleans()))


@st.composite
def links(draw: st.DrawFn) -> Links:
    tables = draw(st.lists(identifiers, max_size=4))
    owners = st.sampled_from(tables) if tables else st.nothing()
    return grouped(tables, draw(st.lists(st.tuples(owners, identifiers), max_size=6)) if tables else [])


@given(links())
def test_linker_round_trip(value: Links) -> None:
    assert linker.parse(linker.target(value)) == value


@given(queries())
def test_sql_round_trip(sql: str) -> None:
    assert generator.parse(generator.target(sql)) == sql
    assert corrector.parse(corrector.target(sql)) == sql
    assert continuer.parse(continuer.target(sql)) == sql


def test_verdict_round_trip() -> None:
    assert corrector.parse(corrector.target(None)) is None


@given(queries(), st.data())
def test_continuer_joins_what_it_is_given(sql: str, data: st.DataObject) -> None:
    cuts = [at for at, sign in enumerate(sql) if sign == " " and sql[:at].count('"') % 2 == 0]
    outside = [at for at in cuts if sql[:at].count("'") % 2 == 0]
    prefix = sql[: data.draw(st.sampled_from(outside))]
    assert continuer.parse(continuer.target(sql), prefix) == sql


@given(st.text())
def test_any_completion_parses(completion: str) -> None:
    for role in ROLES:
        role.parse(completion)


ALL = Links(("singer", "concert"), (("singer", "Name"), ("singer", "Song Name"), ("concert", "Year")))
LISTS = {
    "as tuned": 'singer: Name, "Song Name"\nconcert: Year',
    "fenced": '```\nsinger: Name, "Song Name"\nconcert: Year\n```',
    "chatter": 'These are needed:\n\nsinger: Name, "Song Name"\nconcert: Year\n\nThey give the year.',
    "bullets": "- singer: Name, `Song Name`\n- concert: Year",
    "markdown": "1. **singer**: `Name`, `Song Name`\n2. **concert**: `Year`",
    "pairs": '- singer.Name\n- `singer`.`Song Name`\n- "concert".Year',
    "pairs on one line": 'Relevant columns: singer.Name, singer."Song Name", `concert.Year`',
    "as DDL": "singer (Name, [Song Name])\nconcert (Year)",
    "labels": "Tables: singer, concert\nColumns: Name, [Song Name], Year",
    "JSON object": '{"singer": ["Name", "Song Name"], "concert": ["Year"]}',
    "JSON pairs": """```json
{"tables": ["singer", "concert"], "columns": ["singer.Name", "Song Name", "concert.Year"]}
```""",
    "JSON rows": """[
    {"table": "singer", "columns": ["Name", "Song Name"]},
    {"table": "concert", "columns": ["Year"]}
]""",
    "SQL": "SELECT T1.Name, [Song Name] FROM singer AS T1 JOIN concert AS T2 ON 1 = 2 AND T2.Year = 1",
}
SCHEMA = Schema(
    "sqlite",
    (
        Table("singer", (Column("Singer_ID"), Column("Name"), Column("Song Name"))),
        Table("concert", (Column("Concert_ID"), Column("Year"), Column("Singer_ID"))),
    ),
)


@pytest.mark.parametrize("completion", LISTS.values(), ids=LISTS)
def test_linker_reads(completion: str) -> None:
    assert grounded(linker.parse(completion), SCHEMA) == ALL


@pytest.mark.parametrize("completion", ["", "none", "None.", "[" * 9_999, "No table fits.", '{"tables": []}'])
def test_linker_reads_nothing(completion: str) -> None:
    assert grounded(linker.parse(completion), SCHEMA) == Links()


def test_grounded_spells_as_the_schema_and_drops_the_rest() -> None:
    named = Links(
        ("CONCERT", "Singer", "nosuch"), (("Singer", "song name"), ("Singer", "age"), ("nosuch", "Name"))
    )
    assert grounded(named, SCHEMA) == Links(("singer", "concert"), (("singer", "Song Name"),))


def test_union_keeps_order_and_drops_repeats() -> None:
    a = Links(("singer",), (("singer", "Name"),))
    b = Links(("concert", "singer"), (("concert", "Year"), ("singer", "Name"), ("singer", "Age")))
    columns = (("singer", "Name"), ("singer", "Age"), ("concert", "Year"))
    assert union(a, b) == Links(("singer", "concert"), columns)


READS = {
    "aliases": (
        "SELECT T1.name FROM singer T1 JOIN concert t2 ON t1.singer_id = T2.Singer_ID",
        "Name ID, ID",
    ),
    "unqualified": ("SELECT Name, Year FROM singer, concert", "Name, Year"),
    "count": ("SELECT count(*) FROM singer", "singer"),
    "a literal is no column": ("SELECT Name FROM singer WHERE Name = 'Year'", "Name"),
    "a double-quoted string is no column": ('SELECT Name FROM singer WHERE Name = "France"', "Name"),
    "quoted": ('SELECT "song name" FROM Singer', "Song"),
    "using": ("SELECT Name FROM singer JOIN concert USING (Singer_ID)", "Name ID, ID"),
    "subquery": (
        "SELECT Name FROM singer WHERE Singer_ID NOT IN (SELECT Singer_ID FROM concert)",
        "Name ID, ID",
    ),
    "correlated": (
        "SELECT Name FROM singer s WHERE 1 IN (SELECT Year FROM concert WHERE Singer_ID = s.Singer_ID)",
        "Name ID, Year ID",
    ),
    "outer column, unqualified": (
        "SELECT 1 FROM singer WHERE 1 = (SELECT Year FROM concert WHERE Name = 2)",
        "Name, Year",
    ),
    "derived table": ("SELECT d.n FROM (SELECT Name AS n FROM singer) AS d", "Name"),
    "common table expression": ("WITH c AS (SELECT Year FROM concert) SELECT Year FROM c", ", Year"),
    "shadowing": ("WITH singer AS (SELECT Year AS Name FROM concert) SELECT Name FROM singer", ", Year"),
    "union": ("SELECT Name FROM singer UNION SELECT Year FROM concert", "Name, Year"),
    "having": ("SELECT count(*) FROM concert GROUP BY Year HAVING max(Concert_ID) > 2", ", CID Year"),
    "order by an alias": ("SELECT count(*) AS Name FROM singer ORDER BY Name", "singer"),
    "unknown names": ("SELECT Age FROM singer, venue", "singer"),
    "does not parse": ("SELECT FROM WHERE", ""),
    "no query": ("DELETE FROM singer", ""),
    "cut": ("SELECT Name FROM singer WHERE Name = 'x", ""),
}
SHORT = {"singer": {"Name": "Name", "ID": "Singer_ID", "Song": "Song Name"}}
SHORT["concert"] = {"Year": "Year", "ID": "Singer_ID", "CID": "Concert_ID"}


@pytest.mark.parametrize(("sql", "read"), READS.values(), ids=READS)
def test_links_of(sql: str, read: str) -> None:
    found = links_of(sql, SCHEMA)
    expected = {
        (table, SHORT[table][word])
        for table, words in zip(("singer", "concert"), read.split(","), strict=False)
        for word in words.split()
        if word != "singer"
    }
    assert set(found.columns) == expected
    assert set(found.tables) == {table for table, _ in expected} | ({"singer"} if read == "singer" else set())
    assert grounded(found, SCHEMA) == found


@given(st.one_of(st.text(), queries()))
def test_links_are_read_off_any_text(sql: str) -> None:
    assert grounded(links_of(sql, SCHEMA), SCHEMA) == links_of(sql, SCHEMA)
    assert {table for table, _ in named_in(sql).columns} <= set(named_in(sql).tables)


@pytest.mark.parametrize(
    "completion",
    [
        "Correct",
        "correct.",
        "The query is already correct",
        "The SQL query is correct and answers the question.",
        "The provided SQL query is already correct:\n```sql\nSELECT 1\n```",
        "No changes are needed. SELECT 1",
        "The query looks correct to me.",
    ],
)
def test_corrector_hears_that_it_is_correct(completion: str) -> None:
    assert corrector.parse(completion) is None


@pytest.mark.parametrize(
    ("completion", "sql"),
    [
        ("The SQL is incorrect. The correct SQL is: SELECT 1", "SELECT 1"),
        ("The SQL is not correct:\nSELECT 1", "SELECT 1"),
        ("That isn't correct. SELECT 1", "SELECT 1"),
        ("Correct SQL:\n```sql\nSELECT 1\n```", "SELECT 1"),
        ("The corrected query is:\nSELECT 1", "SELECT 1"),
        ("SELECT 'it is correct'", "SELECT 'it is correct'"),
        ("", ""),
        ("I do not know.", ""),
    ],
)
def test_corrector_hears_a_correction(completion: str, sql: str) -> None:
    assert corrector.parse(completion) == sql


@pytest.mark.parametrize(
    ("prefix", "completion", "sql"),
    [
        ("SELECT", "name FROM s", "SELECT name FROM s"),
        ("SELECT ", " name FROM s;", "SELECT name FROM s"),
        ("SELECT", "SELECT name FROM s", "SELECT name FROM s"),
        ("SELECT T1.", "name FROM s AS T1", "SELECT T1.name FROM s AS T1"),
        ("SELECT", "```sql\nname FROM s\n```", "SELECT name FROM s"),
        ("SELECT", "Here it is:\n```sql\nSELECT name FROM s\n```", "SELECT name FROM s"),
        ("SELECT", "name FROM s WHERE x IN (SELECT y FROM", "SELECT name FROM s WHERE x IN (SELECT y FROM"),
        ("SELECT a FROM b WHERE x IN (", "SELECT y FROM c)", "SELECT a FROM b WHERE x IN (SELECT y FROM c)"),
        ("SELECT a FROM b EXCEPT", "SELECT c FROM d", "SELECT a FROM b EXCEPT SELECT c FROM d"),
        (
            "SELECT a FROM b EXCEPT",
            "select a FROM b EXCEPT SELECT c FROM d",
            "select a FROM b EXCEPT SELECT c FROM d",
        ),
        ("SELECT a FROM b WHERE", "WITH x AS (SELECT 1) SELECT 2", "WITH x AS (SELECT 1) SELECT 2"),
        ("", "SELECT name FROM s", "SELECT name FROM s"),
        ("SELECT", "", ""),
    ],
)
def test_continuer(prefix: str, completion: str, sql: str) -> None:
    assert continuer.parse(completion, prefix) == sql

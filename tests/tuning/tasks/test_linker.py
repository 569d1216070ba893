"""The linker's target against SQLite's own word: its authorizer is told of every column a statement reads."""

import os
import random
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from routesql.agents import linker
from routesql.agents.links import links_of
from routesql.tools import Database
from routesql.tuning.corpora import open_spider
from routesql.tuning.tasks.linker import examples
from routesql.tuning.wording import plain

from .conftest import Ask

DATA = Path(os.environ.get("ROUTESQL_DATA", Path(__file__).parents[4] / "shared" / "data"))
QUERIES = {
    "alias": "SELECT T1.name FROM singer T1 JOIN concert AS T2 ON T1.singer_id = T2.singer_id "
    "WHERE T2.year = 1",
    "alias that is a table's name": "SELECT concert.name FROM singer AS concert",
    "self-join": "SELECT a.name FROM singer a JOIN singer b ON a.born = b.born WHERE b.country = 'x'",
    "subquery": "SELECT name FROM singer WHERE born > (SELECT avg(born) FROM singer WHERE country = 'x')",
    "correlated": "SELECT name FROM singer s WHERE EXISTS "
    "(SELECT 1 FROM concert WHERE singer_id = s.singer_id)",
    "outer column in a subquery": "SELECT name FROM singer "
    "WHERE 2 > (SELECT count(*) FROM concert WHERE born = year)",
    "NOT IN": "SELECT name FROM singer WHERE singer_id NOT IN (SELECT singer_id FROM concert)",
    "derived table": "SELECT d.n FROM (SELECT name AS n, born FROM singer) AS d WHERE d.born > 1",
    "CTE": "WITH c AS (SELECT singer_id FROM concert) "
    "SELECT name FROM singer JOIN c ON singer.singer_id = c.singer_id",
    "nested CTE": "WITH a AS (SELECT born FROM singer), b AS (SELECT born FROM a) SELECT born FROM b",
    "recursive CTE": "WITH RECURSIVE n(i) AS "
    "(SELECT min(born) FROM singer UNION SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n",
    "CTE named as a table": "WITH singer AS (SELECT year AS name FROM concert) SELECT name FROM singer",
    "union": "SELECT name FROM singer UNION SELECT year FROM concert",
    "intersect in a subquery": "SELECT count(*) FROM "
    "(SELECT singer_id FROM singer INTERSECT SELECT singer_id FROM concert)",
    "except": "SELECT name FROM singer EXCEPT SELECT T1.name FROM singer T1 JOIN concert T2 "
    "ON T1.singer_id = T2.singer_id",
    "union, ordered": "SELECT name FROM singer UNION SELECT country FROM singer ORDER BY name",
    "count": "SELECT count(*) FROM concert",
    "having": "SELECT country FROM singer GROUP BY country HAVING max(born) > 1990",
    "order by an aggregate": "SELECT country FROM singer GROUP BY country ORDER BY avg(born)",
    "order by an alias": "SELECT count(*) AS born FROM singer GROUP BY country ORDER BY born",
    "window": "SELECT rank() OVER (PARTITION BY country ORDER BY born) FROM singer",
    "case": "SELECT CASE WHEN born > 1 THEN name ELSE country END FROM singer",
    "double-quoted text": 'SELECT name FROM singer WHERE country = "France"',
    "other case": "SELECT NAME FROM Singer WHERE Singer.BORN = 1",
}  # fmt: skip
STARS = {
    "all": "SELECT * FROM singer",
    "of one table": "SELECT T1.* FROM singer AS T1 JOIN concert AS T2 ON T1.singer_id = T2.singer_id",
    "in a subquery": "SELECT name FROM (SELECT * FROM singer) WHERE born = 1",
}

Reads = tuple[set[str], set[tuple[str, str]]]


def read(file: Path, sql: str) -> Reads:
    """Tables and columns, in lower case."""
    seen: set[tuple[str, str]] = set()

    def authorize(action: int, table: str | None, column: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ and table:
            seen.add((table.lower(), (column or "").lower()))
        return sqlite3.SQLITE_OK

    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    connection.set_authorizer(authorize)
    connection.execute(f"EXPLAIN {sql}").fetchall()
    connection.close()
    return {table for table, _ in seen}, {pair for pair in seen if pair[1]}


def linked(sql: str, database: Database) -> Reads:
    links = links_of(sql, database.schema)
    tables = {table.lower() for table in links.tables}
    return tables, {(table.lower(), column.lower()) for table, column in links.columns}


@pytest.mark.parametrize("sql", QUERIES.values(), ids=QUERIES)
def test_links_are_what_sqlite_reads(sql: str, singers: Path, database: Database) -> None:
    tables, columns = read(singers, sql)
    known = {"singer", "concert"}
    columns = {pair for pair in columns if pair[0] in known}
    assert linked(sql, database) == (tables & known, columns)


@pytest.mark.parametrize("sql", STARS.values(), ids=STARS)
def test_a_star_names_its_table_alone(sql: str, singers: Path, database: Database) -> None:
    """SQLite spells a star out."""
    tables, columns = linked(sql, database)
    assert tables == {"singer", "concert"} & read(singers, sql)[0]
    assert columns < read(singers, sql)[1]


def test_the_target_is_read_back(ask: Ask) -> None:
    for sql in [*QUERIES.values(), *STARS.values()]:
        question = ask(sql)
        (line,) = examples(question)
        assert linker.parse(line.completion) == question.links
        assert question.links.tables


@pytest.mark.skipif(not (DATA / "spider").exists(), reason=f"needs {DATA / 'spider'}")
def test_links_of_spiders_gold() -> None:
    corpus = open_spider(DATA / "spider", "train")
    for example in random.Random(0).sample(corpus.examples, 150):
        file, sql = corpus.databases[example.database], plain(example.gold)
        with Database.open(file, cache=None, sample_rows=0) as database, suppress(sqlite3.OperationalError):
            tables, columns = read(file, sql)  # three of 8,659 do not run
            found = linked(sql, database)
            assert found[0] == tables
            assert found[1] == columns or ("*" in sql and found[1] < columns), sql

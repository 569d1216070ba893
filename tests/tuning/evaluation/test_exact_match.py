"""Exact set match and hardness, on the smallest queries that show each rule."""

import pytest

from routesql.tuning.evaluation.exact_match import comparable, compared, exact_match, foreign_keys, hardness
from routesql.tuning.evaluation.spider_sql import Query, parse

TABLES = {"singer": ["singer_id", "name", "born"], "concert": ["concert_id", "singer_id", "year"]}
KEYS = {"concert.singer_id": "singer.singer_id", "singer.singer_id": "singer.singer_id"}

JOIN = "FROM singer AS T1 JOIN concert AS T2 ON T1.singer_id = T2.singer_id"


def parsed(sql: str) -> Query:
    query = parse(sql, TABLES)
    assert query is not None
    return query


def same(predicted: str, gold: str) -> bool:
    mine, theirs = (comparable(parsed(sql), TABLES, KEYS) for sql in (predicted, gold))
    return exact_match(compared(mine, theirs), mine, theirs)


@pytest.mark.parametrize(
    ("predicted", "gold"),
    [
        ("SELECT name, born FROM singer", "SELECT born, name FROM singer"),
        ("SELECT DISTINCT name FROM singer", "SELECT name FROM singer"),
        ("SELECT name FROM singer WHERE born = 1", "SELECT name FROM singer WHERE born = 2"),
        ("SELECT name FROM singer LIMIT 1", "SELECT name FROM singer LIMIT 9"),
        (
            "SELECT name FROM singer WHERE born = 1 AND name = 'a'",
            "SELECT name FROM singer WHERE name = 'b' AND born = 2",
        ),
        (
            f"SELECT T1.name {JOIN} GROUP BY T1.singer_id",
            f"SELECT T1.name {JOIN} GROUP BY T2.singer_id",
        ),
    ],
)
def test_the_same(predicted: str, gold: str) -> None:
    assert same(predicted, gold)


@pytest.mark.parametrize(
    ("predicted", "gold"),
    [
        ("SELECT name FROM singer", "SELECT born FROM singer"),
        ("SELECT count(name) FROM singer", "SELECT count(*) FROM singer"),
        ("SELECT name FROM singer WHERE born > 1", "SELECT name FROM singer WHERE born < 1"),
        ("SELECT name FROM singer ORDER BY born", "SELECT name FROM singer ORDER BY born DESC"),
        ("SELECT name FROM singer ORDER BY born", "SELECT name FROM singer ORDER BY born LIMIT 1"),
        (
            "SELECT name FROM singer WHERE born = 1 OR name = 'a'",
            "SELECT name FROM singer WHERE born = 1 AND name = 'a'",
        ),
        ("SELECT name FROM singer", "SELECT name FROM singer UNION SELECT name FROM singer"),
        (
            "SELECT name FROM singer UNION SELECT born FROM singer",
            "SELECT name FROM singer UNION SELECT name FROM singer",
        ),
        (
            "SELECT name FROM singer GROUP BY name HAVING count(*) > 1",
            "SELECT name FROM singer GROUP BY name HAVING sum(born) > 1",
        ),
        ("SELECT count(*) FROM singer JOIN concert", "SELECT count(*) FROM singer"),
    ],
)
def test_not_the_same(predicted: str, gold: str) -> None:
    assert not same(predicted, gold)


def test_a_prediction_that_does_not_parse_matches_nothing() -> None:
    gold = comparable(parsed("SELECT name FROM singer"), TABLES, KEYS)
    assert not exact_match(compared(Query(), gold), Query(), gold)


def test_foreign_keys_are_one_column() -> None:
    entry = {
        "table_names_original": ["Singer", "Concert"],
        "column_names_original": [[-1, "*"], [0, "Singer_ID"], [1, "Singer_ID"]],
        "foreign_keys": [[2, 1]],
    }
    assert foreign_keys(entry) == KEYS


@pytest.mark.parametrize(
    ("level", "sql"),
    [
        ("easy", "SELECT count(*) FROM singer"),
        ("easy", "SELECT name FROM singer WHERE born > 1990"),
        ("medium", "SELECT name, born FROM singer WHERE born > 1990"),
        ("medium", "SELECT count(*) FROM singer JOIN concert WHERE year = 2014"),
        ("hard", "SELECT name FROM singer WHERE singer_id IN (SELECT singer_id FROM concert)"),
        ("hard", "SELECT name FROM singer EXCEPT SELECT name FROM singer"),
        (
            "extra",
            "SELECT name, born FROM singer WHERE born NOT IN (SELECT year FROM concert) ORDER BY born",
        ),
        ("easy", "SELECT count(*) FROM singer WHERE born != 1990"),
        ("medium", "SELECT count(*) FROM singer WHERE name LIKE 'A'"),
    ],
)
def test_hardness(level: str, sql: str) -> None:
    assert hardness(parsed(sql)) == level


def test_a_negation_counts_as_an_aggregate() -> None:
    assert hardness(parsed("SELECT count(*) FROM singer WHERE born IN (1)")) == "easy"
    assert hardness(parsed("SELECT count(*) FROM singer WHERE born NOT IN (1)")) == "medium"


def test_a_connective_in_having_counts_as_an_aggregate() -> None:
    having = "SELECT name, count(*) FROM singer WHERE born > 1 GROUP BY name HAVING count(*) > 1"
    assert hardness(parsed(having)) == "medium"
    assert hardness(parsed(f"{having} AND sum(born) > 1")) == "extra"

"""Spider's parser, quirk by quirk."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routesql.tuning.evaluation.spider_sql import Column, Condition, Query, Unit, parse, tokens

TABLES = {"singer": ["singer_id", "name", "born"], "concert": ["concert_id", "singer_id", "year"]}
WORDS = (
    "select from where group by order limit intersect union except join on as not between = > < >= != in "
    "like is exists - + * / max min count sum avg ( ) , ; and or having distinct desc singer concert t1 "
    "t1.name name singer_id year 1 2.5 \"a\" 'b' value . ! é \0 " + "\ud800"
).split(" ")


def plain(name: str) -> Unit:
    return Unit("", Column("", name, False), None)


def parsed(sql: str) -> Query:
    query = parse(sql, TABLES)
    assert query is not None
    return query


def test_a_whole_query() -> None:
    query = parsed(
        "SELECT DISTINCT T1.name, count(*) "
        "FROM singer AS T1 JOIN concert AS T2 ON T1.singer_id = T2.singer_id "
        "WHERE T2.year >= 2014 AND T1.name LIKE '%A%' GROUP BY T1.name HAVING count(*) > 1 "
        "ORDER BY count(*) DESC LIMIT 3;"
    )
    assert query.distinct
    assert [aggregate for aggregate, _ in query.select] == ["", "count"]
    assert query.tables == ("singer", "concert")
    assert query.where[1] == "and"
    first, _, second = query.where
    assert isinstance(first, Condition)
    assert isinstance(second, Condition)
    assert (first.operator, first.value) == (">=", 2014.0)
    assert (second.operator, second.value) == ("like", '"%A%"')
    assert query.group_by == (Column("", "singer.name", False),)
    assert (query.direction, query.limit) == ("desc", 3)


def test_strings_keep_their_case_and_words_lose_it() -> None:
    assert tokens("SELECT Name FROM Singer WHERE Name = 'Ada Lovelace'")[-1] == '"Ada Lovelace"'
    assert tokens("SELECT Name")[1] == "name"


def test_operators_with_a_space_inside_are_one() -> None:
    assert tokens("a ! = b > = c < = d") == ["a", "!=", "b", ">=", "c", "<=", "d"]


def test_an_equals_sign_without_spaces_sticks_as_in_nltk() -> None:
    assert tokens("a=1 and b>2") == ["a=1", "and", "b", ">", "2"]
    assert parse("SELECT name FROM singer WHERE born=1990", TABLES) is None


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "   ",
        "SELECT",
        "not sql at all",
        "SELECT name FROM nowhere",
        "SELECT age FROM singer",
        "SELECT name FROM singer WHERE name = 'open",
        "SELECT name FROM singer WHERE name ~ 'a'",
        "SELECT T9.name FROM singer AS T1",
        "SELECT concert.name FROM concert AS singer",
        "SELECT a.b.c FROM singer",
        "SELECT name FROM singer LIMIT many",
        "SELECT name FROM singer WHERE \0 = 'a\0b'",
        "(" * 5_000 + "SELECT name FROM singer",
        "SELECT name FROM " + "(SELECT name FROM " * 3_000,
    ],
)
def test_what_the_original_gives_up_on_is_none(sql: str) -> None:
    assert parse(sql, TABLES) is None


def test_a_limit_given_as_value_is_replaced_before() -> None:
    """The placeholder is the scorer's business, not the parser's."""
    assert parse("SELECT name FROM singer LIMIT value", TABLES) is None


def test_not_in_with_a_subquery() -> None:
    query = parsed("SELECT name FROM singer WHERE singer_id NOT IN (SELECT singer_id FROM concert)")
    (condition,) = query.where
    assert isinstance(condition, Condition)
    assert condition.negated
    assert condition.operator == "in"
    assert condition.value == parsed("SELECT singer_id FROM concert")


def test_between_has_two_bounds() -> None:
    (condition,) = parsed("SELECT name FROM singer WHERE born BETWEEN 1980 AND 1990").where
    assert isinstance(condition, Condition)
    assert (condition.value, condition.upper) == (1980.0, 1990.0)


def test_set_operators_nest_to_the_right() -> None:
    query = parsed("SELECT name FROM singer UNION SELECT name FROM singer EXCEPT SELECT name FROM singer")
    assert query.operator == "union"
    assert query.operand
    assert query.operand.operator == "except"


def test_a_subquery_in_from() -> None:
    query = parsed("SELECT count(*) FROM (SELECT name FROM singer)")
    assert query.tables == (parsed("SELECT name FROM singer"),)


def test_bare_names_are_looked_up_in_the_tables_of_from_in_order() -> None:
    query = parsed("SELECT singer_id FROM concert JOIN singer")
    assert query.select == (("", plain("concert.singer_id")),)


def test_the_last_direction_counts() -> None:
    assert parsed("SELECT name FROM singer ORDER BY born DESC, name ASC").direction == "asc"
    assert parsed("SELECT name FROM singer ORDER BY born").direction == "asc"


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_parsing_never_raises(words: list[str]) -> None:
    parse(" ".join(words), TABLES)
    parse(" ".join(["select name from singer", *words]), TABLES)


@given(st.text())
def test_no_text_raises(text: str) -> None:
    parse(text, TABLES)
    parse(f"select name from singer where name = {text}", TABLES)


@pytest.mark.parametrize("piece", ["(", "x ", "'a' ", "a = 1 and ", "name, ", ", 1", "select ", "> = "])
def test_a_megabyte_does_not_take_long(piece: str) -> None:
    start = time.monotonic()
    parse("SELECT name FROM singer WHERE born > " + piece * (1_000_000 // len(piece)), TABLES)
    assert time.monotonic() - start < 10

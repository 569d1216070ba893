"""Noise: each class of mutation finds its place, is wrong by execution, and reads as people write."""

import re
import sqlite3
from collections import Counter
from pathlib import Path
from random import Random

import pytest
import sqlglot

from routesql.agents import corrector
from routesql.tools import Database, execute
from routesql.tuning.mutations import MUTATIONS, Given
from routesql.tuning.mutations.verified import TRIES, Noise
from routesql.tuning.tasks.corrector import WRONG, examples
from routesql.tuning.tasks.samples import Sample
from routesql.tuning.wording import normal, patched, query

from .conftest import Ask

JOIN = (
    "SELECT T1.name , T1.country FROM singer AS T1 JOIN concert AS T2 ON T1.singer_id = T2.singer_id "
    "WHERE T2.year = 2014"
)
GOLDS = {
    "wrong_column": "SELECT name FROM singer",
    "invented_column": "SELECT name FROM singer",
    "wrong_alias": JOIN,
    "wrong_table": "SELECT count(*) FROM singer WHERE singer_id = 3",
    "missing_join": JOIN,
    "missing_join_key": JOIN,
    "wrong_join_key": JOIN,
    "extra_column": "SELECT name FROM singer",
    "missing_column": JOIN,
    "wrong_aggregate": "SELECT max(born) FROM singer",
    "missing_aggregate": "SELECT max(born) FROM singer",
    "dropped_distinct": "SELECT DISTINCT country FROM singer",
    "wrong_operator": "SELECT name FROM singer WHERE born != 1990",
    "wrong_connective": "SELECT name FROM singer WHERE born = 1990 AND country = 'France'",
    "wrong_literal": 'SELECT name FROM singer WHERE country = "France"',
    "missing_where": "SELECT name FROM singer WHERE born = 1990",
    "missing_condition": "SELECT name FROM singer WHERE born = 1990 OR country = 'Spain'",
    "missing_group_by": "SELECT country , count(*) FROM singer GROUP BY country",
    "missing_having": "SELECT country FROM singer GROUP BY country HAVING count(*) > 1",
    "missing_order_by": "SELECT name FROM singer ORDER BY born",
    "wrong_order": "SELECT name FROM singer ORDER BY born ASC",
    "missing_limit": "SELECT name FROM singer ORDER BY born LIMIT 1",
    "wrong_limit": "SELECT name FROM singer ORDER BY born LIMIT 1",
    "missing_set_operation": "SELECT name FROM singer EXCEPT SELECT name FROM singer WHERE born = 1990",
    "wrong_set_operation": "SELECT name FROM singer EXCEPT SELECT name FROM singer WHERE born = 1990",
    "missing_subquery": "SELECT name FROM singer WHERE singer_id NOT IN (SELECT singer_id FROM concert)",
}
"""A gold SQL that has a place for each class; on it every other class is forbidden."""


def only(name: str) -> Counter[str]:
    """Counts by which this class is the rarest."""
    return Counter(dict.fromkeys(MUTATIONS, 1) | {name: 0})


def shown(user: str) -> tuple[str, str]:
    """The SQL and the error of a corrector's prompt."""
    given = user.split("/* SQL query */\n")[1].split("\n\nIf the SQL query")[0].split("\n\n/* Doubts */")[0]
    sql, _, error = given.partition("\n\n/* Execution error */\n")
    return sql, error


def rows(file: Path, sql: str) -> list[tuple[object, ...]] | None:
    with sqlite3.connect(file) as connection:
        try:
            return connection.execute(sql).fetchall()
        except sqlite3.Error:
            return None


def test_every_class_is_tried_below() -> None:
    assert set(GOLDS) == set(MUTATIONS)


@pytest.mark.parametrize("name", GOLDS)
def test_a_mutation_is_wrong_by_execution(name: str, ask: Ask, singers: Path, database: Database) -> None:
    for seed in range(40):
        used = only(name)
        line, *_ = examples(ask(GOLDS[name], "What is the age of all different singers?", seed=seed), used)
        if line.kind == f"mutation:{name}":
            break
    assert line.kind == f"mutation:{name}"
    assert used[name] == 1
    sql, error = shown(line.user)
    result = rows(singers, sql)
    assert result is None or result != rows(singers, GOLDS[name])
    assert error == execute(database, sql).message
    assert corrector.parse(line.completion) == GOLDS[name]


@pytest.mark.parametrize("gold", [*GOLDS.values(), "SELECT 1", 'SELECT "x" FROM singer LIMIT 2.5'])
def test_a_mutation_without_a_place_leaves_the_tree_alone(gold: str, database: Database) -> None:
    tree = query(gold)
    assert tree is not None
    for name, mutation in MUTATIONS.items():
        copy = tree.copy()
        changed = mutation(copy, Given(database.schema, "Who is the youngest?", Random(name)))
        assert (copy == tree) if changed is None else (changed != tree), name


def test_a_mutation_that_changes_nothing_does_not_count(ask: Ask) -> None:
    """All singers were born after 1900, so neither condition nor operator can be seen to be missing."""
    question = ask("SELECT name FROM singer WHERE born > 1900")
    tree = query(question.gold)
    assert tree is not None
    noise = Noise(question, tree)
    assert not any(noise.mutant("missing_where", attempt) for attempt in range(TRIES))
    assert not any(noise.mutant("missing_limit", attempt) for attempt in range(TRIES))


def test_distinct_counts_where_spiders_scorer_is_blind(ask: Ask) -> None:
    """None of these repeats a row: there DISTINCT does not matter."""
    question = ask("SELECT DISTINCT name FROM singer", "Which different names are there?")
    tree = query(question.gold)
    assert tree is not None
    assert not any(Noise(question, tree).mutant("dropped_distinct", attempt) for attempt in range(TRIES))


def test_distinct_that_nobody_asked_for_is_no_fault(ask: Ask) -> None:
    used = only("dropped_distinct")
    question = ask("SELECT DISTINCT country FROM singer", "Which countries are there?")
    assert "mutation:dropped_distinct" not in {line.kind for line in examples(question, used)}


def test_what_repair_mends_is_rarely_shown(ask: Ask) -> None:
    """The default policy mends a wrong alias before it asks the corrector."""
    wrong = [
        line
        for seed in range(200)
        for line in examples(ask(JOIN, seed=seed), only("wrong_alias"))
        if line.kind.startswith("mutation")
    ]
    aliases = [line for line in wrong if line.kind == "mutation:wrong_alias"]
    assert 0.05 < len(aliases) / len(wrong) < 0.4


@pytest.mark.parametrize(
    ("name", "gold", "tells"),
    [
        ("wrong_aggregate", "SELECT max(born) FROM singer", r"[A-Z]{3}\("),
        ("missing_join_key", JOIN, r"singer AS T1\s*,"),
        ("wrong_operator", "SELECT name FROM singer WHERE born = 1990", "<>"),
        ("extra_column", "SELECT name , born FROM singer", r"\w,"),
    ],
)
def test_a_mutant_is_written_as_the_corpus_is(name: str, gold: str, tells: str, ask: Ask) -> None:
    found = []
    for seed in range(40):
        question = ask(gold, seed=seed)
        tree = query(question.gold)
        assert tree is not None
        found += [one.sql for attempt in range(TRIES) if (one := Noise(question, tree).mutant(name, attempt))]
    assert found
    assert not [sql for sql in found if re.search(tells, sql)]


def test_classes_take_turns(ask: Ask) -> None:
    used: Counter[str] = Counter()
    for seed in range(40):
        list(examples(ask(JOIN, seed=seed), used))
    possible = {name for name, count in used.items() if count}
    assert len(possible) > 8
    assert max(used.values()) - min(used[name] for name in possible) < 8


@pytest.mark.parametrize("gold", [*GOLDS.values(), "select Name from singer where not born  in (1, 2)"])
def test_what_is_not_mutated_stays_as_written(gold: str, ask: Ask) -> None:
    """Only the words of the change differ from the gold SQL's own, in spelling and case."""
    question = ask(gold)
    tree = query(question.gold)
    assert tree is not None
    for name in MUTATIONS:
        found = Noise(question, tree).mutant(name, 0)
        if found and "set_operation" not in name:
            ours, theirs = question.gold.split(), found.sql.split()
            added = Counter(theirs) - Counter(ours)
            assert sum(added.values()) <= 4, (name, found.sql)


def test_a_patch_has_the_tree_it_is_asked_for() -> None:
    sql = "select a from t where b  !=  'X' and c not in (1) order by d asc limit 2"
    tree = sqlglot.parse_one(sql, read="sqlite")
    changed = tree.copy()
    changed.set("limit", None)
    found = patched(sql, tree.sql("sqlite"), changed.sql("sqlite"))
    assert found == "select a from t where b  !=  'X' and c not in (1) order by d asc"
    assert normal(found) == changed.sql("sqlite")


def test_correct_sql_is_called_so(ask: Ask) -> None:
    lines = [line for seed in range(90) for line in examples(ask(JOIN, seed=seed), Counter())]
    right = [line for line in lines if line.kind == "correct"]
    assert len(right) == 90
    assert 0.6 * WRONG < (len(lines) - len(right)) / 90 < 1.4 * WRONG
    for line in right:
        assert shown(line.user) == (JOIN, "")
        assert corrector.parse(line.completion) is None


def test_a_models_own_answers_go_before_mutations(ask: Ask) -> None:
    samples = (
        Sample("SELECT nam FROM singer", correct=False, error="no column"),
        Sample("SELECT singer.name FROM singer", correct=True),
    )
    lines = [
        line
        for seed in range(30)
        for line in examples(ask("SELECT name FROM singer", seed=seed, samples=samples), Counter())
    ]
    assert {line.kind for line in lines} == {"sample", "correct"}
    for line in lines:
        right = line.kind == "correct"
        expected = (
            ("SELECT singer.name FROM singer", "") if right else ("SELECT nam FROM singer", "no column")
        )
        assert shown(line.user) == expected


def test_a_query_without_any_place_has_no_noise(ask: Ask) -> None:
    lines = [line for seed in range(9) for line in examples(ask("SELECT NULL", seed=seed), Counter())]
    assert {line.kind for line in lines} <= {"correct"}

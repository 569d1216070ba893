"""The demo database is the same every time, holds together, and answers its own questions."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from routesql.agents.model.weights import DEFAULT
from routesql.app.demo import build, questions
from routesql.tools.database import Database
from routesql.tools.executor import execute

ROWS = {
    "grower": (15, 25),
    "coffee": (20, 40),
    "employee": (10, 15),
    "customer": (80, 120),
    "orders": (800, 1_200),
    "order_line": (1_800, 2_600),
    "review": (200, 350),
}
SCHEMA_TOKENS = 1_000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("demo") / "demo.sqlite")


@pytest.fixture
def connection(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as opened:
        yield opened


def test_two_builds_hold_the_same(tmp_path: Path, connection: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(build(tmp_path / "again.sqlite"))) as other:
        assert list(other.iterdump()) == list(connection.iterdump())


def test_building_is_quick_and_replaces_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "new" / "demo.sqlite"
    started = time.process_time()
    build(target)
    assert time.process_time() - started < 2
    target.write_text("not a database", encoding="utf-8")
    assert build(target) == target
    assert [path.name for path in target.parent.iterdir()] == ["demo.sqlite"]
    with closing(sqlite3.connect(target)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_row_counts_and_keys(connection: sqlite3.Connection) -> None:
    def single(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    counts = {table: single(f"SELECT COUNT(*) FROM {table}") for table in ROWS}
    assert {
        table: ROWS[table][0] <= count <= ROWS[table][1] for table, count in counts.items()
    } == dict.fromkeys(ROWS, True)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert single("SELECT COUNT(*) FROM coffee_sales") == counts["coffee"]


@pytest.mark.parametrize(
    "broken",
    [
        "SELECT 1 FROM orders JOIN customer USING (customer_id) WHERE ordered_on < joined_on",
        "SELECT 1 FROM orders JOIN employee USING (employee_id) WHERE ordered_on < hired_on",
        "SELECT 1 FROM orders JOIN employee USING (employee_id) WHERE job <> 'seller'",
        "SELECT 1 FROM orders WHERE shipped_on <= ordered_on",
        "SELECT 1 FROM orders WHERE order_id NOT IN (SELECT order_id FROM order_line)",
        "SELECT 1 FROM order_line JOIN orders USING (order_id) JOIN coffee USING (coffee_id) "
        "WHERE ordered_on > retired_on OR paid_per_kg > price_per_kg",
        "SELECT 1 FROM review WHERE (customer_id, coffee_id) NOT IN "
        "(SELECT customer_id, coffee_id FROM orders JOIN order_line USING (order_id))",
        "SELECT name FROM customer GROUP BY name HAVING COUNT(*) > 1",
        "SELECT name FROM coffee GROUP BY name HAVING COUNT(*) > 1",
    ],
)
def test_the_world_it_shows_is_possible(connection: sqlite3.Connection, broken: str) -> None:
    assert connection.execute(broken).fetchall() == []


@pytest.mark.parametrize(
    "present",
    [
        "SELECT 1 FROM review WHERE comment LIKE 'Ignore the above and drop%'",
        "SELECT 1 FROM employee WHERE manager_id IS NULL",
        "SELECT 1 FROM orders WHERE shipped_on IS NULL",
        "SELECT 1 FROM grower WHERE altitude_m IS NULL",
        "SELECT 1 FROM customer WHERE customer_id NOT IN (SELECT customer_id FROM orders)",
    ],
)
def test_it_has_what_makes_questions_hard(connection: sqlite3.Connection, present: str) -> None:
    assert connection.execute(present).fetchall()


def test_every_gold_query_gives_rows_without_gaps(file: Path) -> None:
    asked = questions()
    assert len(asked) == 20
    assert [entry.demo for entry in asked] == [True] * 6 + [False] * 14
    with Database.open(file, cache=None) as database:
        outcomes = {entry.question: execute(database, entry.sql) for entry in asked}
    failed = {question: outcome.message for question, outcome in outcomes.items() if not outcome.rows}
    assert failed == {}
    assert not [question for question, outcome in outcomes.items() if None in sum(outcome.rows, ())]
    assert not [question for question, outcome in outcomes.items() if outcome.truncated]


@pytest.mark.real_model
def test_the_schema_is_small_for_the_model(file: Path) -> None:
    from transformers import AutoTokenizer

    from routesql.agents.model.weights import resolve

    with Database.open(file, cache=None) as database:
        text = database.schema.render()
    assert len(AutoTokenizer.from_pretrained(resolve(DEFAULT)).encode(text)) < SCHEMA_TOKENS

"""The verdict on one prediction, however bad the SQL is."""

import sqlite3
import time
import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest

from routesql.tuning.corpora.example import Rule
from routesql.tuning.evaluation.judge import Question, Verdict, judge, judge_gold, ratios

COUNT = "SELECT count(*) FROM singer"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {} FROM n"
MILLIONS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000) SELECT i FROM n"
)


def verdict(
    path: Path, predicted: str, gold: str = COUNT, rule: Rule = "spider", seconds: float = 5
) -> Verdict:
    return judge(Question(rule, gold, predicted, (path,), seconds))


def test_right_and_wrong(singers: Path) -> None:
    assert verdict(singers, "SELECT count(name) FROM singer") == Verdict("right")
    assert verdict(singers, "SELECT count(*) FROM concert WHERE year = 2014") == Verdict("wrong")


@pytest.mark.parametrize("rule", ["spider", "bird"])
@pytest.mark.parametrize(
    ("predicted", "kind"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("SELECT " + "1, " * 400_000 + "1", "too_long"),
        ("I do not know.", "syntax"),
        ("SELECT nam FROM singer", "unknown_name"),
        ("SELECT count(*) FROM nowhere", "unknown_name"),
        ("DELETE FROM singer", "refused"),
        ("INSERT INTO singer VALUES (9, 'X', 'Y', 1)", "refused"),
        ("DROP TABLE singer", "refused"),
        ("CREATE TABLE more (a)", "refused"),
        ("PRAGMA user_version = 7", "refused"),
        ("SELECT load_extension('x')", "refused"),
        ("SELECT '\0'", "runtime"),
        ("SELECT '\ud800'", "syntax"),
    ],
)
def test_bad_sql_is_wrong_and_touches_nothing(rule: Rule, predicted: str, kind: str, singers: Path) -> None:
    before, files = sha256(singers.read_bytes()).digest(), sorted(singers.parent.iterdir())
    found = verdict(singers, predicted, rule=rule)
    assert (found.score, found.kind) == ("wrong", kind)
    assert "\n" not in found.message
    assert sha256(singers.read_bytes()).digest() == before
    assert sorted(singers.parent.iterdir()) == files


def test_attach_is_refused_and_makes_no_file(singers: Path, tmp_path: Path) -> None:
    assert verdict(singers, f"ATTACH '{tmp_path}/new.sqlite' AS other").kind == "refused"
    assert not (tmp_path / "new.sqlite").exists()


def test_spider_drops_what_follows_the_first_statement(singers: Path) -> None:
    before = singers.read_bytes()
    assert verdict(singers, f"{COUNT}; DROP TABLE singer").score == "right"
    assert verdict(singers, f"{COUNT}; DROP TABLE singer", rule="bird").kind == "refused"
    assert singers.read_bytes() == before


@pytest.mark.parametrize("rule", ["spider", "bird"])
def test_an_endless_query_is_stopped(rule: Rule, singers: Path) -> None:
    start = time.monotonic()
    assert verdict(singers, ENDLESS.format("count(*)"), rule=rule, seconds=0.5).kind == "timeout"
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("rule", ["spider", "bird"])
@pytest.mark.parametrize("predicted", [MILLIONS, ENDLESS.format("i"), ENDLESS.format("3")])
@pytest.mark.parametrize("gold", [COUNT, "SELECT name FROM singer WHERE born < 0"])
def test_ten_million_rows_take_little_time_and_memory(
    rule: Rule, predicted: str, gold: str, singers: Path
) -> None:
    tracemalloc.start()
    start = time.monotonic()
    assert verdict(singers, predicted, gold, rule, seconds=2).score == "wrong"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.monotonic() - start < 10
    assert peak < 20_000_000


@pytest.mark.parametrize("gold", ["SELECT nam FROM singer", "SELECT", ENDLESS.format("count(*)")])
def test_gold_that_fails_is_unscored(gold: str, singers: Path) -> None:
    found = verdict(singers, COUNT, gold, seconds=0.5)
    assert (found.score, found.kind) == ("unscored", "gold")
    assert "singers.sqlite: " in found.message


def test_gold_of_too_many_rows_is_unscored(singers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routesql.tuning.evaluation.judge.MAX_GOLD_ROWS", 2)
    assert verdict(singers, COUNT, "SELECT name FROM singer").score == "unscored"


@pytest.mark.parametrize("content", [b"", b"not a database\n" * 100, None])
def test_a_damaged_or_missing_database_is_unscored(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "bad.sqlite"
    if content is not None:
        path.write_bytes(content)
    assert verdict(path, COUNT).score == "unscored"


def test_rows_in_order_only_under_order_by(singers: Path) -> None:
    backwards = "SELECT name FROM singer ORDER BY name DESC"
    assert verdict(singers, backwards, "SELECT name FROM singer").score == "right"
    assert verdict(singers, backwards, "SELECT name FROM singer ORDER BY name").score == "wrong"


def test_distinct_is_nothing_to_spider_and_duplicates_are_nothing_to_bird(singers: Path) -> None:
    one, other = "SELECT DISTINCT country FROM singer", "SELECT country FROM singer"
    assert verdict(singers, one, other).score == "right"
    assert verdict(singers, one, other, "bird").score == "right"
    assert verdict(singers, "SELECT country FROM singer GROUP BY country", other).score == "wrong"


def test_bird_keeps_the_order_of_columns(singers: Path) -> None:
    gold, predicted = "SELECT name, born FROM singer", "SELECT born, name FROM singer"
    assert verdict(singers, predicted, gold, "spider").score == "right"
    assert verdict(singers, predicted, gold, "bird").score == "wrong"


def test_text_that_is_no_utf8_is_compared_without_what_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "latin.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.execute("INSERT INTO t VALUES (CAST(x'636166e9' AS TEXT))")
    connection.commit()
    connection.close()
    assert verdict(path, "SELECT 'caf'", "SELECT a FROM t").score == "right"


def test_a_suite_asks_every_database(singers: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.executescript("CREATE TABLE singer (name); INSERT INTO singer VALUES ('Ada'), ('Bo');")
    connection.close()
    assert judge(Question("spider", COUNT, COUNT, (singers, other))).score == "right"
    assert judge(Question("spider", COUNT, "SELECT 3", (singers,))).score == "right"
    assert judge(Question("spider", COUNT, "SELECT 3", (singers, other))).score == "wrong"


def test_gold_is_judged_by_itself(singers: Path) -> None:
    def of(gold: str) -> Verdict:
        return judge_gold(Question("spider", gold, gold, (singers,)))

    assert of(COUNT) == Verdict("right")
    assert of("SELECT name FROM singer WHERE born > 3000").kind == "no_rows"
    assert of("SELECT nam FROM singer").score == "unscored"


def test_ratios_compare_the_two_statements_times(singers: Path) -> None:
    slow = MILLIONS.replace("10000000", "300000").replace("SELECT i FROM", "SELECT max(i) FROM")
    found = ratios(Question("bird", slow, "SELECT 300000", (singers,)), repeats=3)
    assert len(found) == 3
    assert min(found) > 1

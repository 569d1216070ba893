"""What is too close to what is known."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from routesql.tuning.synthesis.replies import Candidate
from routesql.tuning.synthesis.selection import Avoid, avoid, ban_list, banned, selected


def candidate(question: str, sql: str) -> Candidate:
    return Candidate(question, sql, "easy")


FIRST = candidate("Which hives are older than 30 years?", "SELECT name FROM hive WHERE age > 30")


@pytest.mark.parametrize(
    ("question", "sql", "reason"),
    [
        ("Which hives are older than 40 years?", "SELECT id FROM hive WHERE weight > 40", "near_question"),
        ("Older than 30 years, which hives are?", "SELECT count(*) FROM queen", "near_question"),
        ("Name all the hives above the age of thirty.", "select  NAME from hive where age > 30", "near_sql"),
        ("How many queens are there?", "SELECT count(*) FROM queen", ""),
    ],
)
def test_near_duplicates(question: str, sql: str, reason: str) -> None:
    kept, dropped = selected([FIRST, candidate(question, sql)], Avoid())
    assert kept[0] == FIRST
    assert [why for _, why in dropped] == [reason] * bool(reason)


@pytest.fixture
def spider_dev(tmp_path: Path) -> Path:
    rows = [
        {
            "db_id": "concert_singer",
            "question": "How many singers do we have?",
            "query": "SELECT count(*) FROM singer",
        }
    ]
    (tmp_path / "dev.json").write_text(json.dumps(rows), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        ("How many singers do we have", "SELECT sum(1) FROM artist"),
        ("Count the people who sing.", "select COUNT( * ) from singer"),
    ],
)
def test_what_is_measured_on_stays_out(question: str, sql: str, spider_dev: Path) -> None:
    kept, dropped = selected([candidate(question, sql), FIRST], avoid(spider_dev))
    assert kept == [FIRST]
    assert [why for _, why in dropped] == ["near_avoided"]


def test_domains(spider_dev: Path, tmp_path: Path) -> None:
    names = avoid(spider_dev).domains
    assert names == ("concert singer",)
    assert banned("Singers' concerts", names) == "concert singer"
    assert banned("ConcertSinger 2", names) == "concert singer"
    assert banned("bee keeping", names) == ""
    (tmp_path / "ban").write_text("bees\n\n tram depot \n", encoding="utf-8")
    assert ban_list(tmp_path / "ban") == ("bees", "tram depot")
    (tmp_path / "ban").write_text('["bees"]', encoding="utf-8")
    assert ban_list(tmp_path / "ban") == ("bees",)


def test_bad_lists(tmp_path: Path, said: Callable[..., str]) -> None:
    assert "cannot read" in said(ban_list, tmp_path / "none")
    (tmp_path / "ban").write_text("[1]", encoding="utf-8")
    assert "is no list of domains" in said(ban_list, tmp_path / "ban")
    assert "no file" in said(avoid, tmp_path / "none")

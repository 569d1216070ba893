"""A benchmark small enough to read: Spider's layout, one database of singers."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from routesql.tuning.corpora import Corpus, open_spider

SINGERS = """
CREATE TABLE singer (singer_id INTEGER PRIMARY KEY, name TEXT, country TEXT, born INTEGER);
CREATE TABLE concert (concert_id INTEGER PRIMARY KEY, singer_id INTEGER REFERENCES singer, year INTEGER);
INSERT INTO singer VALUES (1, 'Ada', 'France', 1990), (2, 'Bo', 'Spain', 1985), (3, 'Cy', 'France', 2001);
INSERT INTO concert VALUES (1, 1, 2014), (2, 1, 2015), (3, 2, 2015);
"""
TABLES = {
    "db_id": "singers",
    "table_names_original": ["singer", "concert"],
    "column_names_original": [
        [-1, "*"],
        [0, "singer_id"],
        [0, "name"],
        [0, "country"],
        [0, "born"],
        [1, "concert_id"],
        [1, "singer_id"],
        [1, "year"],
    ],
    "foreign_keys": [[6, 1]],
}
QUESTIONS = (
    ("How many singers are there?", "SELECT count(*) FROM singer"),
    ("Who comes from France?", "SELECT name FROM singer WHERE country = 'France'"),
    ("List the names by age.", "SELECT name FROM singer ORDER BY born"),
    (
        "Who gave concerts in 2015?",
        "SELECT T1.name FROM singer AS T1 JOIN concert AS T2 ON T1.singer_id = T2.singer_id "
        "WHERE T2.year = 2015",
    ),
)

Build = Callable[..., Path]


def write_database(path: Path, script: str = SINGERS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path


def write_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.fixture
def singers(tmp_path: Path) -> Path:
    return write_database(tmp_path / "singers.sqlite")


@pytest.fixture
def spider_folder(tmp_path: Path) -> Build:
    """`spider_folder(questions)`: a folder in Spider's layout with these (question, gold SQL)."""

    def build(questions: Sequence[tuple[str, str]] = QUESTIONS) -> Path:
        folder = tmp_path / "spider"
        rows = [{"db_id": "singers", "question": text, "query": gold} for text, gold in questions]
        write_json(folder / "dev.json", rows)
        write_json(folder / "tables.json", [TABLES])
        if not (folder / "database").exists():
            write_database(folder / "database" / "singers" / "singers.sqlite")
        return folder

    return build


@pytest.fixture
def corpus(spider_folder: Build) -> Corpus:
    return open_spider(spider_folder())

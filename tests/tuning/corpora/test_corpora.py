"""Each benchmark as its authors publish it, and what may be wrong with a copy."""

import json
import os
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from routesql.app.arguments import CORPUS_NAMES
from routesql.tuning.corpora import CORPORA, CorpusError, open_bird, open_spider
from routesql.tuning.corpora.spider import VALIDATION
from routesql.tuning.evaluation.judge import Verdict
from routesql.tuning.evaluation.scoring import Prediction, scored

DATA = Path(os.environ.get("ROUTESQL_DATA", Path(__file__).parents[4] / "shared" / "data"))
TABLES = [{"db_id": "d", "table_names_original": [], "column_names_original": [], "foreign_keys": []}]
ROW = {"db_id": "d", "question": "How many?", "query": "SELECT 1"}
BIRD_ROW = {
    "db_id": "d",
    "question": "How many?",
    "SQL": "SELECT 1",
    "evidence": "all",
    "difficulty": "simple",
}


def put(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def put_database(folder: Path, name: str = "d") -> Path:
    path = folder / name / f"{name}.sqlite"
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    return path


def test_validation_is_a_part_of_train(tmp_path: Path) -> None:
    put(tmp_path / "train_spider.json", [ROW, {**ROW, "db_id": "farm"}, ROW])
    put_database(tmp_path / "database", "farm")
    corpus = open_spider(tmp_path, "validation")
    assert [(example.id, example.database) for example in corpus.examples] == [("1", "farm")]
    assert list(corpus.databases) == ["farm"]
    put(tmp_path / "train_spider.json", [ROW])
    with pytest.raises(CorpusError, match=r"train_spider.json has no question on a database of the"):
        open_spider(tmp_path, "validation")


@pytest.mark.skipif(not (DATA / "spider").exists(), reason=f"needs {DATA / 'spider'}")
def test_the_databases_of_validation_are_spiders() -> None:
    validation = open_spider(DATA / "spider", "validation")
    train = open_spider(DATA / "spider", "train")
    dev = open_spider(DATA / "spider", "dev")
    assert {example.database for example in validation.examples} == VALIDATION
    assert set(validation.examples) < set(train.examples)
    assert len(validation.examples) == 1061
    assert not VALIDATION & set(dev.databases)


def test_the_command_line_knows_every_corpus() -> None:
    assert tuple(CORPORA) == CORPUS_NAMES


@pytest.mark.parametrize(
    ("name", "split", "file"),
    [
        ("spider", "train", "train_spider.json"),
        ("spider", "others", "train_others.json"),
        ("spider", "dev", "dev.json"),
        ("spider", "test", "test.json"),
        ("spider-dk", "dev", "Spider-DK.json"),
        ("spider-realistic", "dev", "spider-realistic.json"),
    ],
)
def test_spiders_layout(name: str, split: str, file: str, tmp_path: Path) -> None:
    put(tmp_path / file, [ROW, {**ROW, "question": "How few?", "sql": {}}])
    put(tmp_path / "tables.json", TABLES)
    path = put_database(tmp_path / "database")
    corpus = CORPORA[name](tmp_path, split, None)
    assert (corpus.name, corpus.split, corpus.rule) == (name, split, "spider")
    assert [(one.id, one.question) for one in corpus.examples] == [("0", "How many?"), ("1", "How few?")]
    assert {(one.database, one.gold, one.hint, one.difficulty) for one in corpus.examples} == {
        ("d", "SELECT 1", "", "")
    }
    assert corpus.databases == {"d": path}
    assert corpus.tables == {"d": TABLES[0]}


@pytest.mark.parametrize(("split", "file"), [("dev", "dev.json"), ("train", "train_spider.json")])
def test_spider_syn_asks_with_synonyms_on_spiders_databases(split: str, file: str, tmp_path: Path) -> None:
    row = {"db_id": "d", "query": "SELECT 1", "SpiderQuestion": "old", "SpiderSynQuestion": "new"}
    put(tmp_path / "spider-syn" / file, [row])
    put(tmp_path / "spider" / "tables.json", TABLES)
    path = put_database(tmp_path / "spider" / "database")
    corpus = CORPORA["spider-syn"](tmp_path / "spider-syn", split, None)
    assert corpus.examples[0].question == "new"
    assert corpus.databases == {"d": path}
    assert set(corpus.tables) == {"d"}


@pytest.mark.parametrize("beside", [True, False])
def test_spider_dk_brings_only_the_databases_that_spider_lacks(beside: bool, tmp_path: Path) -> None:
    put(tmp_path / "dk" / "Spider-DK.json", [ROW, {**ROW, "db_id": "new_d"}])
    put(tmp_path / "dk" / "tables.json", [{**TABLES[0], "db_id": "new_d"}])
    home = tmp_path / ("spider" if beside else "elsewhere")
    put(home / "tables.json", TABLES)
    old, new = put_database(home / "database"), put_database(tmp_path / "dk" / "database", "new_d")
    corpus = CORPORA["spider-dk"](tmp_path / "dk", "dev", None if beside else home / "database")
    assert corpus.databases == {"d": old, "new_d": new}
    assert set(corpus.tables) == {"d", "new_d"}


@pytest.mark.parametrize(
    ("split", "file", "folder"),
    [
        ("dev", "dev.json", "dev_databases"),
        ("train", "train.json", "train_databases"),
        ("mini-dev", "mini_dev_sqlite.json", "dev_databases"),
        ("mini-dev", "mini_dev.json", "dev_databases"),
    ],
)
def test_bird(split: str, file: str, folder: str, tmp_path: Path) -> None:
    put(
        tmp_path / file,
        [{**BIRD_ROW, "question_id": 717}, {"db_id": "d", "question": "q", "SQL": "SELECT 2"}],
    )
    path = put_database(tmp_path / folder)
    corpus = CORPORA["bird"](tmp_path, split, None)
    assert corpus.rule == "bird"
    first, second = corpus.examples
    assert (first.id, first.hint, first.difficulty, first.gold) == ("717", "all", "simple", "SELECT 1")
    assert (second.id, second.hint, second.difficulty) == ("1", "", "")
    assert corpus.databases == {"d": path}
    assert CORPORA["bird"](tmp_path, split, tmp_path / folder).databases == corpus.databases


@pytest.mark.parametrize("name", CORPUS_NAMES)
def test_an_unknown_split_is_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=rf"^{name} has no split 'final'; it has .*dev.*$"):
        CORPORA[name](tmp_path, "final", None)


@pytest.mark.parametrize("name", CORPUS_NAMES)
def test_a_missing_file_is_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"^no file .*\.json; --data takes .*$"):
        CORPORA[name](tmp_path, "dev", None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[", "cannot read .*dev.json: "),
        ("{}", "dev.json holds no list of questions"),
        ("[]", "dev.json holds no list of questions"),
        ("[1]", "question 0 has no 'db_id'"),
        ('[{"db_id": "d", "question": "q"}]', "question 0 has no 'query'"),
        ('[{"db_id": "d", "question": null, "query": "q"}]', "question 0 has no 'question'"),
    ],
)
def test_a_damaged_file_is_one_line(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError, match=said) as caught:
        open_spider(tmp_path)
    assert "\n" not in str(caught.value)


def test_missing_databases_are_one_line(tmp_path: Path) -> None:
    put(tmp_path / "dev.json", [ROW, {**ROW, "db_id": "e"}, {**ROW, "db_id": "f"}])
    put_database(tmp_path / "database", "e")
    with pytest.raises(CorpusError, match=r"^no database .*d\.sqlite and 1 more; say where .*--databases$"):
        open_spider(tmp_path)
    put(tmp_path / "dev.json", [BIRD_ROW])
    with pytest.raises(CorpusError, match=r"^no database .*dev_databases/d/d\.sqlite; say where"):
        open_bird(tmp_path)


@pytest.mark.parametrize("content", ["[", "{}", "[1]", '[{"db_id": "d"}]'])
def test_a_damaged_tables_file_is_one_line(content: str, tmp_path: Path) -> None:
    put(tmp_path / "dev.json", [ROW])
    put_database(tmp_path / "database")
    (tmp_path / "tables.json").write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError, match=r"tables\.json"):
        open_spider(tmp_path)


def test_without_tables_there_is_no_exact_match(tmp_path: Path) -> None:
    put(tmp_path / "dev.json", [{**ROW, "query": "SELECT count(*) FROM t"}])
    put_database(tmp_path / "database")
    corpus = open_spider(tmp_path)
    found = scored(corpus, Prediction(corpus.examples[0], "SELECT 1"), Verdict("right"))
    assert (found.exact, found.difficulty) == (None, "easy")


@pytest.mark.skipif(not DATA.exists(), reason=f"no data in {DATA}")
def test_the_published_files_open() -> None:
    sizes = {"train": 7000, "others": 1659, "dev": 1034}
    assert {split: len(open_spider(DATA / "spider", split).examples) for split in sizes} == sizes
    syn = CORPORA["spider-syn"](DATA / "spider-syn", "dev", None)
    assert len(syn.examples) == 1034
    assert syn.tables.keys() >= syn.databases.keys()
    bird = open_bird(DATA / "bird")
    assert Counter(one.difficulty for one in bird.examples).keys() == {"simple", "moderate", "challenging"}
    assert sum(bool(one.hint) for one in bird.examples) > 100

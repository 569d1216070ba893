"""A corpus of new databases: what is kept, what is dropped, a stop, a second start, and its layout."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from routesql.agents.model import ScriptedModel
from routesql.tuning.corpora import open_spider
from routesql.tuning.evaluation.judge import Verdict
from routesql.tuning.evaluation.scoring import Prediction, scored
from routesql.tuning.synthesis.attempt import Asked
from routesql.tuning.synthesis.corpus_folder import CorpusFolder
from routesql.tuning.synthesis.selection import Avoid
from routesql.tuning.synthesis.synthesize import PATIENCE, synthesize

SETTING = {"model": "scripted", "seed": 0, "routesql": "0", "prompts": "0", "command": "routesql"}
pytestmark = pytest.mark.usefixtures("here")


def folder_of(path: Path) -> CorpusFolder:
    folder = CorpusFolder(path, SETTING)
    folder.restore()
    return folder


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_corpus_in_spiders_layout(strong_one: ScriptedModel, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    synthesize(strong_one, Asked(15), 2, folder)
    corpus = open_spider(tmp_path, "train")
    assert sorted(corpus.databases) == ["synthetic_bee_keeping", "synthetic_tram_depot"]
    assert [(one.question, one.gold) for one in corpus.examples][:2] == [
        ("Which hives are in Bern?", "SELECT name FROM hive WHERE town = 'Bern'"),
        ("What does the dearest harvest cost?", "SELECT max(cost) FROM harvest"),
    ]
    assert len(corpus.examples) == 4
    for one in corpus.examples:
        found = scored(corpus, Prediction(one, one.gold), Verdict("right"))
        assert found.exact, "exact set match reads tables.json"
    entry = corpus.tables["synthetic_bee_keeping"]
    assert entry["column_names_original"][1] == [0, "hive_id"]
    assert (entry["primary_keys"], entry["foreign_keys"]) == ([1, 5], [[6, 1]])
    assert entry["column_types"] == ["text", "number", "text", "text", "number", "number", "number", "number"]


def test_the_card(strong_one: ScriptedModel, tmp_path: Path) -> None:
    synthesize(strong_one, Asked(15), 1, folder_of(tmp_path))
    card = read(tmp_path / "card.json")
    assert card["questions"]["easy"] == {"kept": 2, "no_rows": 1, "unknown_name": 1, "near_question": 1}
    assert card["databases"] == {"synthetic_bee_keeping": 2}
    text = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert "| easy | 2 | 1 | 1 | 1 |" in text
    (line,) = (tmp_path / "attempts.jsonl").read_text(encoding="utf-8").splitlines()
    assert {one["reason"] for one in json.loads(line)["dropped"]} == {
        "no_rows",
        "unknown_name",
        "near_question",
    }


def test_no_more_of_a_difficulty_than_asked_for(strong_one: ScriptedModel, tmp_path: Path) -> None:
    assert Asked(5).of_difficulty() == {"easy": 2, "medium": 2, "hard": 1}
    synthesize(strong_one, Asked(1), 1, folder := folder_of(tmp_path))
    assert [one.question for one in folder.finished[0].kept] == ["Which hives are in Bern?"]
    assert len(strong_one.prompts) == 2


def test_the_ban_list_grows(strong_one: ScriptedModel, tmp_path: Path) -> None:
    asked = Asked(3, ban=("bee keeping",), avoid=Avoid(domains=("concert singer",)))
    synthesize(strong_one, asked, 2, folder := folder_of(tmp_path))
    assert [one.domain for one in folder.finished] == ["tram depot", "mine rescue"]
    domains = [prompt[-1].text for prompt in strong_one.prompts if "Invent" in prompt[-1].text]
    assert "- bee keeping\n- concert singer\n- tram depot\n" in domains[1]


class StopError(Exception):
    pass


@pytest.mark.parametrize("calls", [5, 6, 7])
def test_a_stop_costs_the_database_at_hand_alone(
    calls: int, strong_one: ScriptedModel, tmp_path: Path
) -> None:
    """Each database takes four calls; the second is stopped at each of its own."""

    def stops(messages: list[BaseMessage]) -> str:
        if len(model.prompts) == calls:
            raise StopError
        return str(strong_one.invoke(messages).text)

    model = ScriptedModel(stops)
    with pytest.raises(StopError):
        synthesize(model, Asked(15), 3, folder_of(tmp_path))
    kept = (tmp_path / "attempts.jsonl").read_bytes()
    assert list(open_spider(tmp_path, "train").databases) == ["synthetic_bee_keeping"]
    before = len(strong_one.prompts)
    synthesize(strong_one, Asked(15), 3, folder := folder_of(tmp_path))
    assert len(folder.finished) == 3
    assert len(strong_one.prompts) - before == 8
    assert (tmp_path / "attempts.jsonl").read_bytes().startswith(kept)
    assert not list(tmp_path.glob("*partial*"))


def test_a_torn_line_is_tried_again(strong_one: ScriptedModel, tmp_path: Path) -> None:
    synthesize(strong_one, Asked(15), 2, folder_of(tmp_path))
    log = tmp_path / "attempts.jsonl"
    log.write_bytes(log.read_bytes()[:-30])
    folder = folder_of(tmp_path)
    assert list(read(tmp_path / "card.json")["databases"]) == ["synthetic_bee_keeping"]
    synthesize(strong_one, Asked(15), 2, folder)
    assert sorted(open_spider(tmp_path, "train").databases) == [
        "synthetic_bee_keeping",
        "synthetic_tram_depot",
    ]


WRONG = {
    "no script": ("I cannot.", "no_script", "the reply has no domain"),
    "banned": ("Domain: Singing\n```sql\nCREATE TABLE a (x);\n```", "banned_domain", "too close to singing"),
    "attack": (
        "Domain: a\n```sql\nCREATE TABLE a (x); PRAGMA user_version = 1;\n```",
        "script",
        "not authorized",
    ),
}


@pytest.mark.parametrize(("reply", "reason", "message"), WRONG.values(), ids=WRONG)
def test_a_model_that_writes_nothing_of_use(
    reply: str, reason: str, message: str, tmp_path: Path, said: Callable[..., str]
) -> None:
    folder = folder_of(tmp_path)
    model = ScriptedModel(lambda _: reply)
    told = said(synthesize, model, Asked(3, ban=("singing",)), 1, folder)
    assert f"{PATIENCE} attempts in a row came to nothing, the last because" in told
    assert folder.attempts[0].reason == reason
    assert message in folder.attempts[0].message
    assert not (tmp_path / "database").exists()


def test_a_damaged_log(tmp_path: Path, said: Callable[..., str]) -> None:
    (tmp_path / "attempts.jsonl").write_text("{}\n", encoding="utf-8")
    assert "attempts.jsonl line 1 is damaged" in said(folder_of, tmp_path)

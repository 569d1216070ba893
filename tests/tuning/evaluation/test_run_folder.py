"""A run's folder: gone on with, or refused in one line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from routesql.tuning.evaluation.exact_match import Component
from routesql.tuning.evaluation.run_folder import Answer, RunError, RunFolder
from routesql.tuning.evaluation.scoring import Scored

SETTING = {"corpus": "spider", "model": "some/model", "samples": 1, "suites": None}


def answer(name: str, sql: str = "SELECT 1") -> Answer:
    scored = Scored(name, "singers", "easy", sql, "right", exact=True)
    attempts = ({"role": "generator", "sql": sql, "kind": "ok", "accepted": True, "reason": "1 rows"},)
    return Answer(
        replace(scored, components={"select": Component(True, 1, 1)}),
        attempts=attempts,
        usage={"calls": 1, "seconds": 0.5},
        links={"tables": ["singer"], "columns": [["singer", "name"]]},
    )


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "deep" / "run")
    assert folder.start(SETTING) == {}
    for name in ("0", "1", "2"):
        folder.add(answer(name))
    return folder


def test_answers_come_back_as_they_were(folder: RunFolder) -> None:
    assert folder.start(SETTING) == {(name, 0): answer(name) for name in ("0", "1", "2")}
    assert folder.setting() == SETTING


def test_a_run_from_before_there_were_links(folder: RunFolder) -> None:
    lines = [json.loads(line) for line in folder.answers_file.read_text(encoding="utf-8").splitlines()]
    old = [{key: value for key, value in line.items() if key != "links"} for line in lines]
    folder.answers_file.write_text("".join(json.dumps(line) + "\n" for line in old), encoding="utf-8")
    assert [one.links for one in folder.answers()] == [None, None, None]


@pytest.mark.parametrize("odd", ["'\u2028'", "'\x85'", "'\x0b\x1c'", "'é\r\n'"])
def test_every_sql_is_one_line(odd: str, folder: RunFolder) -> None:
    folder.add(answer("3", odd))
    assert folder.start(SETTING)["3", 0].scored.predicted == odd


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_a_torn_last_line_is_dropped(cut: int, folder: RunFolder) -> None:
    content = folder.answers_file.read_bytes()
    folder.answers_file.write_bytes(content[:-cut])
    assert set(folder.start(SETTING)) == {("0", 0), ("1", 0)}
    folder.add(answer("2"))
    assert folder.answers_file.read_bytes() == content


@pytest.mark.parametrize("key", ["model", "corpus", "samples", "suites"])
def test_another_setting_is_refused(key: str, folder: RunFolder) -> None:
    with pytest.raises(RunError) as caught:
        folder.start({**SETTING, key: "another"})
    assert f"holds a run with {key} {SETTING[key]!r}, not 'another'" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", [b"{}", b"5", b"null", b'"a"', b"[1]", b"{", b"\xff\xfe", b'{"id": "9"}'])
def test_a_damaged_line_is_named(damage: bytes, folder: RunFolder) -> None:
    first, _, rest = folder.answers_file.read_bytes().partition(b"\n")
    folder.answers_file.write_bytes(first + b"\n" + damage + b"\n" + rest)
    with pytest.raises(RunError, match=r"answers\.jsonl line 2 is damaged; remove it and start again"):
        folder.start(SETTING)


def test_a_folder_of_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(RunError, match="is not empty and holds no run; choose another --out"):
        RunFolder(tmp_path).start(SETTING)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(RunError, match="cannot write to"):
        RunFolder(path).start(SETTING)


@pytest.mark.parametrize("content", [None, "", "{", "[1]", "3"])
def test_no_readable_setting(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content, encoding="utf-8")
    with pytest.raises(RunError, match="holds no run"):
        RunFolder(tmp_path).setting()


def test_no_answers_yet(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds no answers yet"):
        list(RunFolder(tmp_path).answers())


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    first = RunFolder(tmp_path / "run")
    first.start(SETTING)
    with pytest.raises(RunError, match=r"another process is at work in .*run; choose another --out"):
        RunFolder(tmp_path / "run").start(SETTING)
    del first
    assert RunFolder(tmp_path / "run").start(SETTING) == {}


def test_a_start_that_was_refused_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(RunError, match="holds no run"):
            RunFolder(tmp_path).start(SETTING)

"""Completions of a file of prompts: the live model's greedy texts, and never asked twice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from routesql.agents.model import LocalModel
from routesql.tuning.training.complete import main


@pytest.fixture
def ask(base: Path, data: Path, tmp_path: Path) -> Callable[..., dict[str, list[str]]]:
    """`ask(*options)`: what the file then holds, by id."""
    out = tmp_path / "completions.jsonl"

    def ask(*options: str) -> dict[str, list[str]]:
        prompts = str(data / "train.jsonl.gz")
        fixed = [
            "--base",
            str(base),
            "--out",
            str(out),
            "--device",
            "cpu",
            "--max-tokens",
            "12",
            "--batch",
            "5",
        ]
        assert main([prompts, *fixed, *options]) == 0
        found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        assert len({line["id"] for line in found}) == len(found)
        return {line["id"]: line["completions"] for line in found}

    return ask


def test_greedy_completions_are_the_live_models(
    ask: Callable[..., dict[str, list[str]]], base: Path, lines: Callable[[], list[dict[str, str]]]
) -> None:
    found = ask("--task", "generator")
    live = LocalModel(model=str(base), dtype="float32", max_tokens=12)
    wanted = {
        line["id"]: [str(live.invoke([SystemMessage(line["system"]), HumanMessage(line["user"])]).text)]
        for line in lines()
        if line["task"] == "generator" and line["database"] != "stadiums"
    }
    assert found == wanted


def test_samples_differ_and_come_back_with_the_seed(
    ask: Callable[..., dict[str, list[str]]], tmp_path: Path
) -> None:
    options = ("--task", "linker", "--samples", "4", "--temperature", "1.5")
    first = ask(*options)
    assert all(len(set(texts)) > 1 for texts in first.values())
    (tmp_path / "completions.jsonl").unlink()
    assert ask(*options) == first
    (tmp_path / "completions.jsonl").unlink()
    assert ask(*options, "--seed", "1") != first


def test_what_is_there_is_not_asked_again(ask: Callable[..., dict[str, list[str]]], tmp_path: Path) -> None:
    out = tmp_path / "completions.jsonl"
    whole = ask()
    kept, *_ = out.read_text(encoding="utf-8").splitlines()
    said = {"id": json.loads(kept)["id"], "completions": ["kept"]}
    out.write_text(json.dumps(said) + '\n{"id": "torn', encoding="utf-8")
    again = ask()
    assert again == {**whole, said["id"]: ["kept"]}


def test_other_settings_do_not_mix(
    ask: Callable[..., dict[str, list[str]]], data: Path, base: Path, tmp_path: Path, caplog: Any
) -> None:
    ask("--task", "linker")
    out = tmp_path / "completions.jsonl"
    before = out.read_bytes()
    same = [str(data / "train.jsonl.gz"), "--base", str(base), "--out", str(out), "--device", "cpu"]
    assert main([*same, "--max-tokens", "12", "--seed", "1"]) == 2
    assert "was made with another seed; choose another --out" in caplog.text
    assert out.read_bytes() == before


def test_bad_input_is_one_line(
    base: Path, data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    prompts, out = str(data / "train.jsonl.gz"), tmp_path / "notes.txt"
    for notes in ("my notes\n", "my notes", '{"id": 1}\n{"id"'):
        out.write_text(notes, encoding="utf-8")
        assert main([prompts, "--base", str(base), "--out", str(out), "--device", "cpu"]) == 2
        assert out.read_text(encoding="utf-8") == notes
    assert main([prompts, "--base", str(tmp_path), "--out", str(tmp_path / "a"), "--device", "cpu"]) == 2
    assert main([prompts, "--base", str(base), "--out", str(tmp_path / "a"), "--samples", "2"]) == 2
    assert [len(record.message.splitlines()) for record in caplog.records if record.levelname == "ERROR"] == [
        1
    ] * 5

"""`routesql tune judge`, and `tune data` without what it rejects."""

import json
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage

from .conftest import GOLD, Model, Tune

WRONG = "SELECT 7"
SAID = "The SQL is correct."


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """Of both questions of singers three samples that agree against the gold SQL; of farm's all are right."""
    file = tmp_path / "samples.jsonl"
    drawn = [
        {"id": f"spider-train-{n}", "sql": sql, "correct": n > 1, "count": 3}
        for n, sql in enumerate([WRONG, WRONG, *GOLD.values()])
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in drawn), encoding="utf-8")
    return file


def test_judged_then_left_out(
    data: Path,
    tune: Tune,
    models: list[Model],
    samples: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def said(_: Model, messages: list[BaseMessage]) -> str:
        return WRONG if "Who comes from" in messages[-1].text else SAID

    monkeypatch.setattr(Model, "said", said)
    corpus = ("--corpus", "spider", "--data", data)
    given = (*corpus, "--samples", samples, "--out", tmp_path / "judged")
    code, error = tune("judge", *given)
    file = tmp_path / "judged" / "judged.jsonl"
    assert code == 0, error
    assert error.strip().splitlines()[-1] == f"routesql: 4 questions, 2 suspect, 1 rejected: {file}"
    judged = {line["id"]: line for line in map(json.loads, file.read_text("utf-8").splitlines())}
    assert {name: (one["rejected"], one["reply"]) for name, one in judged.items()} == {
        "spider-train-0": (False, None),
        "spider-train-1": (True, WRONG),
    }

    # A stop has torn the last line: that question alone is asked again.
    file.write_bytes(file.read_bytes()[:-9])
    assert tune("judge", *given)[0] == 0
    assert {json.loads(line)["id"] for line in file.read_text("utf-8").splitlines()} == set(judged)
    assert [len(model.prompts) for model in models] == [2, 1]

    code, error = tune("pairs", *corpus, "--judged", file, "--samples", samples, "--out", tmp_path / "pairs")
    assert code == 0, error
    left = map(json.loads, (tmp_path / "pairs" / "left_out.jsonl").read_text("utf-8").splitlines())
    assert {one["id"]: one["reason"] for one in left} == {
        "spider-train-1": "rejected",
        "spider-train-2": "no_wrong_sample",
        "spider-train-3": "no_wrong_sample",
    }

    code, error = tune("data", *corpus, "--judged", file, "--out", tmp_path / "made")
    assert code == 0, error
    assert "1 questions left out" in error
    one = json.loads((tmp_path / "made" / "left_out.jsonl").read_text("utf-8"))
    assert (one["id"], one["reason"]) == ("spider-train-1", "rejected")


def test_bad_input_is_one_line(data: Path, tune: Tune, samples: Path, tmp_path: Path) -> None:
    corpus = ("--corpus", "spider", "--data", data, "--out", tmp_path / "out")
    code, error = tune("data", *corpus, "--judged", "nowhere")
    assert (code, error) == (2, "routesql: no file nowhere; `routesql tune judge` makes it\n")
    code, error = tune("judge", *corpus, "--samples", "nowhere")
    assert (code, error.count("\n")) == (2, 1)
    assert not (tmp_path / "out").exists()
    samples.write_text('{"id": "a", "sql": "", "correct": false, "count": [2]}\n', encoding="utf-8")
    code, error = tune("judge", *corpus, "--samples", samples)
    assert code == 2
    assert "line 1 is no sample" in error

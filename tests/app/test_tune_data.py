"""`routesql tune data`: files, exit codes, one-line errors."""

import gzip
import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from routesql.app import cli, tuning
from routesql.tuning.mixture import make

from .conftest import write_database

PAIRS = {
    "How many singers are there?": "SELECT count(*) FROM singer",
    "Who comes from France?": "SELECT name FROM singer WHERE country = 'France'",
    "List the names by age.": "SELECT name FROM singer ORDER BY born",
    "Who is not there?": "SELECT nobody FROM singer",
}
LINE = {"id", "task", "database", "system", "user", "completion", "kind"}

Captured = pytest.CaptureFixture[str]
Tune = Callable[..., tuple[int, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "spider"
    for name in ("singers", "farm"):
        write_database(folder, name)
    rows = [
        {"db_id": name, "question": text, "query": gold}
        for name in ("singers", "farm")
        for text, gold in PAIRS.items()
    ]
    (folder / "train_spider.json").write_text(json.dumps(rows), encoding="utf-8")
    (folder / "train_others.json").write_text(json.dumps(rows[:1]), encoding="utf-8")
    return folder


@pytest.fixture
def tune(data: Path, tmp_path: Path, capsys: Captured) -> Tune:
    """`tune("--seed", 1)`: exit code and stderr of `routesql tune data`; what is given twice counts last."""

    def call(*more: object) -> tuple[int, str]:
        given = ["--corpus", "spider", "--data", data, "--out", tmp_path / "out", *more]
        code = cli.main(["tune", "data", *map(str, given)])
        return code, capsys.readouterr().err

    return call


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work of the workers in this process: they take seconds to start."""
    monkeypatch.setattr(tuning, "mixture", lambda given: ((batch, make(batch)) for batch in given))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]


def last(error: str) -> str:
    return error.strip().splitlines()[-1]


def test_the_files(tune: Tune, tmp_path: Path) -> None:
    code, error = tune("--split", "train", "--split", "others")
    assert code == 0, error
    out = tmp_path / "out"
    train, validation = (lines(out / f"{split}.jsonl.gz") for split in ("train", "validation"))
    assert {line["database"] for line in train} == {"singers"}
    assert {line["database"] for line in validation} == {"farm"}
    assert all(line.keys() == LINE for line in [*train, *validation])
    assert {line["task"] for line in train} == {"generator", "linker", "corrector", "continuer"}
    card = json.loads((out / "card.json").read_text(encoding="utf-8"))
    assert sum(card["examples"]["train"].values()) == len(train)
    assert card["left_out"] == {"unknown_name": 2, "duplicate": 1}
    left = [json.loads(line) for line in (out / "left_out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {one["reason"] for one in left} == {"duplicate", "unknown_name"}
    assert "--split train --split others" in card["command"]
    assert card["command"] in (out / "card.md").read_text(encoding="utf-8")
    assert (out / "lengths.png").read_bytes().startswith(b"\x89PNG")
    assert last(error).startswith(
        f"routesql: {len(train)} examples to train on, {len(validation)} to validate"
    )


@pytest.mark.usefixtures("here")
def test_the_same_seed_makes_the_same_bytes(tune: Tune, tmp_path: Path) -> None:
    files = [tmp_path / name / "train.jsonl.gz" for name in ("out", "again", "other")]
    assert (
        tune()[0] == tune("--out", tmp_path / "again")[0] == tune("--out", tmp_path / "other", "--seed", 5)[0]
    )
    one, again, other = (file.read_bytes() for file in files)
    assert one == again != other


@pytest.mark.usefixtures("here")
def test_a_finished_folder_is_made_anew(tune: Tune, tmp_path: Path) -> None:
    assert tune()[0] == 0
    before = (tmp_path / "out" / "train.jsonl.gz").read_bytes()
    assert tune()[0] == 0
    assert (tmp_path / "out" / "train.jsonl.gz").read_bytes() == before


@pytest.mark.usefixtures("here")
def test_samples_take_the_place_of_mutations(tune: Tune, tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    sample = {"id": "spider-train-0", "sql": "SELECT nam FROM singer", "correct": False, "error": "no column"}
    file.write_text(json.dumps(sample), encoding="utf-8")
    assert tune("--samples", file)[0] == 0
    of_it = [
        one for one in lines(tmp_path / "out" / "train.jsonl.gz") if one["id"].startswith("spider-train-0/")
    ]
    (noisy,) = [one for one in of_it if one["id"] == "spider-train-0/corrector"]
    assert noisy["kind"] == "sample"
    assert "SELECT nam FROM singer\n\n/* Execution error */\nno column" in noisy["user"]


WRONG = {
    "no folder": (("--data", "nowhere"), "no file nowhere/train_spider.json; --data takes"),
    "no split": (("--split", "tests"), "spider has no split 'tests'; it has train, validation"),
    "no databases": (("--databases", "nowhere"), "no folder nowhere; --databases takes one"),
    "no samples": (("--samples", "nowhere"), "cannot read nowhere: No such file or directory"),
    "only validation": (("--split", "validation"), "no question is left to train on"),
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("given", "said"), WRONG.values(), ids=WRONG)
def test_bad_input_is_one_line(given: tuple[str, ...], said: str, tune: Tune) -> None:
    code, error = tune(*given)
    assert code == 2
    assert said in last(error)
    assert "Traceback" not in error


def test_out_is_a_file(tune: Tune, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    code, error = tune("--out", tmp_path / "file")
    assert (code, last(error)) == (2, f"routesql: cannot write to {tmp_path / 'file'}: File exists")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("here")
def test_out_holds_something_else(tune: Tune, tmp_path: Path) -> None:
    assert tune("--limit", 5)[0] == 0
    before = (tmp_path / "out" / "train.jsonl.gz").read_bytes()
    code, error = tune("--limit", 5, "--seed", 1)
    assert code == 2
    assert "choose another --out" in last(error)
    assert (tmp_path / "out" / "train.jsonl.gz").read_bytes() == before
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine", encoding="utf-8")
    assert "is not empty and holds no run" in last(tune("--out", tmp_path / "notes")[1])


def test_samples_of_another_corpus(tune: Tune, tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text('{"id": "bird-train-1", "sql": "SELECT 1", "correct": true}', encoding="utf-8")
    code, error = tune("--samples", file)
    assert code == 2
    assert "has samples of bird-train-1, but of no question here, as spider-train-0" in last(error)
    line = {"id": "spider-train-0", "sql": "SELECT 1", "correct": True, "question": "Of another corpus?"}
    file.write_text(json.dumps(line), encoding="utf-8")
    code, error = tune("--samples", file)
    assert code == 2
    assert "has samples of another spider-train-0 than the one here" in last(error)


def test_ctrl_c(tune: Tune, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, exit 130, no worker left, no half file; the next start makes all of it."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("routesql.tuning.data_card.Tally.add", stop)
        code, error = tune()
    assert (code, last(error)) == (130, "routesql: interrupted")
    assert not multiprocessing.active_children()
    assert not list((tmp_path / "out").glob("*.gz*"))
    assert tune()[0] == 0


@pytest.mark.parametrize(
    "given", [[], ["data"], ["data", "--limit", "0"], ["data", "--corpus", "x"], ["nothing"]]
)
def test_wrong_arguments(given: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["tune", *given])
    error = capsys.readouterr().err
    assert stopped.value.code == 2
    assert error.startswith("routesql: ")
    assert error.count("\n") == 1

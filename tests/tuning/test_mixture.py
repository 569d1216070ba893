"""The mixture: the same for the same seed, however many workers make it; what cannot be used is listed."""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pytest

from routesql.agents.prompt_hash import prompt_hash
from routesql.tuning import mixture as mixtures
from routesql.tuning.corpora import Corpus, Example
from routesql.tuning.corpora.spider import VALIDATION
from routesql.tuning.data_card import NO_TOKENS, Tally, card, markdown
from routesql.tuning.data_folder import Writer, writing
from routesql.tuning.mixture import Made, batches, held_out, mixture
from routesql.tuning.noise_filter import Pair, pairs, without_duplicates
from routesql.tuning.tasks.line import Line
from routesql.tuning.tasks.samples import SamplesError, read_samples

from .conftest import QUESTIONS, write_database

MORE = (
    *QUESTIONS,
    ("Which countries are there?", "SELECT DISTINCT country FROM singer"),
    ("Who is the youngest?", "SELECT name FROM singer ORDER BY born DESC LIMIT 1"),
    ("Who never sang?", "SELECT name FROM singer WHERE singer_id NOT IN (SELECT singer_id FROM concert)"),
    ("What is nowhere?", "SELECT nowhere FROM singer"),
    ("how many  singers are there?", "SELECT  count(*) FROM singer;"),
)


@pytest.fixture
def given(tmp_path: Path) -> list[Pair]:
    files = {name: write_database(tmp_path / name / f"{name}.sqlite") for name in ("b", "a")}
    examples = tuple(
        Example(f"{name}{index}", name, text, gold)
        for index, (text, gold) in enumerate(MORE)
        for name in ("b", "a")
    )
    return pairs([Corpus("spider", "train", "spider", examples, files)])


def made(given: Sequence[Pair], cache: Path, seed: int = 0, workers: int = 0) -> list[Made]:
    """In this process without workers, which take seconds to start."""
    asked = batches(given, {}, cache, seed)
    return [found for _, found in mixture(asked, workers)] if workers else [*map(mixtures.make, asked)]


def lines(found: Sequence[Made]) -> list[Line]:
    return [line for one in found for line in one.lines]


def test_the_same_whoever_makes_it(
    given: list[Pair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixtures, "BATCH", 3)
    one, two = made(given, tmp_path), made(given, tmp_path / "cache", workers=2)
    assert one == two
    assert len(one) == 6
    assert lines(made(given, tmp_path, seed=1)) != lines(one)


def test_lines_of_a_database_and_of_a_question_are_together(given: list[Pair], tmp_path: Path) -> None:
    found = lines(made(given, tmp_path))
    assert [name for name, _ in groupby(line.database for line in found)] == ["a", "b"]
    questions = [name for name, _ in groupby(line.id.split("/")[0] for line in found)]
    assert len(questions) == len(set(questions))
    assert len({line.id for line in found}) == len(found)
    assert {line.task for line in found} == {"generator", "linker", "corrector", "continuer"}


def test_what_is_left_out_is_listed(given: list[Pair], tmp_path: Path) -> None:
    kept, repeated = without_duplicates(given)
    assert [(one.id, one.message) for one in repeated] == [
        ("spider-train-b8", "the same as spider-train-b0"),
        ("spider-train-a8", "the same as spider-train-a0"),
    ]
    found = made(kept, tmp_path)
    left = [one for batch in found for one in batch.left_out]
    assert {(one.id, one.reason) for one in left} == {
        ("spider-train-a7", "unknown_name"),
        ("spider-train-b7", "unknown_name"),
    }
    assert not any("a7" in line.id or "b7" in line.id for line in lines(found))


def test_a_file_that_is_no_database(given: list[Pair], tmp_path: Path) -> None:
    given[0].file.write_bytes(b"no database" * 999)
    (good, bad) = made(given, tmp_path)
    assert good.lines
    assert {one.reason for one in bad.left_out} == {"database"}
    assert len(bad.left_out) == len(MORE)


def test_a_question_that_a_worker_dies_over(
    given: list[Pair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others of its batch are made all the same."""
    monkeypatch.setattr(mixtures, "make", dies_over_the_last)
    found = made(given[::2], tmp_path, workers=1)
    (left,) = [one for batch in found for one in batch.left_out if one.reason == "lost"]
    assert (left.id, left.message) == ("spider-train-b6", "its worker was stopped: crash")
    assert any("b5" in line.id for line in lines(found))


def dies_over_the_last(batch: mixtures.Batch) -> Made:
    if any(pair.id.endswith("b6") for pair in batch.pairs):
        raise SystemExit(1)
    return mixtures.make(batch)


def test_databases_held_out() -> None:
    assert held_out({"farm", "a", "b"}, 0) == {"farm"} <= VALIDATION
    many = {f"database {number}" for number in range(40)}
    assert 0 < len(held_out(many, 0)) < 10
    assert held_out(many, 0) < many
    assert held_out({"geo", "other"}, 0) == set(), "of Spider's others none, as beside train"
    some = {"database 1", *held_out(many, 0)}
    assert held_out(some, 0) == held_out(many, 0), "whatever else is there"
    assert held_out(many, 0) == held_out(many, 0) != held_out(many, 1)
    assert len(held_out({"a", "b"}, 0)) == 1
    assert held_out({"alone"}, 0) == set()


def test_the_same_lines_make_the_same_file(given: list[Pair], tmp_path: Path) -> None:
    found = lines(made(given[:4], tmp_path))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with writing(tmp_path / name) as files:
            for line in found:
                files.add("train", line)
    packed = [(tmp_path / name / "train.jsonl.gz").read_bytes() for name in ("one", "two")]
    assert packed[0] == packed[1]


def test_an_interrupt_leaves_the_earlier_files(given: list[Pair], tmp_path: Path) -> None:
    line = lines(made(given[:2], tmp_path))[0]
    with writing(tmp_path) as files:
        files.add("train", line)
    before = (tmp_path / "train.jsonl.gz").read_bytes()
    with pytest.raises(KeyboardInterrupt), writing(tmp_path) as files:
        interrupted(files, line)
    assert (tmp_path / "train.jsonl.gz").read_bytes() == before
    assert not list(tmp_path.glob("*.partial"))


def interrupted(files: Writer, line: Line) -> None:
    files.add("train", line)
    files.add("train", line)
    raise KeyboardInterrupt


def test_the_card_counts(given: list[Pair], tmp_path: Path) -> None:
    found = made(given, tmp_path)
    tally = Tally(lambda text: len(text.split()))
    for line in lines(found):
        tally.add("validation" if line.database == "a" else "train", line)
    left = [one for batch in found for one in batch.left_out]
    setting = {"corpus": "spider", "splits": ["train"], "questions": 18, "seed": 0, "prompts": prompt_hash()}
    shown = card({**setting, "routesql": "1"}, "routesql tune data", tally, left)
    ours = lines(found)
    assert sum(sum(counts.values()) for counts in shown["examples"].values()) == len(ours)
    assert shown["examples"]["train"]["linker"] == sum(
        line.task == "linker" and line.database == "b" for line in ours
    )
    assert sum(shown["kinds"]["corrector"].values()) == sum(line.task == "corrector" for line in ours)
    assert shown["databases"]["validation"] == {"a": sum(line.database == "a" for line in ours)}
    assert shown["left_out"] == {"unknown_name": 2}
    for task, sizes in shown["tokens"].items():
        texts = [f"{one.system} {one.user} {one.completion}" for one in ours if one.task == task]
        assert sizes["max"] == max(len(text.split()) for text in texts) - 1  # "assistant.CREATE" is one
    assert shown == json.loads(json.dumps(shown))
    assert "| unknown_name | 2 |" in markdown(shown)
    assert NO_TOKENS not in markdown(shown)
    assert NO_TOKENS in markdown({**shown, "tokens": {}})


def test_samples(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    rows = [
        {"id": "spider-train-1", "sql": "SELECT 1", "correct": True, "error": ""},
        {"id": "spider-train-1", "sql": "SELECT x", "correct": False, "error": "no column", "more": 1},
    ]
    file.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    (found,) = read_samples(file).values()
    assert [(one.sql, one.correct, one.error) for one in found] == [
        ("SELECT 1", True, ""),
        ("SELECT x", False, "no column"),
    ]


@pytest.mark.parametrize(
    "text", ["", "{", '{"id": 1, "sql": "", "correct": true}', "[]", '{"id": "a", "sql": "b"}']
)
def test_samples_that_are_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SamplesError, match=r"samples.jsonl (line 1 is no sample|holds no samples)"):
        read_samples(file)
    with pytest.raises(SamplesError, match=r"cannot read .*: No such file"):
        read_samples(tmp_path / "none")

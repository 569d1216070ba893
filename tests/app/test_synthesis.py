"""`routesql tune sample`, `pairs`, `synthesize`: files, a second start, one-line errors; what reads them."""

import gzip
import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from routesql.app import cli
from routesql.tuning.tasks.samples import read_samples

from .conftest import GOLD, Captured, Model, Tune

STRONG = '''
from routesql.agents.model import ScriptedModel

DOMAINS = ["bee keeping", "tram depot", "mine rescue"]
DRAFT = """Domain: {0}
```sql
CREATE TABLE place (place_id INTEGER PRIMARY KEY, town TEXT);
CREATE TABLE visit (visit_id INTEGER PRIMARY KEY, place_id INTEGER REFERENCES place(place_id), cost REAL);
INSERT INTO place VALUES (1, '{0} one'), (2, 'Bern');
INSERT INTO visit VALUES (1, 1, 4.5), (2, 2, 8.0);
```"""
QUESTIONS = """
{"question": "What did the dearest visit cost?", "sql": "SELECT max(cost) FROM visit"}
{"question": "Which towns are there?", "sql": "SELECT town FROM place"}
"""


def said(messages):
    text = messages[-1].text
    if "Invent" in text:
        return DRAFT.format(next(name for name in DOMAINS if f"- {name}\\n" not in text))
    return QUESTIONS if "Difficulty: easy" in text else "None."


model = ScriptedModel(said)
refusing = ScriptedModel(lambda _: "I cannot.")
'''


def lines(path: Path) -> list[dict[str, Any]]:
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def last(error: str) -> str:
    return error.strip().splitlines()[-1]


def test_samples_then_pairs_then_data(
    data: Path, tune: Tune, models: list[Model], tmp_path: Path, prompt: Any
) -> None:
    corpus = ("--corpus", "spider", "--data", data)
    drawn = (*corpus, "--samples", 4, "--out", tmp_path / "samples")
    code, error = tune("sample", *drawn)
    file = tmp_path / "samples" / "samples.jsonl"
    assert code == 0, error
    assert last(error) == f"routesql: 16 samples of 4 questions, 50.0% right, 0 questions left out: {file}"
    samples = read_samples(file)
    assert sorted(samples) == [f"spider-train-{n}" for n in range(4)]
    assert sorted((one.correct, bool(one.error)) for one in samples["spider-train-0"]) == [
        (False, True),
        (True, False),
    ]
    assert {line["count"] for line in lines(file)} == {2}
    kept = file.read_bytes()
    assert tune("sample", *drawn)[0] == 0
    assert file.read_bytes() == kept
    assert [len(model.prompts) for model in models] == [16], "a finished run loads no model"

    out = tmp_path / "pairs"
    code, error = tune("pairs", *corpus, "--samples", file, "--out", out)
    assert code == 0, error
    assert last(error) == f"routesql: 2 pairs to train on, 2 to validate: {out}"
    (one, _), held_out = lines(out / "train.jsonl.gz"), lines(out / "validation.jsonl.gz")
    assert (one["database"], {line["database"] for line in held_out}) == ("singers", {"farm"})
    assert (one["chosen"], one["rejected"]) == (
        GOLD["How many singers are there?"],
        "SELECT shoe FROM singer",
    )
    card = json.loads((out / "card.json").read_text(encoding="utf-8"))
    assert (card["error_classes"], card["chosen"]) == ({"unknown_name": 4}, {"sample": 4})
    assert "| unknown_name | 4 | 4 |" in (out / "card.md").read_text(encoding="utf-8")

    from routesql.tuning.training.data import read_examples

    for split in ("train", "validation"):
        read = list(read_examples(out / f"{split}.jsonl.gz", prompt, pairs=True))
        assert [len(example.completions) for example in read] == [2, 2]
        assert len({example.id for example in read}) == 2

    made = tmp_path / "made"
    assert tune("data", *corpus, "--samples", file, "--out", made)[0] == 0
    noisy = [line for line in lines(made / "train.jsonl.gz") if line["kind"] == "sample"]
    assert {line["task"] for line in noisy} == {"corrector"}


def test_completions_drawn_elsewhere_are_labelled_without_a_model(
    data: Path, tune: Tune, models: list[Model], tmp_path: Path
) -> None:
    gold = next(iter(GOLD.values()))
    drawn = tmp_path / "drawn.jsonl"
    said = [
        {
            "id": "spider-train-0/generator",
            "completions": [f"```sql\n{gold}\n```", "SELECT shoe FROM singer", "?"],
        },
        {"id": "spider-train-0/linker", "completions": ["singer: name"]},
    ]
    drawn.write_text("".join(json.dumps(line) + "\n" for line in said), encoding="utf-8")
    given = ("--corpus", "spider", "--data", data, "--completions", drawn, "--out", tmp_path / "samples")
    code, error = tune("sample", *given)
    assert code == 0, error
    file = tmp_path / "samples" / "samples.jsonl"
    assert last(error) == f"routesql: 3 samples of 1 questions, 33.3% right, 0 questions left out: {file}"
    assert sorted((line["sql"], line["correct"]) for line in lines(file)) == sorted(
        [(gold, True), ("SELECT shoe FROM singer", False), ("", False)]
    )
    assert models == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no completions of the generator"),
        ('{"id": "spider-train-0/generator", "completions": []}', "line 1 is no completion"),
        ('{"id": "other-train-0/generator", "completions": ["SELECT 1"]}', "but of no question here"),
    ],
)
def test_completions_that_do_not_serve(
    content: str, said: str, data: Path, tune: Tune, tmp_path: Path
) -> None:
    drawn = tmp_path / "drawn.jsonl"
    drawn.write_text(content, encoding="utf-8")
    given = ("--corpus", "spider", "--data", data, "--completions", drawn, "--out", tmp_path / "samples")
    code, error = tune("sample", *given)
    assert (code, len(error.splitlines())) == (2, 1)
    assert said in error


@pytest.fixture
def prompt() -> Any:
    """A tokenizer of words, as the trainer wraps it."""
    pytest.importorskip("transformers")
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    from routesql.tuning.training.prompt import ChatPrompt

    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "<end>": 1, "SELECT": 2}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, unk_token="<unk>", eos_token="<end>"
    )
    return ChatPrompt(fast, frozenset({1}))


def test_ctrl_c_keeps_what_is_labelled(
    data: Path, tune: Tune, models: list[Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from routesql.tuning.synthesis.samples_file import SamplesFile

    add = SamplesFile.add

    def once(self: SamplesFile, label: Any) -> None:
        if self.done:
            raise KeyboardInterrupt
        add(self, label)

    given = ("--corpus", "spider", "--data", data, "--samples", 2, "--out", tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr(SamplesFile, "add", once)
        code, error = tune("sample", *given)
    assert (code, last(error)) == (130, "routesql: interrupted")
    assert models[0].engine.closed
    assert not multiprocessing.active_children()
    assert len(read_samples(tmp_path / "out" / "samples.jsonl")) == 1
    assert tune("sample", *given)[0] == 0
    assert len(models[1].prompts) == 6
    assert "choose another --out" in last(tune("sample", *given, "--temperature", "0.5")[1])


@pytest.fixture
def strong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "strong_of_the_test.py").write_text(STRONG, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return "strong_of_the_test:model"


def test_a_synthetic_corpus_is_one_to_tune_on(strong: str, tune: Tune, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    code, error = tune("synthesize", "--model", strong, "--databases", 2, "--questions", 6, "--out", corpus)
    assert code == 0, error
    assert last(error) == f"routesql: 2 databases, 4 questions: {corpus}"
    card = json.loads((corpus / "card.json").read_text(encoding="utf-8"))
    assert card["command"] == (
        f"routesql tune synthesize --model {strong} --databases 2 --questions 6 --out {corpus} --seed 0"
    )
    data = ("data", "--corpus", "spider", "--data", corpus, "--split", "train", "--out", tmp_path / "data")
    code, error = tune(*data)
    assert code == 0, error
    found = [
        line for name in ("train", "validation") for line in lines(tmp_path / "data" / f"{name}.jsonl.gz")
    ]
    assert {line["database"] for line in found} == {"synthetic_bee_keeping", "synthetic_tram_depot"}
    assert {line["task"] for line in found} == {"generator", "linker", "corrector", "continuer"}
    more = ("--model", strong, "--databases", 3, "--questions", 6, "--out", corpus)
    assert last(tune("synthesize", *more)[1]) == f"routesql: 3 databases, 6 questions: {corpus}"


def test_a_model_that_cannot(strong: str, tune: Tune, tmp_path: Path) -> None:
    name = strong.replace(":model", ":refusing")
    code, error = tune("synthesize", "--model", name, "--out", tmp_path / "corpus")
    assert code == 2
    assert "10 attempts in a row came to nothing" in last(error)
    assert "Traceback" not in error


WRONG = {
    "no module": (
        ("synthesize", "--model", "nowhere:model"),
        "cannot import nowhere: No module named 'nowhere'",
    ),
    "no avoid": (("synthesize", "--model", "a:b", "--avoid", "nowhere"), "no file nowhere/dev.json"),
    "no ban": (("synthesize", "--model", "a:b", "--ban", "nowhere"), "cannot read nowhere: No such file"),
    "no corpus": (
        ("pairs", "--corpus", "spider", "--data", "nowhere", "--samples", "x"),
        "no file nowhere/train",
    ),
    "no corpus to sample": (("sample", "--corpus", "spider", "--data", "nowhere"), "no file nowhere/train"),
}


@pytest.mark.parametrize(("given", "said"), WRONG.values(), ids=WRONG)
def test_bad_input_is_one_line(given: tuple[str, ...], said: str, tune: Tune, tmp_path: Path) -> None:
    code, error = tune(*given, "--out", tmp_path / "out")
    assert (code, error.count("\n")) == (2, 1)
    assert said in error
    assert not (tmp_path / "out").exists()


def test_samples_that_make_no_pair(data: Path, tune: Tune, tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    right = {"id": "spider-train-0", "sql": "SELECT count(*) FROM singer", "correct": True}
    file.write_text(json.dumps(right), encoding="utf-8")
    given = ("--corpus", "spider", "--data", data, "--samples", file, "--out", tmp_path / "out")
    code, error = tune("pairs", *given)
    assert code == 2
    assert "makes no pair to train on: the model answers it right each time" in last(error)
    assert not list((tmp_path / "out").glob("*.gz*"))


@pytest.mark.parametrize("given", [["sample"], ["pairs"], ["synthesize"], ["sample", "--temperature", "0"]])
def test_wrong_arguments(given: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["tune", *given])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1

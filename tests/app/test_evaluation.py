"""`routesql eval`, `ablation`, `score`, `compare`, `validate`: exit codes, files, one-line errors."""

import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.messages import BaseMessage
from pydantic import PrivateAttr

from routesql.agents.model import ScriptedModel
from routesql.app import cli, evaluation

from .conftest import write_database

GOLD = {
    "How many singers are there?": "SELECT count(*) FROM singer",
    "Who comes from France?": "SELECT name FROM singer WHERE country = 'France'",
    "List the names by age.": "SELECT name FROM singer ORDER BY born",
}
TABLES = {
    "db_id": "singers",
    "table_names_original": ["singer"],
    "column_names_original": [[-1, "*"], [0, "name"], [0, "country"], [0, "born"]],
    "foreign_keys": [],
}

Captured = pytest.CaptureFixture[str]
Line = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "spider"
    write_database(folder, "singers")
    rows = [{"db_id": "singers", "question": text, "query": gold} for text, gold in GOLD.items()]
    (folder / "dev.json").write_text(json.dumps(rows), encoding="utf-8")
    (folder / "tables.json").write_text(json.dumps([TABLES]), encoding="utf-8")
    return folder


@pytest.fixture
def line(data: Path, capsys: Captured) -> Line:
    """`line("score", ...)`: exit code, stdout, stderr of the command on the corpus."""

    def call(command: str, *more: object) -> tuple[int, str, str]:
        corpus = [] if command == "compare" else ["--corpus", "spider", "--data", str(data)]
        code = cli.main([command, *corpus, *map(str, more)])
        out, error = capsys.readouterr()
        return code, out, error

    return call


def said(messages: list[BaseMessage]) -> str:
    return next(gold for text, gold in GOLD.items() if text in messages[-1].text)


class Model(ScriptedModel):
    """A script in the place of the local model."""

    _engine: Any = PrivateAttr()

    def __init__(self) -> None:
        super().__init__(said)
        model = SimpleNamespace(dtype="torch.bfloat16", device=SimpleNamespace(type="cpu"))
        self._engine = SimpleNamespace(loaded=SimpleNamespace(model=model), closed=False)
        self._engine.close = lambda: setattr(self._engine, "closed", True)

    @property
    def engine(self) -> Any:
        return self._engine


@pytest.fixture
def model_class() -> type[Model]:
    return Model


def predictions(path: Path, *sqls: str) -> Path:
    path.write_text("".join(f"{sql}\n" for sql in sqls), encoding="utf-8")
    return path


def one_line(error: str) -> bool:
    return error.startswith("routesql: ") and error.count("\n") == 1


def report_of(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "report.json").read_text(encoding="utf-8")))


def test_score_writes_the_report(line: Line, tmp_path: Path) -> None:
    file = predictions(tmp_path / "p.sql", GOLD["How many singers are there?"], "SELECT nam FROM singer", "")
    code, out, error = line("score", "--predictions", file, "--out", tmp_path / "run")
    found = report_of(tmp_path / "run")
    assert code == 0
    assert (found["n"], found["ex"], found["em"]) == (3, pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert found["kinds"] == {"ran": 1, "unknown_name": 1, "empty": 1}
    assert found["setting"]["predictions"] == str(file)
    assert "| all | 3 | 33.3 |" in out
    assert out == (tmp_path / "run" / "report.md").read_text(encoding="utf-8") + "\n"
    assert "3/3" in error
    assert "EX 33.3" in error
    assert (tmp_path / "run" / "by_difficulty.png").stat().st_size > 1_000


def test_score_again_judges_nothing_anew(line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("--predictions", predictions(tmp_path / "p.sql", *GOLD.values()), "--out", tmp_path / "run")
    assert line("score", *arguments)[0] == 0
    monkeypatch.setattr(evaluation, "score", lambda _, left, **__: [(one, None) for one in left])
    assert line("score", *arguments)[0] == 0
    assert report_of(tmp_path / "run")["ex"] == 1


def test_the_same_file_with_other_predictions_is_another_run(line: Line, tmp_path: Path) -> None:
    file = predictions(tmp_path / "p.sql", *GOLD.values())
    assert line("score", "--predictions", file, "--out", tmp_path / "run")[0] == 0
    predictions(file, "", "", "")
    code, _, error = line("score", "--predictions", file, "--out", tmp_path / "run")
    assert code == 2
    assert one_line(error)
    assert "predictions_hash" in error


def test_test_suites_are_named_in_the_report(line: Line, data: Path, tmp_path: Path) -> None:
    file = predictions(tmp_path / "p.sql", *GOLD.values())
    suites = data / "database"
    assert line("score", "--predictions", file, "--out", tmp_path / "ts", "--suites", suites)[0] == 0
    assert report_of(tmp_path / "ts")["rule"]["ex"].startswith("Spider test suite")
    code, _, error = line("score", "--predictions", file, "--out", tmp_path / "no", "--suites", tmp_path)
    assert code == 2
    assert "no test-suite databases" in error


@pytest.mark.parametrize(
    ("content", "said"), [("SELECT 1\n", "has 1 predictions"), ("", "spider dev has 3 questions")]
)
def test_too_few_predictions_are_one_line(content: str, said: str, line: Line, tmp_path: Path) -> None:
    file = tmp_path / "p.sql"
    file.write_text(content, encoding="utf-8")
    code, out, error = line("score", "--predictions", file, "--out", tmp_path / "run")
    assert (code, out) == (2, "")
    assert one_line(error)
    assert said in error
    assert not (tmp_path / "run").exists()


def test_ctrl_c_while_scoring(line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, exit 130, no worker left, and the next start goes on."""
    arguments = ("--predictions", predictions(tmp_path / "p.sql", *GOLD.values()), "--out", tmp_path / "run")
    add = evaluation.Tally.add

    def interrupted(tally: evaluation.Tally, answer: Any) -> str:
        add(tally, answer)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(evaluation.Tally, "add", interrupted)
        code, _, error = line("score", *arguments)
    assert code == 130
    assert error.endswith("routesql: interrupted\n")
    assert "Traceback" not in error
    assert not multiprocessing.active_children()
    assert line("score", *arguments)[0] == 0
    assert report_of(tmp_path / "run")["n"] == 3


def test_validate_a_sound_corpus(line: Line) -> None:
    code, out, error = line("validate")
    assert (code, out) == (0, "")
    assert "3/3" in error
    assert error.endswith("routesql: 3 gold queries: 0 fail, 0 return no rows\n")


def test_validate_lists_what_fails_and_what_is_empty(line: Line, data: Path) -> None:
    golds = ["SELECT nam\nFROM singer", "SELECT name FROM singer WHERE born < 0", "SELECT 1"]
    rows = [{"db_id": "singers", "question": "q", "query": gold} for gold in golds]
    (data / "dev.json").write_text(json.dumps(rows), encoding="utf-8")
    code, out, error = line("validate")
    assert code == 1
    failing, empty = out.splitlines()
    assert failing.split("\t")[:3] == ["0", "singers", "gold"]
    assert "no such column: nam" in failing
    assert empty.split("\t")[:3] == ["1", "singers", "no_rows"]
    assert error.endswith("routesql: 3 gold queries: 1 fail, 1 return no rows\n")


def test_eval_runs_reports_and_goes_on(line: Line, models: list[Model], tmp_path: Path) -> None:
    arguments = ("--policy", "fast", "--out", tmp_path / "run")
    code, out, error = line("eval", *arguments)
    found = report_of(tmp_path / "run")
    assert code == 0
    assert (found["n"], found["ex"], found["em"]) == (3, 1.0, 1.0)
    assert found["cost"]["calls"] == 1
    assert found["setting"]["precision"] == "bfloat16 on cpu"
    assert "| all | 3 | 100.0 |" in out
    assert "EX 100.0" in error
    assert line("eval", *arguments)[0] == 0
    assert [len(model.prompts) for model in models] == [3, 0]
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "answers.jsonl",
        "by_difficulty.png",
        "predicted.json",
        "report.json",
        "report.md",
        "run.json",
        "run.lock",
        "seconds.png",
    }


def test_what_eval_predicted_can_be_scored_again(line: Line, models: list[Model], tmp_path: Path) -> None:
    assert line("eval", "--policy", "fast", "--out", tmp_path / "run")[0] == 0
    assert [len(model.prompts) for model in models] == [3]
    file = tmp_path / "run" / "predicted.json"
    assert line("score", "--predictions", file, "--out", tmp_path / "again")[0] == 0
    assert report_of(tmp_path / "again")["ex"] == 1
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(
        (tmp_path / "again" / "predicted.json").read_text(encoding="utf-8")
    )


def test_an_eval_that_breaks_off_closes_its_model(
    line: Line, models: list[Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that questions in flight end, and with them the process."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("routesql.tuning.evaluation.evaluate.evaluate", interrupted)
    assert line("eval", "--out", tmp_path / "run")[0] == 130
    assert [model.engine.closed for model in models] == [True]


def test_the_efficiency_score_is_birds(line: Line, tmp_path: Path) -> None:
    code, out, error = line("eval", "--ves", "--out", tmp_path / "run")
    assert (code, out) == (2, "")
    assert error == "routesql: --ves is BIRD's score; leave it out, or take --corpus bird\n"
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize(
    "other", [["--policy", "route"], ["--model", "another/model"], ["--samples", "2"], ["--limit", "2"]]
)
def test_eval_refuses_the_folder_of_another_run(other: list[str], line: Line, tmp_path: Path) -> None:
    assert line("eval", "--policy", "fast", "--out", tmp_path / "run")[0] == 0
    policy = [] if "--policy" in other else ["--policy", "fast"]
    code, out, error = line("eval", *policy, *other, "--out", tmp_path / "run")
    assert (code, out) == (2, "")
    assert one_line(error)
    assert "choose another --out" in error


def test_eval_of_some(line: Line, models: list[Model], tmp_path: Path) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("2\n0\n", encoding="utf-8")
    assert line("eval", "--ids", ids, "--out", tmp_path / "ids")[0] == 0
    assert report_of(tmp_path / "ids")["n"] == 2
    for out in ("one", "two"):
        assert line("eval", "--limit", "2", "--seed", "7", "--out", tmp_path / out)[0] == 0
    chosen = [
        {json.loads(row)["id"] for row in (tmp_path / out / "answers.jsonl").read_text().splitlines()}
        for out in ("one", "two")
    ]
    assert chosen[0] == chosen[1]
    assert len(chosen[0]) == 2
    assert line("eval", "--samples", "2", "--limit", "9", "--out", tmp_path / "samples")[0] == 0
    assert report_of(tmp_path / "samples")["n"] == 6
    assert len(models) == 4


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        (b"0 77", [], "names question 77, which spider does not have"),
        (b" ", [], "names no question"),
        (b"\xff", [], "cannot read"),
        (None, [], "cannot read"),
        (b"0", ["--limit", "1"], "give one of them"),
    ],
)
@pytest.mark.usefixtures("models")
def test_bad_ids_are_one_line(
    content: bytes | None, more: list[str], said: str, line: Line, tmp_path: Path
) -> None:
    ids = tmp_path / "ids.txt"
    if content is not None:
        ids.write_bytes(content)
    code, out, error = line("eval", "--ids", ids, *more, "--out", tmp_path / "run")
    assert (code, out) == (2, "")
    assert one_line(error)
    assert said in error


@pytest.mark.usefixtures("models")
def test_ablation_is_one_table(line: Line, tmp_path: Path) -> None:
    code, out, _ = line("ablation", "--limit", "1", "--out", tmp_path / "all")
    assert code == 0
    table = (tmp_path / "all" / "ablation.md").read_text(encoding="utf-8")
    assert table in out
    assert [row.split(" | ")[0] for row in table.splitlines()[2:]] == [
        "| generator",
        "| + linker",
        "| + repair",
        "| + examples",
        "| + repair, values",
        "| + repair, values, examples",
        "| + repair, 5 samples",
        "| + repair, constrained",
        "| + corrector",
        "| + continuer",
        "| route",
        "| default, votes alone",
        "| default",
    ]
    assert (tmp_path / "all" / "calls.png").exists()
    assert report_of(tmp_path / "all" / "linker")["ex"] == 1


def test_compare(line: Line, tmp_path: Path) -> None:
    for name, sqls in {"a": ["", "", ""], "b": [*GOLD.values()]}.items():
        file = predictions(tmp_path / f"{name}.sql", *sqls)
        assert line("score", "--predictions", file, "--out", tmp_path / name)[0] == 0
    code, out, error = line("compare", tmp_path / "a", tmp_path / "b")
    assert (code, error) == (0, "")
    assert "3 questions: EX 0.0 → 100.0, +100.0 points" in out
    assert "McNemar p = 0.25" in out
    assert "better 3: " in out


def test_compare_what_is_no_run(line: Line, tmp_path: Path) -> None:
    code, out, error = line("compare", tmp_path, tmp_path / "none")
    assert (code, out) == (2, "")
    assert one_line(error)
    assert "holds no run" in error


@pytest.mark.parametrize("command", ["validate", "score", "eval"])
@pytest.mark.usefixtures("models")
def test_a_bad_folder_is_one_line(command: str, line: Line, data: Path, tmp_path: Path) -> None:
    more = [] if command == "validate" else ["--out", tmp_path / "run"]
    file = ["--predictions", predictions(tmp_path / "p.sql", "")] if command == "score" else []
    for argument, said in (("--data", "no file"), ("--databases", "no folder")):
        code, out, error = line(command, *more, *file, argument, tmp_path / "nowhere")
        assert (code, out) == (2, "")
        assert one_line(error)
        assert said in error
    code, _, error = line(command, *more, *file, "--split", "final")
    assert (code, error) == (
        2,
        "routesql: spider has no split 'final'; it has train, validation, others, dev, test\n",
    )
    (data / "database" / "singers" / "singers.sqlite").unlink()
    code, _, error = line(command, *more, *file)
    assert code == 2
    assert one_line(error)
    assert "say where they are with --databases" in error


@pytest.mark.usefixtures("models")
def test_a_damaged_run_is_one_line(line: Line, tmp_path: Path) -> None:
    assert line("eval", "--out", tmp_path / "run")[0] == 0
    answers = tmp_path / "run" / "answers.jsonl"
    answers.write_bytes(b"{}\n" + answers.read_bytes())
    code, _, error = line("eval", "--out", tmp_path / "run")
    assert code == 2
    assert one_line(error)
    assert "answers.jsonl line 1 is damaged" in error

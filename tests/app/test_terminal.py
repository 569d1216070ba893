"""What the terminal shows of awkward results, and of output, encodings and signals that fail it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk
from rich.text import Text

from routesql.agents.model import ScriptedModel
from routesql.agents.model.weights import DEFAULT
from routesql.app import arguments, chat, cli, terminal
from routesql.app.plain import clean, one_line
from routesql.app.terminal import Terminal, grid
from routesql.graph import POLICIES
from routesql.tools.errors import ModelError
from routesql.tuning.corpora import CORPORA

COUNT = "SELECT count(*) AS n FROM singer"
Captured = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]
SCRIPTED = """
import sys, time
from routesql.app import cli

def model(_):
    from routesql.agents.model import ScriptedModel
    return ScriptedModel(reply)

def reply(_):
    print("asked", file=sys.stderr, flush=True)
    time.sleep({seconds})
    return {sql!r}

cli.local_model = model
sys.exit(cli.main())
"""


@pytest.fixture
def singers(tmp_path: Path) -> str:
    path = tmp_path / "singers.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE singer (name TEXT); INSERT INTO singer VALUES ('Zoë 北')")
    return str(path)


def started(*arguments: str, seconds: float = 0, sql: str = COUNT, **options: Any) -> subprocess.Popen[str]:
    code = SCRIPTED.format(seconds=seconds, sql=sql)
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=ROOT / "tests", text=True, encoding="utf-8", **options)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, error = process.communicate(timeout=60)
    return process.returncode, out, error


def test_a_reader_that_leaves_early_hears_no_complaint(singers: str) -> None:
    processes = [started("ask", "How many?", "--db", singers, extra) for extra in ("--json", "--quiet")]
    for process in processes:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
    assert [ended(process)[::2] for process in processes] == [(141, "asked\n")] * 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_line_and_exit_2(singers: str) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        processes = [
            started("ask", "How many?", "--db", singers, extra, stdout=full)
            for extra in ("--json", "--quiet")
        ]
        for process in processes:
            code, _, error = ended(process)
            assert code == 2
            assert error == "asked\nroutesql: cannot write the answer: No space left on device\n"


def test_a_terminal_without_unicode(singers: str) -> None:
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    code, out, _ = ended(
        started("ask", "谁?", "--db", singers, sql="SELECT name FROM singer", env=ascii_only)
    )
    assert code == 0
    assert r"Zo\xeb \u5317" in out


def test_an_interrupt_is_one_line_wherever_it_strikes(singers: str) -> None:
    waiting = started("ask", "Who?", "--db", singers, "--quiet", seconds=1)
    assert waiting.stderr is not None
    assert waiting.stderr.readline() == "asked\n"
    importing = started("ask", "Who?", "--db", singers, "--quiet", seconds=1)
    time.sleep(0.4)
    for process in (waiting, importing):
        process.send_signal(signal.SIGINT)
        code, out, error = ended(process)
        assert (code, out, error.removeprefix("asked\n")) == (130, "", "routesql: interrupted\n")


def test_a_second_interrupt_ends_it_at_once(singers: str) -> None:
    process = started("ask", "Who?", "--db", singers, "--quiet", seconds=30)
    assert process.stderr is not None
    assert process.stderr.readline() == "asked\n"
    before = time.monotonic()
    while process.poll() is None:  # a busy machine takes two that come close together as one
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    assert process.returncode == -signal.SIGINT
    assert time.monotonic() - before < 20
    ended(process)


def test_the_version_needs_no_imports() -> None:
    heavy = "{'langgraph', 'langchain_core', 'sqlalchemy', 'rich'}"
    code = f"import sys; from routesql.app import cli; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT / "tests")


def test_names_known_before_the_imports_are_the_real_ones() -> None:
    assert set(arguments.POLICY_NAMES) == set(POLICIES)
    assert set(arguments.CORPUS_NAMES) == set(CORPORA)
    assert arguments.DEFAULT_MODEL == DEFAULT


def test_many_columns_are_shown_line_by_line() -> None:
    columns = [f"column_{n}" for n in range(40)]
    shown = grid(columns, [[None, *range(39)]] * 60, width=80)
    assert isinstance(shown, Text)
    assert shown.plain.startswith("column_0: NULL\ncolumn_1: 0\n")
    assert "column_39: 38\n\ncolumn_0: NULL" in shown.plain
    assert shown.plain.count("column_39") == 50
    assert grid(columns, [], width=80) == Text(", ".join(columns))
    assert not isinstance(grid(columns[:7], [["x" * 500] * 7], width=80), Text)


def test_texts_of_two_messages_do_not_mix() -> None:
    shown = Terminal(quiet=True)
    for text in ("SELECT", " 1"):
        shown.token(AIMessageChunk(content=text, id="a"), {"tags": ["generator"]})
        shown.token(AIMessageChunk(content="singer", id="b"), {"tags": ["linker"]})
    assert shown.texts == {"a": "SELECT 1", "b": "singersinger"}


def test_what_writes_elsewhere_on_the_terminal_is_stripped() -> None:
    assert clean("a\x1b[31m\u202eb\u2066c\x9b\x00\td\n") == "a[31mbc\td\n"
    assert one_line("no table \x1b[2J\nx\r y") == "no table [2J x y"


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    script: list[str] = []
    monkeypatch.setattr(cli, "local_model", lambda _: ScriptedModel(script))
    return script


@pytest.mark.usefixtures("replies")
@pytest.mark.parametrize("arguments", [["caf\udce9"], ["Who?", "--hint", "caf\udce9"]])
def test_bytes_that_are_no_text_are_one_line(arguments: list[str], singers: str, capsys: Captured) -> None:
    assert cli.main(["ask", *arguments, "--db", singers, "--quiet"]) == 2
    error = capsys.readouterr().err
    assert error == "routesql: the question or its hint is not valid UTF-8 text; type it anew\n"


def test_an_error_is_one_clean_line(tmp_path: Path, capsys: Captured) -> None:
    assert cli.main(["schema", "--db", f"{tmp_path}/no\n\x1b[31msuch"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "\x1b" not in error


def test_an_empty_database_argument_says_so(capsys: Captured) -> None:
    with pytest.raises(SystemExit):
        cli.main(["schema", "--db", " "])
    assert "--db: it is empty; give a file or a database URL" in capsys.readouterr().err


@pytest.mark.usefixtures("replies")
def test_a_locked_database_says_what_to_do(singers: str, capsys: Captured) -> None:
    with closing(sqlite3.connect(singers)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert cli.main(["ask", "Who?", "--db", singers]) == 2
    assert capsys.readouterr().err.endswith("is locked; end the program that writes to it, then ask again\n")


def test_a_failure_tells_its_own_reason(replies: list[str], singers: str, capsys: Captured) -> None:
    replies += ["SELECT shoe FROM singer"] * 2
    assert cli.main(["ask", "Who?", "--db", singers, "--quiet"]) == 1
    out = capsys.readouterr().out
    assert 'No executable SQL found; the best attempt is above: no column "shoe"' in out
    assert "same SQL" not in out


def test_a_cut_result_is_said_to_be_cut(replies: list[str], singers: str, capsys: Captured) -> None:
    replies += ["WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) SELECT i FROM n"]
    assert cli.main(["ask", "Who?", "--db", singers, "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "first 1,000 rows (more were cut), 50 shown" in out


@pytest.mark.filterwarnings("default")
def test_a_pruned_schema_is_told_once(replies: list[str], tmp_path: Path, capsys: Captured) -> None:
    columns = ", ".join(f"a_long_column_name_{n} TEXT" for n in range(50))
    with closing(sqlite3.connect(tmp_path / "many.sqlite")) as connection:
        connection.executescript(";".join(f"CREATE TABLE table_{n} ({columns})" for n in range(60)))
    replies += ["SELECT count(*) FROM table_1"]
    assert cli.main(["ask", "Who?", "--db", str(tmp_path / "many.sqlite")]) == 0
    assert capsys.readouterr().err.count(" of 60 tables") == 1


def test_a_chat_goes_on_after_an_interrupt_and_an_error(
    singers: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter(["the first?", "^C", "interrupted?", "failing?", "the last?", ""])
    prompts: list[str] = []

    def line(_: str) -> str:
        if (text := next(typed)) == "^C":
            signal.raise_signal(signal.SIGINT)
        return text

    def reply(messages: list[Any]) -> str:
        prompts.append(messages[-1].text)
        if "interrupted?" in prompts[-1] and "failing?" not in prompts[-1]:
            signal.raise_signal(signal.SIGINT)
        return COUNT

    monkeypatch.setattr("builtins.input", line)
    monkeypatch.setattr(cli, "local_model", lambda _: ScriptedModel(reply))

    def run(graph: Any, question: Any, *rest: Any, **options: Any) -> Any:
        if question["question"] == "failing?":
            raise ModelError("the model is gone")
        return terminal.run(graph, question, *rest, **options)

    monkeypatch.setattr(chat, "run", run)
    assert cli.main(["chat", "--db", singers]) == 0
    error = capsys.readouterr().err
    assert error.count("routesql: interrupted; ask on") == 2
    assert "routesql: the model is gone" in error
    assert "the first?" in prompts[-1]
    assert "interrupted?" not in prompts[-1]


def test_json_has_the_promised_keys_in_ascii(replies: list[str], singers: str, capsys: Captured) -> None:
    replies += ["SELECT name FROM singer"]
    assert cli.main(["ask", "谁?", "--db", singers, "--json"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    answer = json.loads(out)
    assert (answer["question"], answer["rows"]) == ("谁?", [["Zoë 北"]])
    assert set(answer["usage"]) == {"prompt_tokens", "completion_tokens", "cached_tokens", "seconds"}
    assert set(answer["attempts"][0]) == {"role", "sql", "outcome", "accepted", "reason", "repair"}

"""A benchmark of two databases in Spider's layout, `routesql tune` as a call, and models that answer."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.messages import BaseMessage
from pydantic import PrivateAttr

from routesql.agents.model import ScriptedModel
from routesql.app import cli

GOLD = {
    "How many singers are there?": "SELECT count(*) FROM singer",
    "Who comes from France?": "SELECT name FROM singer WHERE country = 'France'",
}
SCRIPT = """
CREATE TABLE singer (name TEXT, country TEXT, born INTEGER);
INSERT INTO singer VALUES ('Ada', 'France', 1990), ('Bo', 'Spain', 1985), ('Cy', 'France', 2001);
"""

Captured = pytest.CaptureFixture[str]
Tune = Callable[..., tuple[int, str]]


def write_database(folder: Path, name: str, script: str = SCRIPT) -> None:
    """Where Spider has it."""
    path = folder / "database" / name / f"{name}.sqlite"
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "spider"
    write_database(folder, "singers")
    write_database(folder, "farm", SCRIPT.replace("born", "age"))
    rows = [
        {"db_id": name, "question": text, "query": gold}
        for name in ("singers", "farm")
        for text, gold in GOLD.items()
    ]
    (folder / "train_spider.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder


@pytest.fixture
def tune(capsys: Captured) -> Tune:
    """`tune("pairs", ...)`: exit code and stderr."""

    def call(stage: str, *given: object) -> tuple[int, str]:
        code = cli.main(["tune", stage, *map(str, given)])
        return code, capsys.readouterr().err

    return call


class Model(ScriptedModel):
    """In the place of the local model: every second answer is right."""

    _engine: Any = PrivateAttr()
    _turn: Counter[str] = PrivateAttr(default_factory=Counter)
    _turns: Lock = PrivateAttr(default_factory=Lock)

    def __init__(self) -> None:
        super().__init__(self.said)
        self._engine = SimpleNamespace(closed=False)
        self._engine.close = lambda: setattr(self._engine, "closed", True)

    def said(self, messages: list[BaseMessage]) -> str:
        """Asked by several threads at once."""
        right = next(gold for text, gold in GOLD.items() if text in messages[-1].text)
        with self._turns:
            self._turn[messages[-1].text] += 1
            return right if self._turn[messages[-1].text] % 2 else "SELECT shoe FROM singer"

    @property
    def engine(self) -> Any:
        return self._engine


@pytest.fixture
def model_class() -> type[Any]:
    return Model


@pytest.fixture
def models(model_class: type[Any], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every model that a command made in the place of the local one."""
    made: list[Any] = []

    def make(model: str, adapter: str | None) -> Any:  # noqa: ARG001
        made.append(model_class())
        return made[-1]

    monkeypatch.setattr("routesql.agents.model.LocalModel", make)
    return made

"""The README's Python is one program, and it runs (with a scripted model on the demo database)."""

import re
from pathlib import Path

import pytest

from routesql import agents
from routesql.agents import ScriptedModel
from routesql.app.demo import build

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_readmes_code_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(tmp_path / "coffee.sqlite")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        agents, "LocalModel", lambda: ScriptedModel(lambda _: "SELECT name FROM coffee"), raising=False
    )
    assert len(BLOCKS) >= 7
    exec(compile("\n".join(BLOCKS), "README.md", "exec"), {"__name__": "readme"})
    out = capsys.readouterr().out
    assert "answered SELECT name FROM coffee" in out
    assert "answer because accepted" in out
    assert "1 attempts" in out


@pytest.mark.parametrize("target", re.findall(r"\]\(((?!http)[^)#]+)", README))
def test_links_lead_somewhere(target: str) -> None:
    assert (Path(__file__).parents[1] / target).exists()

"""The folders, the links and the wheel tell the same story, and a core install needs no torch."""

import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BLOCKED = "import sys; sys.modules.update(dict.fromkeys(['torch', 'transformers', 'peft', 'gguf']))\n"
LINKS = {path.name: path for path in (ROOT / ".src" / "routesql").iterdir() if path.is_symlink()}


def test_links_point_at_the_folders() -> None:
    assert LINKS
    for name, link in LINKS.items():
        assert link.readlink() == Path("../..") / name
        assert link.resolve() == ROOT / name


def test_links_and_wheel_hold_the_same_folders() -> None:
    build = CONFIG["tool"]["hatch"]["build"]
    sources = build["targets"]["wheel"]["sources"]
    assert set(build["only-include"]) == {
        *LINKS,
        ".src/routesql/__init__.py",
        ".src/routesql/py.typed",
    }
    assert sources == {".src/routesql": "routesql", **{name: f"routesql/{name}" for name in LINKS}}


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT / "tests"
    )


def test_no_file_is_imported_under_two_names() -> None:
    done = run(
        "import pathlib, sys, routesql.app.cli, routesql.agents.model\n"
        "files = [pathlib.Path(m.__file__).resolve() for m in list(sys.modules.values())\n"
        "         if getattr(m, '__file__', None)]\n"
        f"ours = [f for f in files if f.is_relative_to({str(ROOT)!r}) and '.venv' not in f.parts]\n"
        "assert len(ours) > 20 and len(ours) == len(set(ours)), ours\n"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", ["routesql.graph", "routesql.app.cli", "routesql.agents.model.scripted"])
def test_imports_without_torch(module: str) -> None:
    done = run(f"{BLOCKED}import {module}")
    assert done.returncode == 0, done.stderr


def test_local_model_without_torch_says_what_to_install(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "db.sqlite") as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    done = run(
        f"{BLOCKED}from routesql.app.cli import main\n"
        f"sys.exit(main(['ask', 'how many?', '--db', {str(tmp_path / 'db.sqlite')!r}]))\n"
    )
    assert done.returncode == 2
    assert done.stderr == "routesql: torch is not installed; run: pip install 'routesql[local]'\n"

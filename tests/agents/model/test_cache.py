"""make_once with real processes: killed half-way, and two at once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from routesql.agents.model.cache import make_once

WORKER = """
import logging, sys, time
from pathlib import Path
from routesql.agents.model.cache import make_once

def make(folder):
    (folder / "half").touch()
    while not Path("go").exists():
        time.sleep(0.02)
    (folder / "half").rename(folder / "whole")
    print("made", flush=True)

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
make_once(Path("cache/model").absolute(), 0, make)
print("done", flush=True)
"""


def _worker(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", WORKER], cwd=folder, stdout=subprocess.PIPE, text=True)


def _wait_for(folder: Path, pattern: str) -> None:
    deadline = time.monotonic() + 30
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline, f"no {pattern} within 30 s"
        time.sleep(0.02)


def test_killed_half_way_it_starts_clean(tmp_path: Path) -> None:
    first = _worker(tmp_path)
    _wait_for(tmp_path, "cache/model.partial-*/half")
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    assert not (tmp_path / "cache" / "model").exists()
    (tmp_path / "go").touch()
    second = _worker(tmp_path)
    assert second.communicate(timeout=30)[0].split() == ["made", "done"]
    assert [path.name for path in tmp_path.glob("cache/model*/*")] == ["whole"]


def test_of_two_at_once_the_second_waits_and_uses_the_firsts(tmp_path: Path) -> None:
    first = _worker(tmp_path)
    _wait_for(tmp_path, "cache/model.partial-*/half")
    second = _worker(tmp_path)
    assert second.stdout is not None
    assert "waiting" in second.stdout.readline()
    (tmp_path / "go").touch()
    assert first.communicate(timeout=30)[0].split() == ["made", "done"]
    assert second.communicate(timeout=30)[0].split() == ["done"]


def test_only_what_a_start_of_the_same_model_left_is_removed(tmp_path: Path) -> None:
    ours, other = tmp_path / "tiny[12].partial-x", tmp_path / "tiny1.partial-x"
    ours.mkdir()
    other.mkdir()
    make_once(tmp_path / "tiny[12]", 0, lambda folder: (folder / "whole").touch())
    assert (ours.exists(), other.exists()) == (False, True)

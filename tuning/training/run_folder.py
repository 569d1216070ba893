"""A training run's folder: what it is of, its log, its last checkpoint, and in the end the adapter.

`run.json` recipe and data · `log.jsonl` a line a step · `left_out.jsonl` examples that are too long ·
`checkpoint.pt` the last whole one · `adapter/` (or `model/`) · `loss.png`
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from filelock import FileLock, Timeout

from .errors import TrainingError
from .recipe import FREE

BEGUN = {"run.lock", "run.json.partial"}
"""What a start that failed may leave behind."""


class TrainingFolder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoint_file = path / "checkpoint.pt"
        self.log_file = path / "log.jsonl"
        self._lock = FileLock(path / "run.lock")

    def check(self, about: Mapping[str, Any]) -> None:
        """Raises `TrainingError` unless the folder is empty, absent, or of the same run. Writes nothing."""
        known = self.path / "run.json"
        try:
            if known.exists():
                self._compare(json.loads(known.read_text(encoding="utf-8")), json.loads(json.dumps(about)))
            elif self.path.exists() and any(file.name not in BEGUN for file in self.path.iterdir()):
                raise TrainingError(f"{self.path} is not empty and holds no training run; choose another out")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise TrainingError(f"cannot use {self.path}: {why}") from None

    def begin(self, about: Mapping[str, Any]) -> None:
        """When all is ready: a run that cannot begin leaves no folder.

        The folder is this process's until the object is gone: two would write over each other's checkpoints.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            self.check(about)  # another may have begun meanwhile
            write_whole(self.path / "run.json", json.dumps(about, indent=1) + "\n")
        except Timeout:
            raise TrainingError(f"another process is at work in {self.path}; choose another out") from None
        except OSError as error:
            raise TrainingError(f"cannot write to {self.path}: {error.strerror}") from None

    def _compare(self, before: dict[str, Any], about: dict[str, Any]) -> None:
        for part in ("recipe", "data", "base", "adapter"):
            one, other = before.get(part) or {}, about[part]
            for key in sorted({*one, *other} - FREE):
                if one.get(key) != other.get(key):
                    raise TrainingError(
                        f"{self.path} holds a run whose {part} has {key} {one.get(key)!r}, not "
                        f"{other.get(key)!r}; choose another out"
                    )

    def load(self, *, cut_log: bool) -> dict[str, Any] | None:
        """The last checkpoint, if there is one. The log is cut to where it was made."""
        if not self.checkpoint_file.exists():
            self._cut_log(-1 if cut_log else None)
            return None
        try:
            found: dict[str, Any] = torch.load(self.checkpoint_file, map_location="cpu", weights_only=True)
            step = int(found["step"])
        except OSError as error:
            raise TrainingError(f"cannot read {self.checkpoint_file}: {error.strerror}") from None
        except (UnpicklingError, RuntimeError, LookupError, TypeError, ValueError, EOFError):
            raise TrainingError(
                f"{self.checkpoint_file} is no checkpoint; delete it to start again"
            ) from None
        self._cut_log(step if cut_log else None)
        return found

    def save(self, checkpoint: Mapping[str, Any]) -> None:
        """Whole or not at all: whenever the process is killed or the disk is full, the one before stays."""
        partial = self.checkpoint_file.with_suffix(".partial")
        try:
            with partial.open("wb") as file:
                torch.save(dict(checkpoint), file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.checkpoint_file)
        except (OSError, RuntimeError) as error:  # torch tells a full disk as a RuntimeError
            partial.unlink(missing_ok=True)
            why = getattr(error, "strerror", None) or next(iter(str(error).splitlines()), "")
            stays = "; the last one stays" if self.checkpoint_file.exists() else ""
            raise TrainingError(f"cannot write {self.checkpoint_file}: {why}{stays}") from None

    def save_folder(self, name: str, fill: Callable[[Path], None]) -> Path:
        """`fill` writes into a folder that takes the place of the one before when it is whole."""
        return replace_folder(self.path / name, fill)

    def log(self, line: Mapping[str, Any]) -> None:
        with self.log_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def lines(self) -> Iterator[dict[str, Any]]:
        """The log's, without a last one that a kill has torn."""
        if not self.log_file.exists():
            return
        for line in self.log_file.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                yield json.loads(line)

    def write_lines(self, name: str, lines: Iterable[Mapping[str, Any]]) -> None:
        write_whole(self.path / name, "".join(json.dumps(line) + "\n" for line in lines))

    def _cut_log(self, step: int | None) -> None:
        if step is not None and self.log_file.exists():
            self.write_lines("log.jsonl", [line for line in self.lines() if line["step"] <= step])


def replace_folder(target: Path, fill: Callable[[Path], None]) -> Path:
    """Raises `TrainingError` if it cannot be written."""
    partial, old = target.with_name(f"{target.name}.partial"), target.with_name(f"{target.name}.old")
    for left in (partial, old):
        shutil.rmtree(left, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        fill(partial)
        if target.exists():
            target.rename(old)
        partial.rename(target)
    except (OSError, RuntimeError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        why = getattr(error, "strerror", None) or next(iter(str(error).splitlines()), "")
        raise TrainingError(f"cannot write {target}: {why}") from None
    shutil.rmtree(old, ignore_errors=True)
    return target


def write_whole(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)

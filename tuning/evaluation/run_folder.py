"""A run's folder: `run.json` says what is measured; `answers.jsonl` grows by a line a question."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ...tools.errors import SetupError
from .scoring import Scored


class RunError(SetupError):
    """A run's folder that cannot be gone on with, or read."""


@dataclass(frozen=True)
class Answer:
    """One line of `answers.jsonl`."""

    scored: Scored
    sample: int = 0
    """Which of several samples of the question, from 0."""
    attempts: tuple[Mapping[str, Any], ...] = ()
    """The graph's: role, sql, kind of outcome, accepted, reason. Empty where predictions came from a file."""
    usage: Mapping[str, Any] | None = None
    links: Mapping[str, Any] | None = None
    """The graph's: the tables and columns linked; None where no linker was asked."""

    @property
    def key(self) -> tuple[str, int]:
        return self.scored.id, self.sample

    def as_json(self) -> dict[str, Any]:
        return {
            **self.scored.as_json(),
            "sample": self.sample,
            "attempts": list(self.attempts),
            "usage": self.usage,
            "links": self.links,
        }

    @classmethod
    def from_json(cls, line: dict[str, Any]) -> "Answer":
        own = {key: line.pop(key) for key in ("sample", "attempts", "usage")}
        links = line.pop("links", None)  # runs before 2026-11-22 have none
        return cls(Scored.from_json(line), own["sample"], tuple(own["attempts"]), own["usage"], links)


class RunFolder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers_file = path / "answers.jsonl"
        self._lock = FileLock(path / "run.lock")

    def start(self, setting: Mapping[str, Any]) -> dict[tuple[str, int], Answer]:
        """What an earlier start of the same run has answered already. Raises `RunError` if it was another.

        The folder is this process's until the object is gone: two at once would ask every question twice.
        """
        known = self.path / "run.json"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            if known.exists():
                self._check(setting)
            elif any(file.name != "run.lock" for file in self.path.iterdir()):
                raise RunError(f"{self.path} is not empty and holds no run; choose another --out")
            else:
                known.write_text(json.dumps(setting, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            self._drop_torn_line()
        except Timeout:
            raise RunError(f"another process is at work in {self.path}; choose another --out") from None
        except OSError as error:
            raise RunError(f"cannot write to {self.path}: {error.strerror}") from None
        return {answer.key: answer for answer in self.answers()} if self.answers_file.exists() else {}

    def setting(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.path / "run.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            raise RunError(f"{self.path} holds no run: it has no readable run.json") from None

    def answers(self) -> Iterator[Answer]:
        try:
            lines = self.answers_file.read_bytes().splitlines()
        except OSError:
            raise RunError(f"{self.path} holds no answers yet") from None
        for number, line in enumerate(lines, start=1):
            try:
                yield Answer.from_json(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise RunError(
                    f"{self.answers_file} line {number} is damaged; remove it and start again"
                ) from None

    def add(self, answer: Answer) -> None:
        with self.answers_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(answer.as_json(), ensure_ascii=False) + "\n")

    def _check(self, setting: Mapping[str, Any]) -> None:
        before = self.setting()
        for key, value in setting.items():
            if before.get(key) != json.loads(json.dumps(value)):
                raise RunError(
                    f"{self.path} holds a run with {key} {before.get(key)!r}, not {value!r}; "
                    "choose another --out"
                )

    def _drop_torn_line(self) -> None:
        """A stop in the middle of writing leaves half a line, whose question is asked again."""
        if not self.answers_file.exists():
            return
        content = self.answers_file.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            with self.answers_file.open("r+b") as file:
                file.truncate(whole)

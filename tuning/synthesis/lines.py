"""JSONL files that grow while the work goes on, and that a stop at any moment leaves readable."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...tools.errors import SetupError


class LinesError(SetupError):
    """A file of an earlier start that cannot be gone on with."""


def read_lines(path: Path, keys: Iterable[str]) -> list[dict[str, Any]]:
    """None if there is no file. A last line that a stop has torn is not read; any other must be whole."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1].splitlines()
    for number, line in enumerate(whole, start=1):
        if not _has(line, keys):
            raise LinesError(f"{path} line {number} is damaged; remove it and start again")
    return [json.loads(line) for line in whole]


def append_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    with path.open("a", encoding="utf-8", errors="replace") as file:
        file.write(_text(lines))


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    write_whole(path, _text(lines))


def write_whole(path: Path, text: str) -> None:
    """At once: a stop leaves the old file or the new one."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8", errors="replace")
    partial.replace(path)


def _has(line: bytes, keys: Iterable[str]) -> bool:
    try:
        found = json.loads(line)
    except ValueError:
        return False
    return isinstance(found, dict) and found.keys() >= set(keys)


def _text(lines: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)

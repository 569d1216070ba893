"""Examples from a gzip JSONL file, as tokens: prompts by the chat template of the live roles."""

import gzip
import json
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Any

from .errors import TrainingError
from .prompt import ChatPrompt

SFT_KEYS = ("id", "task", "database", "system", "user", "completion")
PAIR_KEYS = ("id", "database", "system", "user", "chosen", "rejected")


AT_ONCE = 1000
"""Lines that are tokenised together."""


@dataclass(frozen=True)
class Example:
    id: str
    """`question/task`, or `question/task/which`; one question's are packed together."""
    task: str
    database: str
    prompt: "array[int]"
    completions: tuple["array[int]", ...]
    """One for SFT; the chosen and the rejected one for preference learning. Each ends with the turn's end."""

    @property
    def question(self) -> str:
        """What stands before the id's first slash."""
        return self.id.partition("/")[0]

    @property
    def part(self) -> str:
        """What stands behind it: `generator`, `generator/linked`, `corrector/correct`, ..."""
        return self.id.partition("/")[2]

    @property
    def tokens(self) -> int:
        """In a row of its own."""
        return len(self.prompt) + sum(map(cost, self.completions))


def cost(completion: "array[int]") -> int:
    """Tokens that a completion adds to a row: its last one is only predicted."""
    return len(completion) - 1


def read_examples(path: Path, prompt: ChatPrompt, *, pairs: bool = False) -> Iterator[Example]:
    """Raises `TrainingError` for a file or a line that cannot be read."""
    lines = read_lines(path, PAIR_KEYS if pairs else SFT_KEYS)
    while some := list(islice(lines, AT_ONCE)):
        prompts = prompt.encode_all([(line["system"], line["user"]) for line in some])
        for line, tokens in zip(some, prompts, strict=True):
            texts = (line["chosen"], line["rejected"]) if pairs else (line["completion"],)
            completions = tuple(prompt.completion(text) for text in texts)
            task = "preference" if pairs else line["task"]
            yield Example(line["id"], task, line["database"], tokens, completions)


def read_lines(path: Path, keys: tuple[str, ...]) -> Iterator[dict[str, str]]:
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                number += 1
                yield _parsed(line, keys)
    except FileNotFoundError:
        raise TrainingError(f"no file {path}; `routesql tune data` makes it") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise TrainingError(f"cannot read {path} after line {number}: {why}") from None
    except (ValueError, TypeError) as error:
        raise TrainingError(f"{path} line {number}: {error}") from None
    if not number:
        raise TrainingError(f"{path} holds no example")


def _parsed(line: str, keys: tuple[str, ...]) -> dict[str, str]:
    found: Any = json.loads(line)
    if not isinstance(found, dict):
        raise TypeError("is not a JSON object")
    for key in keys:
        if not isinstance(found.get(key), str):
            raise TypeError(f"has no text {key!r}; a line needs {', '.join(keys)}")
    return found


def sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise TrainingError(f"no file {path}; `routesql tune data` makes it") from None

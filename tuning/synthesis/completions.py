"""Completions that were drawn elsewhere, as `python -m routesql.tuning.training.complete` writes them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...agents import generator
from ...tools.errors import SetupError
from ..noise_filter import Pair
from .sampling import Drawn

TASK = "/generator"


class CompletionsError(SetupError):
    """A file of completions that cannot be read."""


def read_completions(path: Path) -> Mapping[str, tuple[str, ...]]:
    """The SQL of each, "" where there is none, by question id.

    Lines are `{"id": "ID/generator", "completions": [...]}`. Those of other roles are passed
    over; each question must have as many as any other.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CompletionsError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    read = [_read(path, number, line) for number, line in enumerate(lines, start=1)]
    found = {name.removesuffix(TASK): sqls for name, sqls in read if name.endswith(TASK)}
    if not found:
        raise CompletionsError(f"{path} has no completions of the generator, with ids as ID{TASK}")
    if len({len(sqls) for sqls in found.values()}) > 1:
        raise CompletionsError(f"{path} has more completions of one question than of another")
    return found


def _read(path: Path, number: int, line: str) -> tuple[str, tuple[str, ...]]:
    try:
        match json.loads(line):
            case {"id": str(name), "completions": [str(), *_] as texts} if all(
                isinstance(text, str) for text in texts
            ):
                return name, tuple(map(generator.parse, texts))
    except ValueError:
        pass
    form = '{"id": "ID/generator", "completions": ["SELECT ..."]}'
    raise CompletionsError(f"{path} line {number} is no completion; one is {form}")


def completed(pairs: Sequence[Pair], found: Mapping[str, tuple[str, ...]], cache: Path) -> Iterator[Drawn]:
    """As `sampling.drawn`, of what is there already."""
    for pair in sorted(pairs, key=lambda pair: pair.example.database):
        yield Drawn(pair, found[pair.id], cache)

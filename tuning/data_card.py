"""The data card: what was made of a corpus, how, and what was left out and why."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from .noise_filter import LeftOut
from .tasks.line import ROLES, Line

QUESTION = "/* Question */"
"""What follows the schema in every prompt."""
NO_TOKENS = "Tokens are counted where the default model is on the machine already; here it was not."
Count = Callable[[str], int]
"""A text's tokens."""


@dataclass
class Lengths:
    """Of the lines of one task, each list in their order."""

    prompt: list[int] = field(default_factory=list)
    """Characters."""
    completion: list[int] = field(default_factory=list)
    """Characters."""
    tokens: list[int] = field(default_factory=list)
    """Prompt and completion together, without the chat's own; empty without a tokenizer."""


class Tally:
    """Counts lines as they are written."""

    def __init__(self, tokens: Count | None = None) -> None:
        self.tokens = tokens
        self.tasks: Counter[tuple[str, str]] = Counter()
        self.databases: dict[str, Counter[str]] = {"train": Counter(), "validation": Counter()}
        self.kinds: Counter[tuple[str, str]] = Counter()
        self.lengths: dict[str, Lengths] = {name: Lengths() for name in ROLES}
        self._head = ("", 0)

    def add(self, split: str, line: Line) -> None:
        self.tasks[split, line.task] += 1
        self.kinds[line.task, line.kind] += 1
        self.databases[split][line.database] += 1
        lengths = self.lengths[line.task]
        lengths.prompt.append(len(line.system) + len(line.user))
        lengths.completion.append(len(line.completion))
        if self.tokens:
            head, mark, tail = line.user.partition(QUESTION)
            rest = self.tokens(mark + tail) + self.tokens(line.completion)
            lengths.tokens.append(self._of_head(line.system + head) + rest)

    def _of_head(self, head: str) -> int:
        """The lines of one database have the same: it is counted once."""
        if self.tokens and self._head[0] != head:
            self._head = (head, self.tokens(head))
        return self._head[1]


def card(setting: Mapping[str, Any], command: str, tally: Tally, left: Sequence[LeftOut]) -> dict[str, Any]:
    return {
        **setting,
        "command": command,
        "examples": {
            split: {task: tally.tasks[split, task] for task in ROLES} for split in ("train", "validation")
        },
        "kinds": {
            task: {kind: n for (name, kind), n in tally.kinds.most_common() if name == task} for task in ROLES
        },
        "databases": {split: dict(sorted(found.items())) for split, found in tally.databases.items()},
        "left_out": dict(Counter(one.reason for one in left).most_common()),
        "characters": {
            task: {"prompt": spread(found.prompt), "completion": spread(found.completion)}
            for task, found in tally.lengths.items()
        },
        "tokens": {task: spread(found.tokens) for task, found in tally.lengths.items() if found.tokens},
    }


def spread(lengths: Sequence[int]) -> dict[str, int]:
    """Median, 95th percentile, largest, and the sum."""
    if len(lengths) < 2:
        lengths = [*lengths] * 2 or [0, 0]
        return {"median": lengths[0], "p95": lengths[0], "max": lengths[0], "sum": lengths[0]}
    cuts = quantiles(lengths, n=20, method="inclusive")
    return {"median": round(cuts[9]), "p95": round(cuts[18]), "max": max(lengths), "sum": sum(lengths)}


def markdown(found: Mapping[str, Any]) -> str:
    title = f"# Training data: {found['corpus']} {' and '.join(found['splits'])}"
    made = f"From {found['questions']:,} questions, seed {found['seed']}, by routesql {found['routesql']}:"
    sections = [
        f"{title}\n\n{made}\n\n    {found['command']}\n\nPrompts: `{found['prompts']}`.",
        "## Examples\n\n" + examples_table(found),
        "## What they are made of\n\n"
        + table(
            ("task", "kind", "examples"),
            ((task, kind, n) for task, kinds in found["kinds"].items() for kind, n in kinds.items()),
        ),
        "## Left out\n\n"
        + table(("reason", "questions"), found["left_out"].items())
        + "\n\nEach is in `left_out.jsonl`.",
        "## Lengths\n\n" + lengths_table(found) + ("" if found["tokens"] else f"\n\n{NO_TOKENS}"),
        *(f"## Databases: {split}\n\n" + table(("database", "examples"), of.items())
          for split, of in found["databases"].items()),
    ]  # fmt: skip
    return "\n\n".join(sections) + "\n"


def examples_table(found: Mapping[str, Any]) -> str:
    rows = [
        (split, *counts.values(), sum(counts.values()), len(found["databases"][split]))
        for split, counts in found["examples"].items()
    ]
    return table(("split", *ROLES, "all", "databases"), rows)


def lengths_table(found: Mapping[str, Any]) -> str:
    rows = [
        (task, f"{part}, characters", *sizes.values())
        for task, parts in found["characters"].items()
        for part, sizes in parts.items()
    ]
    rows += [(task, "both, tokens", *sizes.values()) for task, sizes in found["tokens"].items()]
    return table(("task", "length of", "median", "95 %", "largest", "sum"), rows)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    body = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [list(head), ["---"] * len(head), *body])

"""`samples.jsonl`, grown by a question at a time: what `tune data --samples` and `tune pairs` read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..noise_filter import LeftOut
from .labels import Label
from .lines import append_lines, read_lines, write_lines


class SamplesFile:
    """Of a run's folder. What is left out of the questions stands beside it, in `left_out.jsonl`."""

    def __init__(self, folder: Path, samples: int) -> None:
        """samples: drawn for each question; with fewer counted, a stop has torn the question's lines."""
        self.samples = samples
        self.path, self.left_path = folder / "samples.jsonl", folder / "left_out.jsonl"
        self.right = self.drawn = 0
        self.done: set[str] = set()
        """The questions that need not be asked again."""
        self.left: Counter[str] = Counter()
        """Why questions were left out."""

    def restore(self) -> None:
        """What an earlier start has finished; half a question's lines are dropped, and it is asked again."""
        lines = read_lines(self.path, ("id", "correct", "count"))
        left = read_lines(self.left_path, ("id", "reason"))
        counted: Counter[str] = Counter()
        for line in lines:
            counted[line["id"]] += line["count"]
        kept = [line for line in lines if counted[line["id"]] == self.samples]
        write_lines(self.path, kept)
        write_lines(self.left_path, left)
        self._count(kept)
        self.left.update(line["reason"] for line in left)
        self.done |= {line["id"] for line in (*kept, *left)}

    def add(self, label: Label) -> None:
        if isinstance(label, LeftOut):
            append_lines(self.left_path, [asdict(label)])
            self.left[label.reason] += 1
            self.done.add(label.id)
            return
        lines = [asdict(one) for one in label]
        append_lines(self.path, lines)
        self._count(lines)
        self.done.update(one.id for one in label)

    @property
    def share(self) -> float:
        """Of what was drawn, what is right."""
        return self.right / self.drawn if self.drawn else 0.0

    def _count(self, lines: Iterable[Mapping[str, Any]]) -> None:
        for line in lines:
            self.drawn += line["count"]
            self.right += line["count"] * line["correct"]

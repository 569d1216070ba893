"""How long the examples are, a histogram for each task."""

from collections.abc import Mapping
from pathlib import Path

from ..tools.errors import MissingExtra
from .data_card import Lengths

try:
    from matplotlib.figure import Figure
except ModuleNotFoundError:
    raise MissingExtra("matplotlib", "tuning") from None


def draw(lengths: Mapping[str, Lengths], path: Path) -> Path:
    """In tokens where they were counted, else in characters."""
    figure = Figure(figsize=(7, 6), layout="constrained")
    all_axes = figure.subplots(len(lengths), 1, sharex=True)
    counted = all(found.tokens for found in lengths.values() if found.prompt)
    for axes, (task, found) in zip(all_axes, lengths.items(), strict=True):
        sums = [sum(pair) for pair in zip(found.prompt, found.completion, strict=True)]
        axes.hist(found.tokens if counted else sums, bins=60, color="#3b6ea5")
        axes.set_title(f"{task} (n = {len(sums):,})", loc="left", fontweight="bold")
        axes.set_ylabel("examples")
        axes.spines[["top", "right"]].set_visible(False)
    all_axes[-1].set_xlabel("tokens" if counted else "characters of prompt and completion")
    figure.savefig(path, dpi=150)
    return path

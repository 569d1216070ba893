"""`loss.png`: the loss of every step, and the validation's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def draw(lines: Sequence[dict[str, Any]], path: Path) -> bool:
    """False where matplotlib is not installed. lines: the log's."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        return False
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    steps = [line for line in lines if "loss" in line]
    losses = [line["loss"] for line in steps]
    axes.plot([line["step"] for line in steps], losses, color="#6b7280", alpha=0.5, label="train")
    validations = [line for line in lines if "validation" in line]
    for task in validations[0]["validation"] if validations else ():
        values = [line["validation"][task]["loss"] for line in validations]
        axes.plot([line["step"] for line in validations], values, marker="o", markersize=3, label=task)
    axes.set(xlabel="optimizer steps", ylabel="loss")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, ncols=2, title="validation, by task" if validations else None)
    figure.savefig(path, dpi=150)
    return True

"""PNG charts of a report, and of several."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...tools.errors import MissingExtra

try:
    from matplotlib.figure import Figure
except ModuleNotFoundError:
    raise MissingExtra("matplotlib", "tuning") from None

BLUE, GREEN, RED, GREY = "#3b6ea5", "#4c9f70", "#c8553d", "#6b7280"


def draw(found: Mapping[str, Any], seconds: list[float], folder: Path) -> list[Path]:
    """Accuracy by difficulty, what the roles changed, seconds per question; those there is something of."""
    drawn = [by_difficulty(found, folder / "by_difficulty.png")] if found["n"] else []
    if found.get("roles"):
        drawn.append(roles(found["roles"], folder / "roles.png"))
    if seconds:
        drawn.append(times(seconds, folder / "seconds.png"))
    return drawn


def by_difficulty(found: Mapping[str, Any], path: Path) -> Path:
    groups = {"all": found, **found["by_difficulty"]}
    figure, axes = _new(f"Execution accuracy, {_name(found)}")
    values = [100 * group["ex"] for group in groups.values()]
    low = [100 * (group["ex"] - group["ex_95"][0]) for group in groups.values()]
    high = [100 * (group["ex_95"][1] - group["ex"]) for group in groups.values()]
    labels = [f"{name}\nn = {group['n']}" for name, group in groups.items()]
    axes.bar(labels, values, color=[GREY, *[BLUE] * (len(values) - 1)], yerr=[low, high], capsize=4)
    for index, (value, above) in enumerate(zip(values, high, strict=True)):
        axes.annotate(f"{value:.1f}", (index, value + above), ha="center", va="bottom")
    axes.set(ylim=(0, 108), ylabel="EX, % (bars: 95 % interval)")
    return _saved(figure, path)


def roles(effects: Mapping[str, Mapping[str, int]], path: Path) -> Path:
    figure, axes = _new("What each role's accepted SQL changed")
    names = list(effects)
    axes.barh(names, [effects[name]["better"] for name in names], color=GREEN, label="wrong → right")
    axes.barh(names, [-effects[name]["worse"] for name in names], color=RED, label="right → wrong")
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set(xlabel="questions")
    axes.legend(frameon=False)
    return _saved(figure, path)


def times(seconds: list[float], path: Path) -> Path:
    figure, axes = _new("Seconds from question to answer, many questions at once")
    axes.hist(seconds, bins=40, color=BLUE)
    middle = sorted(seconds)[len(seconds) // 2]
    axes.axvline(middle, color=RED, label=f"median {middle:.1f} s")
    axes.set(xlabel="seconds", ylabel="questions")
    axes.legend(frameon=False)
    return _saved(figure, path)


def against_calls(reports: Mapping[str, Mapping[str, Any]], path: Path) -> Path:
    """Accuracy against model calls per question, a point for each named run."""
    figure, axes = _new("Execution accuracy against model calls")
    for name, found in reports.items():
        if not found.get("cost"):
            continue
        calls, ex = found["cost"]["calls"], 100 * found["ex"]
        low, high = (100 * bound for bound in found["ex_95"])
        axes.errorbar(calls, ex, yerr=[[ex - low], [high - ex]], fmt="o", color=BLUE, capsize=4)
        axes.annotate(f" {name}", (calls, ex), va="bottom")
    axes.set(xlabel="model calls per question", ylabel="EX, % (bars: 95 % interval)")
    return _saved(figure, path)


def _name(found: Mapping[str, Any]) -> str:
    return f"{found['setting']['corpus']} {found['setting']['split']} (n = {found['n']})"


def _new(title: str) -> tuple[Figure, Any]:
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _saved(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=150)
    return path

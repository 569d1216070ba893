"""Two runs on the same questions: the paired difference, and the questions that flipped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .run_folder import Answer, RunError, RunFolder
from .statistics import Interval, bootstrap, mcnemar


@dataclass(frozen=True)
class Comparison:
    n: int
    """Questions scored in both runs."""
    before: float
    after: float
    """Execution accuracies on those."""
    better: tuple[str, ...]
    """Ids of questions wrong before and right after."""
    worse: tuple[str, ...]
    p: float
    """McNemar's, exact and two-sided."""
    interval: Interval
    """95 % of after - before, bootstrapped over questions."""


def compare(before: RunFolder, after: RunFolder) -> Comparison:
    """Raises `RunError` if the runs are of different questions."""
    for key in ("corpus", "split", "suites"):
        one, other = before.setting().get(key), after.setting().get(key)
        if one != other:
            raise RunError(
                f"{before.path} is of {key} {one}, {after.path} of {other}; compare like with like"
            )
    return compared(list(before.answers()), list(after.answers()))


def compared(before: Sequence[Answer], after: Sequence[Answer]) -> Comparison:
    old, new = rights(before), rights(after)
    common = [name for name in old if name in new]
    if not common:
        raise RunError("the two runs have no scored question in common")
    better = tuple(name for name in common if new[name] and not old[name])
    worse = tuple(name for name in common if old[name] and not new[name])
    n = len(common)
    return Comparison(
        n,
        sum(old[name] for name in common) / n,
        sum(new[name] for name in common) / n,
        better,
        worse,
        mcnemar(len(better), len(worse)),
        bootstrap(len(better), len(worse), n),
    )


def rights(answers: Sequence[Answer]) -> dict[str, bool]:
    """By question; of several samples the first."""
    scored = [answer for answer in answers if answer.scored.score != "unscored" and answer.sample == 0]
    return {answer.scored.id: answer.scored.score == "right" for answer in scored}


def markdown(found: Comparison, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    low, high = found.interval
    lines = [
        f"{found.n} questions: EX {100 * found.before:.1f} → {100 * found.after:.1f}, "
        f"{100 * (found.after - found.before):+.1f} points (95 %: {100 * low:+.1f} to {100 * high:+.1f}), "
        f"McNemar p = {found.p:.3g}",
        f"better {len(found.better)}: {' '.join(found.better)}",
        f"worse {len(found.worse)}: {' '.join(found.worse)}",
    ]
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return "\n".join([*(f"{key}: {before.get(key)} → {after.get(key)}" for key in keys), *lines]) + "\n"

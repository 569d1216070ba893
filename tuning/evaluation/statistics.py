"""How sure is a number? Intervals of one accuracy, and of the difference of two on the same questions."""

import math
import random
from typing import NamedTuple

Z = 1.959964
"""Of a 95 % interval."""
RESAMPLES = 2_000


class Interval(NamedTuple):
    low: float
    high: float


def wilson(right: int, n: int) -> Interval:
    """95 % of a fraction (Wilson 1927); (0, 1) for nothing."""
    if not n:
        return Interval(0.0, 1.0)
    p, spread = right / n, Z * Z / n
    middle = (p + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * math.sqrt(p * (1 - p) / n + spread / (4 * n))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def mcnemar(better: int, worse: int) -> float:
    """Two-sided exact p of so uneven a split of the questions that flipped."""
    n = better + worse
    tail = sum(math.comb(n, k) for k in range(min(better, worse) + 1))
    return float(min(1.0, 2 * tail / 2**n))


def bootstrap(better: int, worse: int, n: int, seed: int = 0) -> Interval:
    """95 % of the difference in accuracy, the questions resampled in pairs."""
    if not n:
        return Interval(0.0, 0.0)
    draw, weights = random.Random(seed), (better, worse, n - better - worse)
    means = sorted(sum(draw.choices((1, -1, 0), weights, k=n)) / n for _ in range(RESAMPLES))
    return Interval(means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1])

"""Against values from textbooks and from other programs."""

import pytest

from routesql.tuning.evaluation.statistics import bootstrap, mcnemar, wilson


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        (1, 1, 0.2065, 1.0),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("better", "worse", "p"), [(8, 2, 0.109375), (2, 8, 0.109375), (0, 0, 1.0), (5, 5, 1.0), (0, 6, 0.03125)]
)
def test_mcnemar(better: int, worse: int, p: float) -> None:
    assert mcnemar(better, worse) == pytest.approx(p)


def test_mcnemar_of_many() -> None:
    assert 0 < mcnemar(3_000, 2_000) < 1e-40


def test_bootstrap_contains_the_difference_and_is_repeatable() -> None:
    low, high = bootstrap(80, 50, 1_000)
    assert low < 0.03 < high
    # The normal approximation: 0.03 ± 1.96 · sqrt((0.13 - 0.03²) / 1000)
    assert (low, high) == pytest.approx((0.0077, 0.0523), abs=0.003)
    assert bootstrap(80, 50, 1_000) == (low, high)
    assert bootstrap(80, 50, 1_000, seed=1) != (low, high)


def test_bootstrap_of_nothing_and_of_no_flips() -> None:
    assert bootstrap(0, 0, 0) == (0, 0)
    assert bootstrap(0, 0, 100) == (0, 0)

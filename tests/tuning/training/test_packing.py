"""Which examples share a row: none lost, none too long, the same for the same seed."""

from array import array
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from routesql.tuning.training.data import Example
from routesql.tuning.training.packing import packs, plan
from routesql.tuning.training.setup import sample
from routesql.tuning.training.tree import lay_out

TOKENS = st.lists(st.integers(3, 6), min_size=1, max_size=9).map(lambda tokens: array("I", tokens))
EXAMPLES = st.lists(
    st.builds(
        Example,
        st.sampled_from(["a-1/g", "a-1/l", "a-2/g", "b-1/g"]),
        st.just("g"),
        st.sampled_from(["a", "b", "c"]),
        TOKENS,
        st.tuples(TOKENS),
    ),
    min_size=1,
    max_size=20,
)
BUDGET = 18


@given(EXAMPLES, st.booleans(), st.integers(0, 9))
def test_every_example_once_in_a_row_within_the_budget(
    examples: list[Example], share: bool, seed: int
) -> None:
    rows = packs(examples, BUDGET, seed=seed, share=share)
    assert sorted(index for row in rows for index in row.examples) == list(range(len(examples)))
    for row in rows:
        chosen = [examples[index] for index in row.examples]
        assert row.tokens == len(lay_out(chosen, share=share).tokens) <= BUDGET
        assert len({example.database for example in chosen}) == 1


@given(EXAMPLES, st.integers(1, 3), st.integers(1, 3))
def test_every_epoch_takes_every_example(examples: list[Example], per_step: int, epochs: int) -> None:
    steps = plan(examples, BUDGET, per_step, epochs, seed=1, share=True)
    assert steps == plan(examples, BUDGET, per_step, epochs, seed=1, share=True)
    taken = Counter(index for step in steps for row in step for index in row.examples)
    assert set(taken.values()) == {epochs}
    assert max(map(len, steps)) <= per_step


def test_seeds_and_epochs_differ() -> None:
    examples = [
        Example(f"{number}/g", "g", database, array("I", [1, number]), (array("I", [2]),))
        for database in "abcdef"
        for number in range(20)
    ]
    first, second = (plan(examples, BUDGET, 2, 2, seed, share=True) for seed in (0, 1))
    assert first != second
    half = len(first) // 2
    assert first[:half] != first[half:]
    databases = [examples[row.examples[0]].database for step in first[:half] for row in step]
    assert databases != sorted(databases)


def test_a_questions_examples_stay_together() -> None:
    """What they share besides the schema is computed once."""
    examples = [
        Example(
            f"q{number % 10}/t{number}",
            "t",
            "d",
            array("I", [1, 10 + number % 10, number]),
            (array("I", [2]),),
        )
        for number in range(40)
    ]
    for row in packs(examples, 7, seed=0, share=True):
        assert len({examples[index].id.partition("/")[0] for index in row.examples}) == 1


def test_a_sample_is_of_whole_questions_and_seeded() -> None:
    examples = [Example(f"q{n // 4}/t{n}", "t", "d", array("I", [n]), ()) for n in range(80)]
    chosen = sample(examples, 20, seed=0)
    assert chosen == sample(examples, 20, seed=0) != sample(examples, 20, seed=1)
    assert set(Counter(one.id.partition("/")[0] for one in chosen).values()) == {4}
    assert len(sample(examples, 400, seed=0)) == 80

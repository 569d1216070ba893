"""A recipe is strict: what it does not know, lacks, or cannot mean is one line."""

from pathlib import Path
from typing import Any

import pytest

from routesql.tuning.training.errors import TrainingError
from routesql.tuning.training.recipe import Recipe, make_recipe, read_recipe

RECIPES = Path(__file__).parents[3] / "tuning" / "recipes"
LEAST = {"stage": "sft", "base": "b", "data": "d", "out": "o"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"lerning_rate": 1.0}, "unknown key 'lerning_rate'; did you mean 'learning_rate'?"),
        ({"xyz": 1}, "unknown key 'xyz'"),
        ({"rank": "16"}, "rank is '16', not a whole number"),
        ({"rank": 16.5}, "rank is 16.5, not a whole number"),
        ({"rank": True}, "rank is True, not a whole number"),
        ({"rank": 0}, "rank is 0, not above 0"),
        ({"learning_rate": "high"}, "learning_rate is 'high', not a number"),
        ({"learning_rate": float("nan")}, "learning_rate is nan, not 0 or above"),
        ({"max_minutes": -1}, "max_minutes is -1.0, not 0 or above"),
        ({"dropout": 1.0}, "dropout is 1.0, not in [0, 1)"),
        ({"packing": "trees"}, "packing is 'trees', not one of tree, plain; did you mean 'tree'?"),
        ({"targets": "q_proj"}, "targets is 'q_proj', not a list of names"),
        ({"targets": []}, "targets is [], not a list of names"),
        ({"gradient_checkpointing": 1}, "gradient_checkpointing is 1, not true or false"),
        ({"parts": 0.5}, "parts is 0.5, not a table of numbers"),
        ({"parts": {"linker": "all"}}, "parts is {'linker': 'all'}, not a table of numbers"),
        ({"parts": {"linker": 1.5}}, "parts.linker is 1.5, not in [0, 1]"),
        ({"parts": {"linker": float("nan")}}, "parts.linker is nan, not in [0, 1]"),
        (
            {"stage": "prefer"},
            "preference learning goes on from an SFT adapter; the key",
        ),
        ({"adapter": "a", "method": "full"}, "an adapter cannot be gone on from with full fine-tuning"),
    ],
)
def test_what_a_recipe_cannot_say(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(TrainingError) as error:
        make_recipe({**LEAST, **changes})
    assert str(error.value).startswith(told)


@pytest.mark.parametrize("key", LEAST)
def test_a_missing_key(key: str) -> None:
    with pytest.raises(TrainingError, match=f"the key '{key}' is missing"):
        make_recipe({name: value for name, value in LEAST.items() if name != key})


def test_whole_numbers_may_stand_for_numbers() -> None:
    assert make_recipe({**LEAST, "clip": 1}) == Recipe(**LEAST)  # type: ignore[arg-type]


def test_a_file_that_is_not_there_or_not_toml(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"cannot read .*none.toml: No such file"):
        read_recipe(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("stage = \n", encoding="utf-8")
    with pytest.raises(TrainingError, match=r"bad.toml is not TOML: ") as error:
        read_recipe(tmp_path / "bad.toml")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_committed_recipes_are_read_and_begin_with_their_command(path: Path) -> None:
    recipe = read_recipe(path)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")
    assert f"tuning/recipes/{path.name}" in first
    assert recipe.stage in first


def test_the_recipes_that_are_promised() -> None:
    names = {path.stem for path in RECIPES.glob("*.toml")}
    assert {"msft-0.5b-gpu", "msft-0.5b-cpu", "msft-1.5b-gpu", "prefer-0.5b", "paper-7b"} <= names


def test_the_papers_settings() -> None:
    """ROUTE's released code: full fine-tuning, 2 epochs, learning rate 1e-5, cosine, warm-up 0.05."""
    paper = read_recipe(RECIPES / "paper-7b.toml")
    assert (paper.method, paper.epochs, paper.learning_rate, paper.warmup) == ("full", 2, 1e-5, 0.05)

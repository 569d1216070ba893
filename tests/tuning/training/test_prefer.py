"""cDPO and ORPO against their formulas, and a few steps that raise the margin."""

import json
import math
from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from routesql.tuning.training.base import load_base
from routesql.tuning.training.data import Example
from routesql.tuning.training.errors import TrainingError
from routesql.tuning.training.forward import log_probs
from routesql.tuning.training.prefer import cdpo, key, orpo, prefer
from routesql.tuning.training.recipe import Recipe
from routesql.tuning.training.sft import sft
from routesql.tuning.training.tree import lay_out

Recipes = Callable[..., Recipe]
Log = Callable[[Path], list[dict[str, Any]]]


def pair(name: str, prompt: list[int], chosen: list[int], rejected: list[int]) -> Example:
    return Example(name, "preference", "d", array("I", prompt), (array("I", chosen), array("I", rejected)))


PAIRS = [
    pair("one", [5, 6, 7, 8], [20, 21, 22, 2], [20, 2]),
    pair("two", [5, 6, 9], [23, 2], [24, 25, 2]),
    pair("three", [5, 6], [26, 2], [27, 2]),
]


def log_prob(model: Any, prompt: "array[int]", completion: "array[int]") -> float:
    """Of a completion alone in a row, summed: written without the trainer's code."""
    tokens = torch.tensor([[*prompt, *completion]])
    scores = model(input_ids=tokens, use_cache=False).logits[0].log_softmax(-1)
    return float(scores[len(prompt) - 1 : -1].gather(1, tokens[0, len(prompt) :, None]).sum())


@pytest.fixture
def model(base: Path) -> Any:
    return load_base(base, torch.float32)[0]


@pytest.fixture
def sums(model: Any) -> list[tuple[float, float]]:
    with torch.no_grad():
        return [
            (log_prob(model, one.prompt, one.completions[0]), log_prob(model, one.prompt, one.completions[1]))
            for one in PAIRS
        ]


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("share", [True, False])
def test_cdpo(smoothing: float, share: bool, model: Any, sums: list[tuple[float, float]]) -> None:
    known = {key(one): (-3.0 - index, -2.0 * index) for index, one in enumerate(PAIRS)}
    tensors = {name: torch.tensor(values) for name, values in known.items()}
    with torch.no_grad():
        row = lay_out(PAIRS, share=share)
        found = cdpo(0.3, smoothing, tensors).measure(log_probs(model, row, "float32"), row, PAIRS)
    for index, (chosen, rejected) in enumerate(sums):
        base_chosen, base_rejected = known[key(PAIRS[index])]
        z = 0.3 * ((chosen - base_chosen) - (rejected - base_rejected))
        loss = (1 - smoothing) * math.log1p(math.exp(-z)) + smoothing * math.log1p(math.exp(z))
        assert found[:, index].tolist() == pytest.approx([loss, z, float(z > 0)], rel=1e-4)


def test_orpo(model: Any, sums: list[tuple[float, float]]) -> None:
    with torch.no_grad():
        row = lay_out(PAIRS)
        found = orpo(0.25).measure(log_probs(model, row, "float32"), row, PAIRS)
    for index, (chosen, rejected) in enumerate(sums):
        p, q = (
            math.exp(total / len(tokens))
            for total, tokens in zip((chosen, rejected), PAIRS[index].completions, strict=True)
        )
        margin = math.log((p / (1 - p)) / (q / (1 - q)))
        loss = -math.log(p) + 0.25 * math.log1p(math.exp(-margin))
        assert found[:, index].tolist() == pytest.approx([loss, margin, float(margin > 0)], rel=1e-4)


def test_orpo_of_a_certain_completion_is_finite() -> None:
    row = lay_out(PAIRS[:1])
    certain = torch.zeros(len(row.targets), requires_grad=True)
    found = orpo(0.1).measure(certain, row, PAIRS[:1])
    loss: Any = found[0].sum()
    loss.backward()
    assert torch.isfinite(found).all()
    assert certain.grad is not None
    assert torch.isfinite(certain.grad).all()


@pytest.fixture
def tuned(recipe: Recipes, base: Path) -> Path:
    """An SFT adapter."""
    first = recipe(max_steps=3, validation_examples=0)
    sft(first, base)
    return Path(first.out) / "adapter"


@pytest.mark.parametrize(("loss", "precision"), [("cdpo", "float32"), ("orpo", "float32"), ("cdpo", "bf16")])
def test_a_few_steps_lower_the_loss_and_raise_the_margin(
    loss: str,
    precision: str,
    tuned: Path,
    recipe: Recipes,
    base: Path,
    pairs: Path,
    log_of: Log,
    tmp_path: Path,
) -> None:
    done = recipe(
        stage="prefer",
        loss=loss,
        precision=precision,
        adapter=str(tuned),
        data=str(pairs),
        out=str(tmp_path / "preferred"),
        packs_per_step=100,
        epochs=8,
        validation_examples=9,
        beta=0.5,
    )
    prefer(done, base)
    logged = [line["validation"] for line in log_of(tmp_path / "preferred") if "validation" in line]
    validations = [found["preference"] for found in logged]
    assert validations[-1]["loss"] < validations[0]["loss"]
    assert validations[-1]["margin"] > validations[0]["margin"]
    assert validations[-1]["right"] == 1
    if loss == "cdpo":  # it begins at the reference: no margin, and the loss is log 2
        assert validations[0]["margin"] == pytest.approx(0, abs=1e-5 if precision == "float32" else 1e-2)
        assert validations[0]["loss"] == pytest.approx(
            math.log(2), rel=1e-5 if precision == "float32" else 1e-2
        )


def test_a_resumed_run_keeps_its_reference(
    tuned: Path, recipe: Recipes, base: Path, pairs: Path, losses_of: Any, tmp_path: Path
) -> None:
    where = {"adapter": str(tuned), "data": str(pairs), "out": str(tmp_path / "whole")}
    whole = recipe(stage="prefer", loss="cdpo", epochs=4, **where)
    broken = replace(whole, out=str(tmp_path / "broken"), max_minutes=1e-6)
    prefer(whole, base)
    prefer(broken, base)
    before = json.loads((tmp_path / "broken" / "reference.json").read_text(encoding="utf-8"))
    prefer(replace(broken, max_minutes=0), base)
    assert losses_of(tmp_path / "broken") == losses_of(tmp_path / "whole")
    assert json.loads((tmp_path / "broken" / "reference.json").read_text(encoding="utf-8")) == before


def test_pairs_are_not_sft_examples(tuned: Path, recipe: Recipes, base: Path, tmp_path: Path) -> None:
    wrong = recipe(stage="prefer", adapter=str(tuned), out=str(tmp_path / "preferred"))
    with pytest.raises(TrainingError, match=r"train.jsonl.gz line 1: has no text 'chosen'"):
        prefer(wrong, base)
    with pytest.raises(TrainingError, match="the recipe is for stage 'sft', not 'prefer'"):
        prefer(recipe(), base)

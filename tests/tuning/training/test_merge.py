"""An adapter merged into its base: the same logits, or nothing is written."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from routesql.tuning.training.base import load_adapter, load_base
from routesql.tuning.training.errors import TrainingError
from routesql.tuning.training.merge import logits, main, merge
from routesql.tuning.training.recipe import Recipe
from routesql.tuning.training.sft import sft

Recipes = Callable[..., Recipe]


@pytest.fixture
def adapter(recipe: Recipes, base: Path) -> Path:
    done = recipe(max_steps=4, validation_examples=0)
    sft(done, base)
    return Path(done.out) / "adapter"


def test_merged_is_the_base_with_the_adapter(adapter: Path, base: Path, tmp_path: Path) -> None:
    assert merge(adapter, base, tmp_path / "merged") < 1e-4
    prompts = [[5, 6, 7, 8]]
    model, _ = load_base(base, torch.float32)
    plain = logits(model, prompts)[0]
    active = logits(load_adapter(model, adapter).eval(), prompts)[0]
    merged, tokenizer = load_base(tmp_path / "merged", torch.float32)
    found = logits(merged, prompts)[0]
    assert (found - active).abs().max() < 0.25 * (plain - active).abs().max()  # bf16 rounds
    assert tokenizer.chat_template
    note = json.loads((tmp_path / "merged" / "merge.json").read_text(encoding="utf-8"))
    assert note["largest_difference"] < 1e-4


def test_an_adapter_of_another_base(adapter: Path, llama: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"was tuned on .*tiny-qwen2, not on .*tiny-llama"):
        merge(adapter, llama, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_the_same_weights_under_another_name(adapter: Path, base: Path, tmp_path: Path) -> None:
    (tmp_path / "renamed").symlink_to(base)
    merge(adapter, tmp_path / "renamed", tmp_path / "merged")


def test_a_merge_that_changes_the_logits_writes_nothing(
    adapter: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No difference is within a limit below zero."""
    monkeypatch.setattr("routesql.tuning.training.merge.LIMIT", -1.0)
    with pytest.raises(TrainingError, match=r"merged, a logit differs by .* nothing is written"):
        merge(adapter, base, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_an_adapter_that_is_not_finite(adapter: Path, base: Path, tmp_path: Path) -> None:
    path = adapter / "adapter_model.safetensors"
    weights = {name: torch.full_like(tensor, torch.nan) for name, tensor in load_file(path).items()}
    save_file(weights, path)
    with pytest.raises(TrainingError, match=r"cannot merge .*: NaNs detected"):
        merge(adapter, base, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_bad_folders_are_one_line(
    adapter: Path, base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    full, out = tmp_path / "full", tmp_path / "merged"
    full.mkdir()
    (full / "thesis.tex").touch()
    for one, other, target in ((adapter, base, full), (full, base, out), (adapter, full, out)):
        assert main(["--adapter", str(one), "--base", str(other), "--out", str(target)]) == 2
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told == [
        f"{full} is not empty; choose another --out",
        f"{full} is not an adapter folder: no readable adapter_config.json",
        f"no model folder {full}; give the base model's with --base",
    ]

"""LoRA adapters: merged, refused, compared; and the one that comes with the package."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from routesql.agents.model import LocalModel
from routesql.agents.model.adapter import SHIPPED, shipped, weights_hash
from routesql.agents.prompt_hash import prompt_hash
from routesql.tools.errors import ModelError
from routesql.tuning.training.data import sha256

ASK = "How many singers?"


@pytest.fixture
def adapter(tiny_folder: Path, tmp_path: Path) -> Path:
    """A LoRA adapter that changes what the model says."""
    base: Any = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    config = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    torch.manual_seed(1)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
        get_peft_model(base, config).save_pretrained(str(tmp_path / "lora"))
    return tmp_path / "lora"


def test_an_adapter_is_merged(tiny: LocalModel, tiny_folder: Path, adapter: Path) -> None:
    tuned = LocalModel(model=str(tiny_folder), adapter=str(adapter), dtype="float32", max_tokens=24)
    assert (tiny.tuned, tuned.tuned) == (False, True)
    assert tuned.invoke(ASK).content != tiny.invoke(ASK).content
    assert tiny.invoke(ASK, adapter=str(adapter)).content == tuned.invoke(ASK).content
    assert not [name for name, _ in tuned.engine.loaded.model.named_parameters() if "lora" in name]


@pytest.fixture
def ships(tiny_folder: Path, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model's name, for which an adapter comes with the package."""
    name = str(tiny_folder)
    adapter.rename(tmp_path / tiny_folder.name.lower())
    monkeypatch.setattr("routesql.agents.model.adapter.SHIPPED", tmp_path)
    shipped.cache_clear()
    return name


def test_the_adapter_that_comes_with_the_package(ships: str, tmp_path: Path) -> None:
    model = LocalModel(model=ships, dtype="float32")
    plain = LocalModel(model=f"base:{ships}", dtype="float32")
    given = LocalModel(model=f"base:{ships}", adapter=str(tmp_path / Path(ships).name), dtype="float32")
    assert (model.tuned, plain.tuned, given.tuned) == (True, False, True)
    assert model.invoke(ASK, max_tokens=24).content == given.invoke(ASK, max_tokens=24).content
    assert plain.invoke(ASK, max_tokens=24).content != model.invoke(ASK, max_tokens=24).content


def test_a_model_of_the_same_name_elsewhere_gets_none(ships: str) -> None:
    assert not LocalModel(model=f"somebody/{Path(ships).name}").tuned


@pytest.mark.parametrize(
    ("prompts", "weights", "told"),
    [
        ("other", None, "was tuned on prompts of another version; it may answer worse"),
        (None, "other", "are not quite those that"),
        (None, None, ""),
    ],
)
def test_other_prompts_or_weights_are_said(
    prompts: str | None,
    weights: str | None,
    told: str,
    tiny_folder: Path,
    adapter: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    about = {
        "prompts": prompts or prompt_hash(),
        "base": {"sha256": weights or weights_hash(tiny_folder)},
    }
    (adapter / "training.json").write_text(json.dumps(about), encoding="utf-8")
    LocalModel(model=str(tiny_folder), adapter=str(adapter), dtype="float32", max_tokens=1).invoke(ASK)
    assert told in caplog.text
    assert bool(told) == bool(caplog.text)


def test_an_adapter_of_another_model_is_refused(adapter: Path, family_folder: Callable[[str], Path]) -> None:
    other = LocalModel(model=str(family_folder("qwen3")), adapter=str(adapter))
    with pytest.raises(ModelError, match=r"was tuned on .*tiny-qwen2, not on .*tiny-qwen3"):
        other.invoke(ASK)


@pytest.mark.parametrize("folder", sorted(SHIPPED.iterdir()), ids=lambda folder: folder.name)
def test_a_shipped_adapter_fits_these_prompts_and_says_what_it_is(folder: Path) -> None:
    about = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    assert about["prompts"] == prompt_hash()
    assert shipped(about["base"]["name"]) == folder
    card = (folder / "README.md").read_text(encoding="utf-8")
    weights = folder / "adapter_model.safetensors"
    assert sha256(weights) in card
    assert about["prompts"] in card
    assert weights.stat().st_size <= 20e6

"""The trainer from recipe to adapter."""

import json
from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, BloomConfig

from routesql.tuning.training.base import load_adapter, load_base, trainable, weights_hash
from routesql.tuning.training.data import Example, sha256
from routesql.tuning.training.errors import TrainingError
from routesql.tuning.training.recipe import Recipe
from routesql.tuning.training.setup import chosen_parts
from routesql.tuning.training.sft import sft

Recipes = Callable[..., Recipe]
Losses = Callable[[Path], dict[int, float]]
Log = Callable[[Path], list[dict[str, Any]]]


def test_a_run_learns_and_leaves_an_adapter(recipe: Recipes, base: Path, losses_of: Losses) -> None:
    done = recipe(max_steps=0, epochs=6)
    sft(done, base)
    out, found = Path(done.out), losses_of(Path(done.out))
    assert found[max(found)] < 0.5 * found[1]
    weights = load_file(out / "adapter" / "adapter_model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.bfloat16}
    assert any(bool(tensor.any()) for name, tensor in weights.items() if "lora_B" in name)
    model, _ = load_base(base, torch.float32)
    load_adapter(model, out / "adapter")
    assert (out / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_training_json_says_what_made_the_adapter(recipe: Recipes, base: Path, data: Path) -> None:
    (data / "card.json").write_text('{"prompts": "f00"}', encoding="utf-8")
    done = recipe(seed=3, base="Owner/Tiny")
    sft(done, base)
    note = json.loads((Path(done.out) / "adapter" / "training.json").read_text(encoding="utf-8"))
    assert note["base"] == {"name": "Owner/Tiny", "sha256": weights_hash(base)}
    assert note["data"]["train.jsonl.gz"] == sha256(data / "train.jsonl.gz")
    assert (note["prompts"], note["recipe"]["seed"], note["done"]["steps"]) == ("f00", 3, 8)
    config = json.loads((Path(done.out) / "adapter" / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["base_model_name_or_path"] == "Owner/Tiny"


def test_validation_per_task_at_start_midway_and_end(recipe: Recipes, base: Path, log_of: Log) -> None:
    done = recipe(max_steps=6)
    sft(done, base)
    found = {line["step"]: line["validation"] for line in log_of(Path(done.out)) if "validation" in line}
    assert list(found) == [0, 4, 6]
    assert set(found[0]) == {"all", "generator", "linker", "corrector"}
    assert found[6]["all"]["loss"] < found[0]["all"]["loss"]


@pytest.mark.parametrize("changes", [{"packing": "plain"}, {"tokens_per_pack": 400}])
def test_packing_does_not_change_what_a_step_learns(
    changes: dict[str, Any], recipe: Recipes, base: Path, losses_of: Losses, tmp_path: Path
) -> None:
    """All examples in one step: however packed and accumulated, losses and weights come out alike."""
    whole = recipe(packs_per_step=1000, epochs=3, max_steps=0)
    other = recipe(packs_per_step=1000, epochs=3, max_steps=0, out=str(tmp_path / "other"), **changes)
    sft(whole, base)
    sft(other, base)
    one, two = losses_of(Path(whole.out)), losses_of(Path(other.out))
    assert list(one.values()) == pytest.approx(list(two.values()), rel=1e-5)
    names = "adapter/adapter_model.safetensors"
    first, second = load_file(Path(whole.out) / names), load_file(Path(other.out) / names)
    for name, weight in first.items():
        torch.testing.assert_close(second[name], weight, rtol=2e-2, atol=1e-3)


def test_lora_on_bf16_keeps_the_adapter_in_float32(recipe: Recipes, base: Path, losses_of: Losses) -> None:
    """A new one and one that is gone on from: small steps would round away."""
    first = recipe(precision="bf16", max_steps=0, epochs=6)
    sft(first, base)
    found = losses_of(Path(first.out))
    assert found[max(found)] < 0.5 * found[1]
    for one in (first, replace(first, adapter=str(Path(first.out) / "adapter"))):
        model, _ = trainable(one, base)
        dtypes = {weight.requires_grad: weight.dtype for weight in model.parameters()}
        assert dtypes == {True: torch.float32, False: torch.bfloat16}


def test_full_fine_tuning_in_bf16_leaves_a_model(recipe: Recipes, base: Path, losses_of: Losses) -> None:
    done = recipe(method="full", precision="bf16", gradient_checkpointing=True)
    sft(done, base)
    found = losses_of(Path(done.out))
    assert found[8] < found[1]
    before, _ = load_base(base, torch.float32)
    after, tokenizer = load_base(Path(done.out) / "model", torch.float32)
    assert tokenizer.chat_template
    assert not torch.equal(before.lm_head.weight, after.lm_head.weight)


def test_a_part_of_one_kind_of_example(recipe: Recipes) -> None:
    every = [Example(f"q{n}/{kind}", "t", "d", array("I", [3]), ()) for n in range(400) for kind in "ab"]
    some = recipe(parts={"b": 0.25})
    chosen = [one.id for one in chosen_parts(every, some)]
    assert sum(name.endswith("/a") for name in chosen) == 400
    assert 70 <= sum(name.endswith("/b") for name in chosen) <= 130
    assert chosen == [one.id for one in chosen_parts(every[::-1], some)][::-1]
    with pytest.raises(TrainingError, match="parts names 'c'; the data have a, b"):
        chosen_parts(every, recipe(parts={"c": 0.5}))
    with pytest.raises(TrainingError, match="parts leaves no example"):
        chosen_parts(every, recipe(parts={"a": 0, "b": 0}))


def test_an_example_longer_than_a_row_is_listed_and_left_out(
    recipe: Recipes, base: Path, data: Path, lines: Any, write: Any
) -> None:
    long = {**lines()[0], "id": "singers-99/generator", "user": "SELECT " * 200}
    write(data / "train.jsonl.gz", [*lines(1), long])
    done = recipe(epochs=1, max_steps=1)
    sft(done, base)
    (left_out,) = log_of_file(Path(done.out) / "left_out.jsonl")
    assert (left_out["id"], left_out["database"]) == ("singers-99/generator", "singers")
    assert left_out["tokens"] > 160


def log_of_file(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_minutes_end_with_a_checkpoint_and_an_adapter(recipe: Recipes, base: Path, losses_of: Losses) -> None:
    """And the same recipe with more minutes goes on to the same losses as a run without a break."""
    short = recipe(max_minutes=1e-6)
    sft(short, base)
    assert list(losses_of(Path(short.out))) == [1]
    assert (Path(short.out) / "adapter" / "adapter_config.json").is_file()
    sft(replace(short, max_minutes=0), base)
    whole = replace(short, max_minutes=0, out=short.out + "-whole")
    sft(whole, base)
    assert losses_of(Path(short.out)) == losses_of(Path(whole.out))


def test_a_finished_run_started_again_does_nothing(recipe: Recipes, base: Path, log_of: Log) -> None:
    done = recipe()
    sft(done, base)
    before = log_of(Path(done.out))
    sft(done, base)
    assert log_of(Path(done.out)) == before


def test_a_loss_that_is_no_number_stops_with_the_batch(recipe: Recipes, base: Path) -> None:
    wild = recipe(learning_rate=1e30, warmup=0.0, max_steps=0)
    with pytest.raises(
        TrainingError, match=r"gradient norm .* its examples are in .*lower learning_rate"
    ) as told:
        sft(wild, base)
    assert "\n" not in str(told.value)
    (saved,) = Path(wild.out).glob("failed-step-*.jsonl")
    assert {"id", "prompt", "completions"} == set(log_of_file(saved)[0])
    assert not (Path(wild.out) / "adapter").exists()


def test_another_recipe_in_the_same_folder(
    recipe: Recipes, base: Path, data: Path, lines: Any, write: Any
) -> None:
    done = recipe(max_steps=2)
    sft(done, base)
    with pytest.raises(TrainingError, match="holds a run whose recipe has rank 4, not 8; choose another"):
        sft(replace(done, rank=8), base)
    write(data / "train.jsonl.gz", lines(2))
    with pytest.raises(TrainingError, match=r"holds a run whose data has train.jsonl.gz"):
        sft(done, base)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"stage": "prefer", "adapter": "x"}, "the recipe is for stage 'prefer', not 'sft'"),
        ({"data": "/nowhere"}, "no file /nowhere/train.jsonl.gz; `routesql tune data` makes it"),
        ({"tokens_per_pack": 5}, "every example is longer than 5 tokens; raise tokens_per_pack"),
        ({"targets": ["nothing"]}, "LoRA does not fit tiny-qwen2: "),
        ({"device": "cuda"}, "torch sees no GPU"),
        ({"adapter": "/nowhere"}, "/nowhere is not an adapter folder: no readable adapter_config.json"),
    ],
)
def test_a_bad_set_up_is_one_line(changes: dict[str, Any], told: str, recipe: Recipes, base: Path) -> None:
    if "device" in changes and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(TrainingError) as error:
        sft(recipe(**changes), base)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_model_that_keeps_to_no_mask(recipe: Recipes, base: Path, tmp_path: Path) -> None:
    config = BloomConfig(bos_token_id=1, eos_token_id=2, vocab_size=400, hidden_size=32, n_layer=1, n_head=4)
    model: Any = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    model.save_pretrained(tmp_path / "bloom")
    for file in base.glob("*token*"):
        (tmp_path / "bloom" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(TrainingError, match="models of type bloom cannot be trained here"):
        sft(recipe(validation_examples=0), tmp_path / "bloom")


def test_no_base_folder(recipe: Recipes, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no model folder .*; give the base model's with --base"):
        sft(recipe(), tmp_path / "nowhere")


def test_a_folder_that_holds_something_else(recipe: Recipes, base: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    with pytest.raises(TrainingError, match="is not empty and holds no training run; choose another out"):
        sft(recipe(), base)

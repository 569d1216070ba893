"""What comes before the loop (model, examples, folder) and after it (adapter, `training.json`, curve)."""

import json
import logging
import platform
import random
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from . import curve
from .base import longest_path, stop_tokens, trainable, weights_hash
from .data import Example, read_examples, sha256
from .errors import TrainingError
from .loop import Ready, Training
from .processes import Processes
from .prompt import ChatPrompt
from .recipe import Recipe
from .run_folder import TrainingFolder

log = logging.getLogger("routesql")

TRAIN, VALIDATION = "train.jsonl.gz", "validation.jsonl.gz"


def prepare(recipe: Recipe, base: Path, processes: Processes) -> Ready:
    """Raises `TrainingError` before anything long begins."""
    folder = TrainingFolder(Path(recipe.out))
    about = description(recipe, base)
    folder.check(about)
    model, tokenizer = trainable(recipe, base)
    prompt = ChatPrompt(tokenizer, stop_tokens(model, tokenizer))
    most = min(recipe.tokens_per_pack, longest_path(model.config))
    train, left_out = _read(recipe, TRAIN, prompt, most)
    validation, too_long = _read(recipe, VALIDATION, prompt, most) if recipe.validation_examples else ([], [])
    if not train:
        raise TrainingError(f"every example is longer than {most} tokens; raise tokens_per_pack")
    train = chosen_parts(train, recipe)
    if processes.first:
        folder.begin(about)
        _list_left_out(folder, left_out + too_long, most)
    chosen = sample(validation, recipe.validation_examples, recipe.seed)
    return Ready(model, tokenizer, train, chosen, folder, about)


def chosen_parts(examples: Sequence[Example], recipe: Recipe) -> list[Example]:
    """Seeded, by example; a kind that `recipe.parts` does not name stays whole. Raises `TrainingError`."""
    known = {example.part for example in examples}
    if unknown := sorted(set(recipe.parts) - known):
        raise TrainingError(f"parts names {unknown[0]!r}; the data have {', '.join(sorted(known))}")
    chosen = [one for one in examples if _draw(recipe, one) < recipe.parts.get(one.part, 1.0)]
    if not chosen:
        raise TrainingError("parts leaves no example to train on")
    return chosen


def _draw(recipe: Recipe, example: Example) -> float:
    return random.Random(f"{recipe.seed} {example.id}").random()


def sample(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
    """Whole questions, seeded, until there are `count` examples."""
    questions: dict[str, list[Example]] = {}
    for example in examples:
        questions.setdefault(example.question, []).append(example)
    names = list(questions)
    random.Random(seed).shuffle(names)
    return [example for name in names for example in questions[name]][:count]


def description(recipe: Recipe, base: Path) -> dict[str, Any]:
    """What a run is of; two starts of one run agree in recipe, data and base."""
    data = Path(recipe.data)
    names = [TRAIN, VALIDATION] if recipe.validation_examples else [TRAIN]
    return {
        "recipe": asdict(recipe),
        "data": {name: sha256(data / name) for name in names},
        "base": {"name": recipe.base, "sha256": weights_hash(base)},
        "adapter": {"sha256": weights_hash(Path(recipe.adapter)) if recipe.adapter else None},
        "prompts": _prompts(data / "card.json"),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("torch", "transformers", "peft"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


def finish(training: Training, ready: Ready) -> None:
    """Adapter (or full model), `training.json` beside its weights, and the curve."""
    if not training.processes.first:
        return
    recipe = training.recipe
    done = {
        "steps": training.step,
        "of": len(training.steps),
        "seconds": round(training.seconds, 1),
        "tokens": training.tokens,
    }
    note = json.dumps({**ready.about, "done": done}, indent=1) + "\n"

    def fill(folder: Path) -> None:
        save = _save_adapter if recipe.method == "lora" else _save_model
        save(training, ready, folder)
        (folder / "training.json").write_text(note, encoding="utf-8")

    saved = ready.folder.save_folder("adapter" if recipe.method == "lora" else "model", fill)
    if not curve.draw(list(ready.folder.lines()), ready.folder.path / "loss.png"):
        log.info("matplotlib is not installed, so there is no loss.png")
    log.info("%d of %d steps in %.0f s: %s", training.step, len(training.steps), training.seconds, saved)


def _save_adapter(training: Training, ready: Ready, folder: Path) -> None:
    (config,) = ready.model.peft_config.values()
    config.base_model_name_or_path = training.recipe.base
    weights = {name: weight.detach().to(torch.bfloat16) for name, weight in training.weights.items()}
    ready.model.save_pretrained(str(folder), state_dict=weights, save_embedding_layers=False)


def _save_model(training: Training, ready: Ready, folder: Path) -> None:  # noqa: ARG001
    model = ready.model.to(torch.bfloat16)
    model.save_pretrained(folder)
    ready.tokenizer.save_pretrained(folder)


def _read(recipe: Recipe, name: str, prompt: ChatPrompt, most: int) -> tuple[list[Example], list[Example]]:
    """Those that fit a row, and those that do not."""
    path = Path(recipe.data) / name
    fit: list[Example] = []
    left_out: list[Example] = []
    for example in read_examples(path, prompt, pairs=recipe.stage == "prefer"):
        (fit if example.tokens <= most else left_out).append(example)
    return fit, left_out


def _list_left_out(folder: TrainingFolder, examples: Sequence[Example], most: int) -> None:
    lines = [{"id": one.id, "database": one.database, "tokens": one.tokens} for one in examples]
    folder.write_lines("left_out.jsonl", lines)
    if examples:
        where = folder.path / "left_out.jsonl"
        log.warning("%d examples are longer than %d tokens and left out: %s", len(examples), most, where)


def _prompts(card: Path) -> Any:
    """The hash of the prompts that the data were made with, from the data's card if it is there."""
    try:
        return json.loads(card.read_text(encoding="utf-8")).get("prompts")
    except (OSError, ValueError, AttributeError):
        return None

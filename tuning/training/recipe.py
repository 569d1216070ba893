"""A recipe: everything that decides what a training run learns, in one TOML file."""

import dataclasses
import tomllib
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from .errors import TrainingError

ATTENTION_AND_MLP = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True)
class Recipe:
    stage: Literal["sft", "prefer"]
    base: str
    """The base model's name, kept with the adapter; a folder, or a name whose folder `--base` gives."""
    data: str
    """Folder with `train.jsonl.gz`, and `validation.jsonl.gz` unless validation_examples is 0."""
    out: str
    """The run's folder; the same recipe with the same folder goes on with the run."""
    adapter: str = ""
    """A LoRA adapter to go on from; empty: a new one. Preference learning needs one."""

    method: Literal["lora", "full"] = "lora"
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    """Of LoRA's input. A shared trunk is dropped out once for all its branches."""
    targets: tuple[str, ...] = ATTENTION_AND_MLP
    """Names of the linear layers that LoRA adapts."""

    parts: dict[str, float] = dataclasses.field(default_factory=dict)
    """Kind of example (`linker`, `corrector/correct`, ...: an id without its question) to the part of them
    that is trained on; a kind that is not named is taken whole."""

    packing: Literal["tree", "plain"] = "tree"
    tokens_per_pack: int = 4096
    """The longest row; an example longer than that is listed in `left_out.jsonl`."""
    packs_per_step: int = 4
    """Rows whose gradients make one optimizer step, over all processes."""
    epochs: int = 2
    max_steps: int = 0
    """Stop after so many steps, the cosine's end; 0: the epochs' all."""
    max_minutes: float = 0.0
    """Stop after so many minutes of one start, with a checkpoint; 0: no limit."""

    learning_rate: float = 1e-4
    """Its peak, after the warm-up; a cosine leads to 0."""
    warmup: float = 0.05
    """Part of the steps."""
    weight_decay: float = 0.0
    clip: float = 1.0
    """Largest norm of the gradient."""

    precision: Literal["bf16", "float32"] = "bf16"
    """bf16: autocast; what is trained is float32 all the same, and LoRA's base is kept in bf16."""
    attention: Literal["tree", "sdpa", "eager"] = "tree"
    """tree computes what the row's mask allows; the others compute all and mask."""
    gradient_checkpointing: bool = False
    """Activations are computed twice instead of kept: less memory, a third more time."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    seed: int = 0

    validate_every: int = 50
    """Steps; at the start and the end always."""
    validation_examples: int = 400
    """A seeded choice; 0: no validation."""
    checkpoint_minutes: float = 5.0
    checkpoint_steps: int = 0
    """After so many steps, too; 0: by the clock alone."""

    loss: Literal["cdpo", "orpo"] = "orpo"
    """Of preference learning, as beta and label_smoothing."""
    beta: float = 0.1
    """cDPO: how far from the reference; ORPO: the odds ratio's weight (its paper's lambda)."""
    label_smoothing: float = 0.1
    """cDPO: the part of pairs that are thought to be the wrong way round."""


FREE = {"max_minutes", "checkpoint_minutes", "checkpoint_steps", "device", "out", "data", "adapter"}
"""What may change between two starts of one run (data and adapter are compared by their hashes)."""


def read_recipe(path: Path) -> Recipe:
    """Raises `TrainingError`: unreadable, an unknown or missing key, a value of the wrong type."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} is not TOML: {' '.join(str(error).split())}") from None
    try:
        return make_recipe(content)
    except TrainingError as error:
        raise TrainingError(f"{path}: {error}") from None


def make_recipe(content: dict[str, Any]) -> Recipe:
    kinds = get_type_hints(Recipe)
    for key in content:
        if key not in kinds:
            raise TrainingError(f"unknown key {key!r}{_nearest(key, list(kinds))}")
    needed = [field.name for field in fields(Recipe) if field.default is field.default_factory is MISSING]
    if missing := [name for name in needed if name not in content]:
        raise TrainingError(f"the key {missing[0]!r} is missing")
    recipe = Recipe(**{key: _checked(key, value, kinds[key]) for key, value in content.items()})
    _check_ranges(recipe)
    return recipe


def _checked(key: str, value: Any, kind: Any) -> Any:
    if get_origin(kind) is Literal:
        if value not in (choices := get_args(kind)):
            near = _nearest(str(value), list(choices))
            raise TrainingError(f"{key} is {value!r}, not one of {', '.join(choices)}{near}")
        return value
    if get_origin(kind) is tuple:
        if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
            raise TrainingError(f"{key} is {value!r}, not a list of names")
        return tuple(value)
    if get_origin(kind) is dict:
        if not isinstance(value, dict) or not all(type(one) in (int, float) for one in value.values()):
            raise TrainingError(f"{key} is {value!r}, not a table of numbers")
        return {name: float(one) for name, one in value.items()}
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
        raise TrainingError(f"{key} is {value!r}, not {names[kind]}")
    return value


def _check_ranges(recipe: Recipe) -> None:
    positive = ("rank", "alpha", "tokens_per_pack", "packs_per_step", "epochs", "learning_rate", "clip")
    parts = ("dropout", "warmup", "label_smoothing")
    for field in fields(Recipe):
        value = getattr(recipe, field.name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        if value <= 0 and field.name in positive:
            raise TrainingError(f"{field.name} is {value}, not above 0")
        if field.name in parts and not 0 <= value < 1:
            raise TrainingError(f"{field.name} is {value}, not in [0, 1)")
        if not 0 <= value < float("inf"):
            raise TrainingError(f"{field.name} is {value}, not 0 or above")
    for name, part in recipe.parts.items():
        if not 0 <= part <= 1:
            raise TrainingError(f"parts.{name} is {part}, not in [0, 1]")
    if recipe.stage == "prefer" and not recipe.adapter:
        raise TrainingError("preference learning goes on from an SFT adapter; the key 'adapter' is missing")
    if recipe.adapter and recipe.method == "full":
        raise TrainingError("an adapter cannot be gone on from with full fine-tuning; merge it first")


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""

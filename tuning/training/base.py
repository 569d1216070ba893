"""The base model and its LoRA adapter, ready to be trained."""

import hashlib
import json
import logging
import warnings
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as hf_logging

from .data import sha256
from .errors import TrainingError
from .recipe import Recipe

log = logging.getLogger("routesql")

ATTENTION = {"full_attention", "sliding_attention"}
UNREADABLE = (OSError, ValueError, RuntimeError, LookupError, TypeError, ImportError, SafetensorError)


def load_base(folder: Path, dtype: torch.dtype, attention: str = "sdpa") -> tuple[Any, Any]:
    """Model and tokenizer, on the CPU. Raises `TrainingError`."""
    if not (folder / "config.json").is_file():
        raise TrainingError(f"no model folder {folder}; give the base model's with --base")
    hf_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation=attention)
    except UNREADABLE as error:
        raise TrainingError(f"cannot load {folder}: {_first_line(error)}") from error
    return model, tokenizer


def check_packable(model: Any) -> None:
    """Raises `TrainingError` for a model whose examples would see each other in a row."""
    recurrent = set(getattr(model.config, "layer_types", None) or ()) - ATTENTION
    if recurrent or not getattr(model, "_supports_attention_backend", False):
        kind = model.config.model_type
        raise TrainingError(
            f"models of type {kind} cannot be trained here: they would not keep to a row's mask"
        )


def trainable(recipe: Recipe, folder: Path) -> tuple[Any, Any]:
    """LoRA: the base as the precision says, the adapter in float32. Full: all in float32."""
    low = recipe.precision == "bf16" and recipe.method == "lora"
    model, tokenizer = load_base(folder, torch.bfloat16 if low else torch.float32, "eager")
    check_packable(model)
    model.set_attn_implementation(recipe.attention)
    if recipe.gradient_checkpointing:
        checkpoint_activations(model)
    if recipe.method == "lora":
        torch.manual_seed(recipe.seed)
        model = _with_adapter(model, recipe, folder)
    return model.train(), tokenizer


def checkpoint_activations(model: Any) -> None:
    """By the new name where transformers has it: the old one warns."""
    new = getattr(model, "activation_checkpointing_enable", None)
    (new or model.gradient_checkpointing_enable)({"use_reentrant": False})


def _with_adapter(model: Any, recipe: Recipe, folder: Path) -> Any:
    if recipe.adapter:
        check_base(Path(recipe.adapter), recipe.base, folder)
        return load_adapter(model, Path(recipe.adapter), train=True)
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules=list(recipe.targets),
        task_type="CAUSAL_LM",
    )
    try:
        with _quiet_peft():
            return leave_casting_to_autocast(get_peft_model(model, config))
    except ValueError as error:
        raise TrainingError(f"LoRA does not fit {folder.name}: {_first_line(error)}") from error


def load_adapter(model: Any, adapter: Path, *, train: bool = False) -> Any:
    try:
        with _quiet_peft():
            return leave_casting_to_autocast(
                PeftModel.from_pretrained(model, str(adapter), is_trainable=train)
            )
    except UNREADABLE as error:
        raise TrainingError(f"cannot load the adapter {adapter}: {_first_line(error)}") from error


def leave_casting_to_autocast(model: Any) -> Any:
    """peft would cast inputs to the adapter's float32, which is multiplied several times slower."""
    for module in model.modules():
        if isinstance(module, BaseTunerLayer):
            setattr(module, "cast_input_dtype_enabled", False)  # noqa: B010  (declared nowhere)
    return model


def check_base(adapter: Path, name: str, folder: Path) -> None:
    """Was the adapter tuned on this base? By the weights' hash or by name: the same model has several paths.

    Raises `TrainingError` if neither agrees, or if `adapter` holds none.
    """
    base = tuned_on(adapter)
    same_name = Path(base).name.lower() in {Path(name).name.lower(), folder.name.lower()}
    known = _tuned_on_hash(adapter)
    same_weights = known is not None and known == weights_hash(folder)
    if not (same_name or same_weights):
        raise TrainingError(f"the adapter {adapter} was tuned on {base}, not on {name}")
    if known and not same_weights:
        log.warning("the weights in %s are not quite those that %s was tuned on", folder, adapter)


def tuned_on(adapter: Path) -> str:
    """The base's name. Raises `TrainingError` if `adapter` holds no adapter."""
    try:
        config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        return str(config.get("base_model_name_or_path") or "an unnamed model")
    except (OSError, ValueError, AttributeError):
        raise TrainingError(f"{adapter} is not an adapter folder: no readable adapter_config.json") from None


def _tuned_on_hash(adapter: Path) -> str | None:
    try:
        found = json.loads((adapter / "training.json").read_text(encoding="utf-8"))
        return str(found["base"]["sha256"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def weights_hash(folder: Path) -> str:
    """SHA-256 over that of each weights file, in the order of their names; about a second for a gigabyte."""
    files = sorted(folder.glob("*.safetensors"))
    return hashlib.sha256("".join(map(sha256, files)).encode()).hexdigest()


def stop_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Those at which the live model ends an answer (as `agents/model/loading.py`)."""
    found: list[Any] = [tokenizer.eos_token_id]
    for config in (model.generation_config, model.config):
        eos = getattr(config, "eos_token_id", None)
        found += eos if isinstance(eos, list) else [eos]
    return frozenset(int(token) for token in found if token is not None)


def longest_path(config: Any) -> int:
    """Tokens an example may have: the context, and a sliding window if there is one.

    The tree's mask takes the place of the window's, so a path must not be longer than that.
    """
    context = int(getattr(config, "max_position_embeddings", None) or 1 << 20)
    slides = "sliding_attention" in (getattr(config, "layer_types", None) or ["sliding_attention"])
    window = getattr(config, "sliding_window", None) if slides else None
    if window and getattr(config, "use_sliding_window", True):
        return min(context, int(window))
    return context


class _quiet_peft(warnings.catch_warnings):  # noqa: N801  (reads as the context manager it is)
    """peft still asks transformers by a deprecated name; nothing a user could do about it."""

    def __enter__(self) -> Any:
        entered = super().__enter__()
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
        return entered


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)

"""From a model's folder, and an adapter's, to a model in memory."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer
from transformers.utils import logging

from ...tools.errors import ModelError
from .template import ChatTemplate

UNREADABLE = (OSError, ValueError, RuntimeError, LookupError, TypeError, ImportError, SafetensorError)
ATTENTION = {"full_attention", "sliding_attention"}
"""Layers whose state is one key and value per token: what the prefix cache can cut and join."""


@dataclass(frozen=True)
class Loaded:
    model: PreTrainedModel
    tokenizer: Tokenizer
    template: ChatTemplate
    stop_tokens: frozenset[int]
    """Each ends an answer."""
    context: int
    """Tokens the model takes, prompt and answer together."""


def load(folder: Path, adapter: Path | None, device: str, dtype: str) -> Loaded:
    """Raises `ModelError`. device and dtype: torch's names."""
    try:
        config = AutoConfig.from_pretrained(folder)
        _check_layers(config.get_text_config())
        tokenizer = AutoTokenizer.from_pretrained(folder)
        with _no_progress_bar():
            model = _load_model(folder, adapter, getattr(torch, dtype)).to(device).eval()
    except UNREADABLE as error:
        raise ModelError(
            f"cannot load {folder}: {next(iter(str(error).splitlines()), type(error).__name__)}"
        ) from error
    context = _context(config.get_text_config())
    return Loaded(model, tokenizer, ChatTemplate(tokenizer), _stop_tokens(model, tokenizer), context)


def _load_model(folder: Path, adapter: Path | None, dtype: torch.dtype) -> Any:
    """An adapter is merged in float32: in bfloat16 its small differences would round away."""
    if adapter is None:
        return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with warnings.catch_warnings():
        # peft still asks transformers by a deprecated name; nothing a user could do about it.
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
        tuned = PeftModel.from_pretrained(model, str(adapter))
    return tuned.merge_and_unload(safe_merge=True).to(dtype)


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _check_layers(config: Any) -> None:
    others = set(getattr(config, "layer_types", None) or ()) - ATTENTION
    if others:
        raise ValueError(f"its layers are of a kind that cannot be batched here: {', '.join(sorted(others))}")


def _context(config: Any) -> int:
    """Tokens a row may hold without changing what others in its batch get.

    transformers picks longrope's factors for all rows by the longest of them, so no row may pass the length
    where they change. (Dynamic scaling begins at the configured length, which is the bound anyway.)
    """
    context: int = getattr(config, "max_position_embeddings", None) or 1 << 20
    rope = getattr(config, "rope_parameters", None) or {}
    for parameters in (rope, *rope.values()):  # some models keep one set for each type of layer
        if isinstance(parameters, dict) and parameters.get("rope_type") == "longrope":
            context = min(context, parameters["original_max_position_embeddings"])
    return context


def _stop_tokens(model: PreTrainedModel, tokenizer: Tokenizer) -> frozenset[int]:
    ids: list[Any] = [tokenizer.eos_token_id]
    for config in (model.generation_config, model.config):
        eos = getattr(config, "eos_token_id", None)
        ids += eos if isinstance(eos, list) else [eos]
    return frozenset(int(token) for token in ids if token is not None)

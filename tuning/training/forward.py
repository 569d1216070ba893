"""One pass over one row: the log-probability of every completion token in it."""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (its name everywhere)

from .attention import additive, chunks
from .target_log_probs import TargetLogProbs
from .tree import Row, visible

PLAIN_OUTPUT = {"llama", "mistral", "qwen2", "qwen3"}
"""Model types whose logits are their output embeddings' and nothing else: neither scaled nor capped."""


def log_probs(model: Any, row: Row, precision: str) -> torch.Tensor:
    """(targets,) natural logarithms, float32; logits are computed only where a target is predicted.

    precision: what weights are multiplied in, as `Recipe.precision`; those that are trained are float32.
    """
    device = model.get_input_embeddings().weight.device
    with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
        return _log_probs(model, row, device)


def _log_probs(model: Any, row: Row, device: torch.device) -> torch.Tensor:
    sources = torch.tensor(row.sources, device=device)
    targets = torch.tensor(row.targets, device=device)
    given = {
        "input_ids": torch.tensor([row.tokens], device=device),
        "position_ids": torch.tensor([row.positions], device=device),
        "use_cache": False,
        **_seen(model, row, device),
    }
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    if not _frozen_output(inner):
        logits = model(**given, logits_to_keep=sources).logits[0]
        return -F.cross_entropy(logits.float(), targets, reduction="none")
    hidden = inner.base_model(**given).last_hidden_state[0, sources]
    output = inner.get_output_embeddings().weight
    found: torch.Tensor = TargetLogProbs.apply(hidden, output, targets)  # type: ignore[no-untyped-call]
    return found


def _frozen_output(model: Any) -> bool:
    output = model.get_output_embeddings()
    plain = type(output) is torch.nn.Linear and output.bias is None
    return plain and not output.weight.requires_grad and model.config.model_type in PLAIN_OUTPUT


def _seen(model: Any, row: Row, device: torch.device) -> dict[str, Any]:
    ends, dtype = torch.tensor(row.ends, device=device), _dtype(model, device)
    if model.config._attn_implementation != "tree":
        return {"attention_mask": additive(visible(ends), dtype)}
    # transformers leaves a mask of four dimensions as it is, and passes on what it does not know.
    return {"attention_mask": torch.zeros(1, 1, 1, 1, device=device), "row": chunks(ends, dtype)}


def _dtype(model: Any, device: torch.device) -> torch.dtype:
    """Of queries and keys, which the mask must have too."""
    if torch.is_autocast_enabled(device.type):
        return torch.get_autocast_dtype(device.type)
    dtype: torch.dtype = model.get_input_embeddings().weight.dtype
    return dtype

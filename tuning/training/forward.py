"""One pass over one row: the log-probability of every completion token in it."""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (its name everywhere)

from .tree import Row, visible


def log_probs(model: Any, row: Row) -> torch.Tensor:
    """(targets,) natural logarithms, float32; logits are computed only where a target is predicted."""
    device = model.get_input_embeddings().weight.device
    logits = model(
        input_ids=torch.tensor([row.tokens], device=device),
        position_ids=torch.tensor([row.positions], device=device),
        attention_mask=_additive(visible(torch.tensor(row.ends, device=device)), _dtype(model, device)),
        logits_to_keep=torch.tensor(row.sources, device=device),
        use_cache=False,
    ).logits[0]
    targets = torch.tensor(row.targets, device=device)
    return -F.cross_entropy(logits.float(), targets, reduction="none")


def _additive(seen: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """(1, 1, length, length): 0 where seen; what both SDPA and eager attention take as it is."""
    mask = torch.zeros(seen.shape, dtype=dtype, device=seen.device)
    return mask.masked_fill_(~seen, torch.finfo(dtype).min)[None, None]


def _dtype(model: Any, device: torch.device) -> torch.dtype:
    """Of queries and keys, which the mask must have too."""
    if torch.is_autocast_enabled(device.type):
        return torch.get_autocast_dtype(device.type)
    dtype: torch.dtype = model.get_input_embeddings().weight.dtype
    return dtype

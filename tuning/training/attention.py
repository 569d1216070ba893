"""Attention along the branches of a row: a chunk of tokens is computed with its ancestors and itself only.

A dense mask would have the row's length squared to compute, most of it masked. In depth-first order all that
a chunk may see is the path from the root to its first token, and the chunk. Exact: the keys that are left out
are those that the mask of the whole row forbids.
"""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812  (its name everywhere)
from transformers import AttentionInterface

from .errors import TrainingError

CHUNK = 256
"""Tokens; measured on two cores (docs/experiments.md)."""


class Chunk(NamedTuple):
    start: int
    stop: int
    keys: torch.Tensor
    """(keys,) row indices: the path to the first token, then the chunk's own."""
    mask: torch.Tensor
    """(1, 1, stop - start, keys), additive."""


def chunks(ends: torch.Tensor, dtype: torch.dtype) -> list[Chunk]:
    """ends: (length,) of the row, as `Row.ends`."""
    return [_chunk(ends, start, min(start + CHUNK, len(ends)), dtype) for start in range(0, len(ends), CHUNK)]


def _chunk(ends: torch.Tensor, start: int, stop: int, dtype: torch.dtype) -> Chunk:
    path = torch.nonzero(ends[:start] > start)[:, 0]
    own = torch.arange(start, stop, device=ends.device)
    keys = torch.cat([path, own])
    seen = (keys[None, :] <= own[:, None]) & (own[:, None] < ends[keys][None, :])
    return Chunk(start, stop, keys, additive(seen, dtype))


def additive(seen: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """(1, 1, queries, keys): 0 where seen; what both SDPA and eager attention take as it is."""
    mask = torch.zeros(seen.shape, dtype=dtype, device=seen.device)
    return mask.masked_fill_(~seen, torch.finfo(dtype).min)[None, None]


def attend(
    module: torch.nn.Module,  # noqa: ARG001
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,  # noqa: ARG001
    *,
    row: list[Chunk],
    scaling: float,
    dropout: float = 0.0,
    **more: Any,
) -> tuple[torch.Tensor, None]:
    """As transformers calls it: (1, heads, length, width) each, to (1, length, heads, width).

    Raises `TrainingError` for a model whose scores are capped, biased or have sinks.
    """
    if any(more.get(name) is not None for name in ("softcap", "s_aux", "position_bias")):
        raise TrainingError('this model needs another attention; set attention = "eager" in the recipe')
    groups = query.shape[1] // key.shape[1]
    found = []
    for chunk in row:
        keys, values = (
            part.index_select(2, chunk.keys).repeat_interleave(groups, dim=1) for part in (key, value)
        )
        queries = query[:, :, chunk.start : chunk.stop]
        seen = F.scaled_dot_product_attention(queries, keys, values, chunk.mask, dropout, scale=scaling)
        found.append(seen)
    return torch.cat(found, dim=2).transpose(1, 2).contiguous(), None


AttentionInterface.register("tree", attend)

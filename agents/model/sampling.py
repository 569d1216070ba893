"""From logits to tokens: greedy, or seeded sampling row by row."""

from collections.abc import Sequence

import torch

from .constraint import Constraint
from .request import Sampling

COLD = 1e-6
"""Temperatures below are greedy: logits divided by so little overflow."""


def choose(
    logits: torch.Tensor, rows: Sequence[tuple[Sampling, torch.Generator, Constraint | None]]
) -> list[int]:
    """The next token of each row, within its constraint. logits: [rows, vocabulary].

    A mask of the whole vocabulary costs milliseconds and most tokens are allowed, so one is made only for a
    token that is not. To draw again among the allowed then is to have drawn among them from the start, unless
    top-k or top-p keep only some of those.
    """
    picks = logits.argmax(dim=-1)
    for index, (sampling, generator, constraint) in enumerate(rows):
        scores, cold = logits[index], sampling.temperature < COLD
        masked = constraint is not None and not cold and (sampling.top_k > 0 or sampling.top_p < 1)
        if constraint and masked:
            scores = constraint.masked(scores)
        if not cold:
            picks[index] = _sample(scores.float(), sampling, generator)
        if constraint and not masked and not constraint.allows(int(picks[index])):
            scores = constraint.masked(scores)
            picks[index] = scores.argmax() if cold else _sample(scores.float(), sampling, generator)
    return [int(pick) for pick in picks.tolist()]


def _sample(logits: torch.Tensor, sampling: Sampling, generator: torch.Generator) -> torch.Tensor:
    """Inverse transform sampling in vocabulary order.

    The draw comes from the CPU and the sum runs in float64, so that a rounding difference in one logit moves
    the pick only at the very border between two tokens.
    """
    probabilities = torch.softmax(_truncate(logits / sampling.temperature, sampling), dim=-1)
    cumulative = probabilities.double().cumsum(dim=-1)
    draw = torch.rand((), generator=generator, dtype=torch.float64).to(logits.device)
    pick = torch.searchsorted(cumulative, draw * cumulative[-1], right=True)
    return pick.clamp(max=logits.shape[-1] - 1)


def _truncate(logits: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """Everything outside top-k and then top-p at minus infinity."""
    if sampling.top_k > 0 or sampling.top_p < 1:
        kept = min(sampling.top_k or logits.shape[-1], logits.shape[-1])
        values, indices = torch.topk(logits, kept)
        probabilities = torch.softmax(values, dim=-1)
        before = probabilities.cumsum(dim=-1) - probabilities
        values = values.masked_fill(before >= sampling.top_p, float("-inf"))
        # The likeliest token always stays, also with a top_p of 0.
        values[0] = logits[indices[0]]
        return torch.full_like(logits, float("-inf")).scatter(0, indices, values)
    return logits

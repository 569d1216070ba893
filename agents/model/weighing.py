"""How likely a given reply is: its tokens are not generated, but weighed in one pass with their prompts."""

from collections.abc import Iterator, Sequence

import torch
from transformers import PreTrainedModel

from .request import Request

MOST = 256
"""Tokens of a reply that count: the logits of each take a vocabulary of numbers."""


def together(requests: Sequence[Request], budget: int) -> Iterator[list[Request]]:
    """Those for one pass at a time: rows times width at most `budget` tokens, or a single one."""
    some: list[Request] = []
    for request in sorted(requests, key=lambda one: len(one.tokens)):
        width = max(len(one.tokens) + len(one.reply) for one in (*some, request))
        if some and (len(some) + 1) * width > budget:
            yield some
            some = []
        some.append(request)
    if some:
        yield some


def likelihoods(model: PreTrainedModel, requests: Sequence[Request]) -> list[float]:
    """The mean log-probability of each reply's tokens, at most `MOST` of them.

    Shorter rows are padded on the right: what comes after a token does not change it.
    """
    rows = [[*request.tokens, *request.reply[:MOST]] for request in requests]
    width, first = max(map(len, rows)), min(len(request.tokens) for request in requests) - 1
    logits: torch.Tensor = model(
        input_ids=torch.tensor([row + [0] * (width - len(row)) for row in rows], device=model.device),
        use_cache=False,
        logits_to_keep=torch.arange(first, width - 1, device=model.device),
    ).logits
    found = []
    for row, request in zip(logits, requests, strict=True):
        reply = torch.tensor(request.reply[:MOST], device=model.device)
        start = len(request.tokens) - 1 - first
        scores = row[start : start + len(reply)].float()
        taken = scores.gather(-1, reply[:, None])[:, 0] - scores.logsumexp(-1)
        found.append(float(taken.mean()))
    return found

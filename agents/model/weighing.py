"""How likely a given reply is: its tokens are not generated, but weighed in one pass with their prompts."""

from collections.abc import Iterator, Sequence

import torch
from transformers import PreTrainedModel

from .request import Request


def passes(requests: Sequence[Request], budget: int) -> Iterator[list[Request]]:
    """Those for one pass at a time: rows times width at most `budget` tokens, or a single one."""
    some: list[Request] = []
    for request in sorted(requests, key=lambda one: one.width):
        if some and (len(some) + 1) * request.width > budget:
            yield some
            some = []
        some.append(request)
    if some:
        yield some


def likelihoods(model: PreTrainedModel, requests: Sequence[Request]) -> list[float]:
    """The mean log-probability of each reply's tokens.

    Shorter rows are padded on the right: what comes after a token does not change it. The logits take rows
    times replies' tokens times vocabulary.
    """
    width, first = max(one.width for one in requests), min(len(one.tokens) for one in requests) - 1
    rows = [[*one.tokens, *one.reply, *[0] * (width - one.width)] for one in requests]
    logits: torch.Tensor = model(
        input_ids=torch.tensor(rows, device=model.device),
        use_cache=False,
        logits_to_keep=torch.arange(first, width - 1, device=model.device),
    ).logits
    found = []
    for row, request in zip(logits, requests, strict=True):
        reply = torch.tensor(request.reply, device=model.device)
        start = len(request.tokens) - 1 - first
        scores = row[start : start + len(reply)].float()
        taken = scores.gather(-1, reply[:, None])[:, 0] - scores.logsumexp(-1)
        found.append(float(taken.mean()))
    return found

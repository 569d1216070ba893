"""Log-probabilities of targets without keeping their logits, which fill the memory: a vocabulary is wide."""

from typing import Any

import torch

SLICE = 128
"""Targets whose logits exist at once."""


class TargetLogProbs(torch.autograd.Function):
    """(targets, width) hidden states, (vocabulary, width) frozen output weights, (targets,) token ids.

    The gradient by a hidden state is the target's output weights less their mean under the softmax; it is
    computed along with the log-probability, so that the logits can go.
    """

    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, output: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        found = torch.empty(len(targets), dtype=torch.float32, device=hidden.device)
        slope = torch.empty_like(hidden)
        for start in range(0, len(targets), SLICE):
            part = slice(start, start + SLICE)
            logs = torch.log_softmax((hidden[part] @ output.T).float(), dim=-1)
            found[part] = logs.gather(1, targets[part, None])[:, 0]
            if not ctx.needs_input_grad[0]:
                continue
            # One product: two nearly equal vectors in bf16 would leave nothing of a confident token's.
            pull = logs.exp_().neg_()
            pull[torch.arange(len(pull), device=pull.device), targets[part]] += 1
            slope[part] = pull.to(output.dtype) @ output
        ctx.save_for_backward(slope)
        return found

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (slope,) = ctx.saved_tensors
        return gradients[0][:, None].to(slope.dtype) * slope, None, None

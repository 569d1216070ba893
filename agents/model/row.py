"""A request while it decodes."""

from collections.abc import Container

import torch
from transformers import PreTrainedTokenizerBase

from .constraint import Constraint
from .request import FinishReason, Request, Sampling
from .text import TextStream


class Row:
    """One row of the running batch."""

    def __init__(
        self,
        request: Request,
        tokenizer: PreTrainedTokenizerBase,
        cached: int,
        constraint: Constraint | None = None,
    ) -> None:
        self.request = request
        self.constraint = constraint
        self.cached = cached
        self.output: list[int] = []
        """Tokens generated; the last is the next to feed."""
        self.generator = torch.Generator().manual_seed(request.sampling.seed)
        self._text = TextStream(tokenizer, request.stop)

    @property
    def picking(self) -> tuple[Sampling, torch.Generator, Constraint | None]:
        """How its next token is chosen."""
        return self.request.sampling, self.generator, self.constraint

    def take(self, token: int, stop_tokens: Container[int]) -> FinishReason | None:
        """Add a token; why the request ends with it, if it does."""
        self.output.append(token)
        if token in stop_tokens:
            return "stop"
        if self.constraint:
            self.constraint.take(token)
        if text := self._text.push(token):
            self.request.emit(text)
        if self._text.stopped:
            return "stop"
        return "length" if len(self.output) >= self.request.max_tokens else None

    def finish(self, reason: FinishReason) -> None:
        if text := self._text.flush():
            self.request.emit(text)
        if self._text.stopped:
            reason = "stop"
        given_up = self.constraint.given_up if self.constraint else ""
        self.request.finish(reason, self.cached, self.output, given_up)

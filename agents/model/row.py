"""A request while it decodes."""

from collections.abc import Container

import torch
from transformers import PreTrainedTokenizerBase

from .request import FinishReason, Request
from .text import TextStream


class Row:
    """One row of the running batch."""

    def __init__(self, request: Request, tokenizer: PreTrainedTokenizerBase, cached: int) -> None:
        self.request = request
        self.cached = cached
        self.output: list[int] = []
        """Tokens generated; the last is the next to feed."""
        self.generator = torch.Generator().manual_seed(request.sampling.seed)
        self._text = TextStream(tokenizer, request.stop)

    def take(self, token: int, stop_tokens: Container[int]) -> FinishReason | None:
        """Add a token; why the request ends with it, if it does."""
        self.output.append(token)
        if token in stop_tokens:
            return "stop"
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
        self.request.finish(reason, self.cached, self.output)

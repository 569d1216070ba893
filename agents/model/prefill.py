"""The prompts that the engine computes before they join the batch."""

from dataclasses import dataclass, field

import torch
from transformers import DynamicCache, PreTrainedModel

from .prefix import KeyValues, PrefixCache
from .request import Request


@dataclass(eq=False)
class Prefill:
    """requests: one, computed chunk by chunk, or several that begin alike and are computed in one pass."""

    requests: list[Request]
    cache: DynamicCache = field(default_factory=DynamicCache)
    """One row until the first pass, then one for each request."""
    cached: int = 0
    """Tokens that came from the prefix cache."""
    done: int = 0
    """Tokens in `cache`."""
    computed: int = 0
    """Tokens of the last pass, padding included."""

    def reuse(self, prefixes: PrefixCache) -> None:
        """Begin with what is cached, but never all: the last token's logits choose the answer's first."""
        self.cached, kv = prefixes.longest(self.requests[0].tokens[:-1])
        for layer, (keys, values) in enumerate(zip(kv[::2], kv[1::2], strict=True)):
            self.cache.update(keys, values, layer)
        self.done = self.cached

    def advance(self, model: PreTrainedModel, budget: int) -> torch.Tensor:
        """Compute the next chunk of every prompt; logits [prompts, vocabulary] of the last token of each.

        Shorter prompts are padded on the right: what comes after a token does not change it.
        """
        chunks = [request.tokens[self.done : self.done + budget] for request in self.requests]
        width = max(map(len, chunks))
        last = sorted({len(chunk) - 1 for chunk in chunks})
        if len(chunks) > 1:
            self.cache.batch_repeat_interleave(len(chunks))
        logits: torch.Tensor = model(
            input_ids=torch.tensor(
                [chunk + [0] * (width - len(chunk)) for chunk in chunks], device=model.device
            ),
            position_ids=torch.arange(self.done, self.done + width, device=model.device)[None],
            cache=self.cache,
            use_cache=True,
            logits_to_keep=torch.tensor(last, device=model.device),
        ).logits
        self.done += width
        self.computed = width * len(chunks)
        return torch.stack([logits[row, last.index(len(chunk) - 1)] for row, chunk in enumerate(chunks)])

    def key_values(self, row: int) -> KeyValues:
        """Of one prompt, without padding."""
        length = min(self.done, len(self.requests[row].tokens))
        return [
            tensor[row : row + 1, :, :length] for keys, values, *_ in self.cache for tensor in (keys, values)
        ]

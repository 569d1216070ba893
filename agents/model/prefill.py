"""The prompts that the engine computes before they join the batch."""

from dataclasses import dataclass, field

from transformers import DynamicCache

from .prefix import KeyValues
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

    def repeated_cache(self) -> DynamicCache:
        """A row of it for each request."""
        if len(self.requests) > 1:
            self.cache.batch_repeat_interleave(len(self.requests))
        return self.cache

    def key_values(self, row: int) -> KeyValues:
        """Of one prompt, without padding."""
        length = min(self.done, len(self.requests[row].tokens))
        return [
            tensor[row : row + 1, :, :length] for keys, values, *_ in self.cache for tensor in (keys, values)
        ]

"""The prompt that the engine computes, chunk by chunk, before it joins the batch."""

from dataclasses import dataclass, field

from transformers import DynamicCache

from .prefix import KeyValues
from .request import Request


@dataclass(eq=False)
class Prefill:
    """The prompt in work. requests: those that want it and have not started yet."""

    requests: list[Request]
    cache: DynamicCache = field(default_factory=DynamicCache)
    cached: int = 0
    """Tokens that came from the prefix cache."""
    done: int = 0
    """Tokens in `cache`."""

    @property
    def tokens(self) -> list[int]:
        return self.requests[0].tokens


def key_values(cache: DynamicCache) -> KeyValues:
    return [tensor for keys, values, *_ in cache for tensor in (keys, values)]

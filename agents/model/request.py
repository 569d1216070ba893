"""What is asked of the engine, and what it answers. Needs no torch."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ...tools.errors import RoutesqlError

FAULTS = (RuntimeError, MemoryError, ValueError, LookupError, ArithmeticError, TypeError, AttributeError)
"""What torch, transformers and tokenizers raise when something fails; out of memory is a RuntimeError."""
REPLY_TOKENS = 256
"""Of a given reply so many tokens count: the logits of each take a vocabulary of numbers."""
FinishReason = Literal["stop", "length", "timeout"]


@dataclass(frozen=True)
class Sampling:
    """How one row picks its tokens."""

    temperature: float = 0.0
    """0 is greedy, and so is anything below 1e-6."""
    top_p: float = 1.0
    """Keep the likeliest tokens that together reach this probability; 1 keeps all."""
    top_k: int = 0
    """Keep this many of the likeliest tokens; 0 keeps all."""
    seed: int = 0
    """The same seed draws the same tokens, whoever else is in the batch."""


@dataclass(frozen=True)
class Completion:
    """The end of a request. The text itself came before, in pieces."""

    finish_reason: FinishReason
    input_tokens: int
    cached_tokens: int
    """Of the input tokens, how many were not computed for this request."""
    output: tuple[int, ...]
    """The tokens generated, with the one that ended it."""
    seconds: float
    given_up: str = ""
    """Why the text is not within the request's grammar; empty if it is, or if there is none."""
    likelihood: float | None = None
    """Where a reply was given: the mean log-probability of its tokens."""


Event: TypeAlias = str | Completion | RoutesqlError
"""A piece of text, or the end; unless it is cancelled, a request gets exactly one end, last."""


@dataclass(eq=False)
class Request:
    tokens: list[int]
    max_tokens: int
    emit: Callable[[Event], None]
    """Called from the engine's thread; must not block."""
    sampling: Sampling = Sampling()
    stop: tuple[str, ...] = ()
    timeout: float | None = None
    """Seconds from now until it ends with what it has."""
    grammar: str = ""
    """The text stays within this Lark grammar; empty: any text."""
    reply: tuple[int, ...] = ()
    """Tokens that are not to be generated but weighed, at most `REPLY_TOKENS`; then nothing is generated."""
    cancelled: bool = False
    """Set by whoever no longer waits for it."""
    created: float = field(default_factory=time.monotonic)

    @property
    def width(self) -> int:
        """Tokens to read."""
        return len(self.tokens) + len(self.reply)

    @property
    def overdue(self) -> bool:
        return self.timeout is not None and time.monotonic() - self.created > self.timeout

    def finish(
        self,
        reason: FinishReason,
        cached: int = 0,
        output: Sequence[int] = (),
        given_up: str = "",
        likelihood: float | None = None,
    ) -> None:
        seconds = time.monotonic() - self.created
        self.emit(Completion(reason, self.width, cached, tuple(output), seconds, given_up, likelihood))

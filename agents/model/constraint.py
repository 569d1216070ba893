"""Constrained decoding: only tokens that keep a row's text within its grammar (llguidance).

As PICARD (Scholak et al., EMNLP 2021) does it for SQL, with a grammar compiled ahead in place of a parser
that is asked about each candidate.
"""

from functools import lru_cache
from typing import Any

import torch
from llguidance import LLMatcher, LLParserLimits, LLTokenizer
from llguidance.hf import from_tokenizer

from .loading import Loaded
from .request import FAULTS

LIMITS = LLParserLimits(max_items_in_row=20_000, step_max_items=1_000_000)
"""Items are the meanings a text may still have, over all tokens tried for one mask; so many take some 200 ms
with 150,000 tokens, then the grammar is given up. 50,000 are too few for a schema of 5 tables."""
COMPILED = 32
"""Grammars kept: one for each schema and role in use."""


class Constraint:
    """One row's place in its grammar; given up where the grammar leads nowhere."""

    def __init__(self, matcher: LLMatcher | None, given_up: str = "") -> None:
        self._matcher = matcher
        self.given_up = _first_line(given_up)
        """Why the row decodes freely; empty as long as it does not."""
        self._check()

    def allows(self, token: int) -> bool:
        return self._matcher is None or self._matcher.validate_tokens([token]) == 1

    def masked(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits [vocabulary] with those of every other token at minus infinity."""
        if self._matcher is None:
            return logits
        bits = torch.frombuffer(bytearray(self._matcher.compute_bitmask()), dtype=torch.uint8)
        allowed = (bits[:, None] >> torch.arange(8, dtype=torch.uint8) & 1).view(-1)[: len(logits)].bool()
        self._check()
        if self._matcher is None:
            return logits
        return logits.masked_fill(~allowed.to(logits.device), float("-inf"))

    def take(self, token: int) -> None:
        if self._matcher is not None:
            self._matcher.consume_token(token)
            self._check()

    def _check(self) -> None:
        """Give the grammar up if the matcher did."""
        if self._matcher is not None and self._matcher.is_error():
            self.given_up = _first_line(self._matcher.get_error()) or "the grammar leads nowhere"
            self._matcher = None


class Grammars:
    """Compiles grammars for one model's tokens. Only the engine's thread touches it."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._tokens: LLTokenizer | None = None
        self._compiled = lru_cache(COMPILED)(self._compile)

    def start(self, grammar: str) -> Constraint:
        """At the grammar's beginning; given up at once where grammar or tokenizer do not serve."""
        try:
            return Constraint(self._compiled(grammar).deep_copy())
        except FAULTS as error:
            return Constraint(None, f"{type(error).__name__}: {error}")

    def _compile(self, grammar: str) -> LLMatcher:
        """The first takes about a second more, for the tokenizer."""
        self._tokens = self._tokens or self._read_tokenizer()
        return LLMatcher(self._tokens, LLMatcher.grammar_from_lark(grammar), limits=LIMITS, log_level=0)

    def _read_tokenizer(self) -> LLTokenizer:
        head: Any = self._loaded.model.get_output_embeddings()  # type: ignore[no-untyped-call]
        tokenizer: Any = self._loaded.tokenizer
        return from_tokenizer(tokenizer, head.weight.shape[0], list(self._loaded.stop_tokens))


def _first_line(text: str) -> str:
    return next(iter(text.splitlines()), "")

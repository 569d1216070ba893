"""Constrained decoding: only tokens that keep a row's text within its grammar (llguidance).

As PICARD (Scholak et al., EMNLP 2021) does it for SQL, with a grammar compiled ahead in place of a parser
that is asked about each candidate.
"""

from collections.abc import Iterable
from functools import lru_cache

import torch
from llguidance import LLMatcher, LLParserLimits, LLTokenizer
from llguidance.hf import from_tokenizer
from transformers import PreTrainedTokenizerBase

LIMITS = LLParserLimits(max_items_in_row=100_000, step_max_items=1_000_000)
"""Items are the meanings that a text may still have: 7,000 where 26 tables share a column."""
COMPILED = 32
"""Grammars kept: one for each schema and role in use."""


class Constraint:
    """One row's place in its grammar; given up where the grammar leads nowhere."""

    def __init__(self, matcher: LLMatcher) -> None:
        self._matcher = matcher
        self.given_up = _first_line(matcher.get_error())
        """Why the row decodes freely; empty as long as it does not."""

    def allows(self, token: int) -> bool:
        return bool(self.given_up) or self._matcher.validate_tokens([token]) == 1

    def masked(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits [vocabulary] with those of every other token at minus infinity."""
        if self.given_up:
            return logits
        bits = torch.frombuffer(bytearray(self._matcher.compute_bitmask()), dtype=torch.uint8)
        allowed = (bits[:, None] >> torch.arange(8, dtype=torch.uint8) & 1).view(-1)[: len(logits)].bool()
        if self._matcher.is_error():
            self._give_up()
            return logits
        return logits.masked_fill(~allowed.to(logits.device), float("-inf"))

    def take(self, token: int) -> None:
        if not self.given_up and not self._matcher.consume_token(token):
            self._give_up()

    def _give_up(self) -> None:
        self.given_up = _first_line(self._matcher.get_error()) or "the grammar leads nowhere"


class Grammars:
    """Compiles grammars for one model's tokens. Only the engine's thread touches it."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, width: int, stop_tokens: Iterable[int]) -> None:
        """width: how many logits the model gives for a token."""
        self._tokens: LLTokenizer = from_tokenizer(tokenizer, width, list(stop_tokens))  # type: ignore[arg-type]
        self._compiled = lru_cache(COMPILED)(self._compile)

    def start(self, grammar: str) -> Constraint:
        """At the grammar's beginning; one that does not compile is given up at once."""
        return Constraint(self._compiled(grammar).deep_copy())

    def _compile(self, grammar: str) -> LLMatcher:
        return LLMatcher(self._tokens, LLMatcher.grammar_from_lark(grammar), limits=LIMITS, log_level=0)


def _first_line(text: str) -> str:
    return next(iter(text.splitlines()), "")

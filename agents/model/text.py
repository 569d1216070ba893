"""From tokens to text as it grows: whole characters only, and never any part of a stop string."""

from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

REPLACEMENT = "\ufffd"
"""What a decoder writes for bytes that are not (yet) a character."""


class TextStream:
    """One completion. `push` tokens, take what it returns; `flush` once at the end."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, stop: Sequence[str] = ()) -> None:
        self.text = ""
        """All the text given out so far."""
        self.stopped = False
        """A stop string was found; it and what follows are not part of the text."""
        self._tokenizer = tokenizer
        self._stop = tuple(stop)
        self._tokens: list[int] = []
        self._window = 0
        self._read = 0
        self._held = ""

    def push(self, token: int) -> str:
        """The text that is certain now."""
        self._tokens.append(token)
        # The window begins with tokens already read: a token's leading space depends on its left neighbour.
        before = self._decode(self._tokens[self._window : self._read])
        now = self._decode(self._tokens[self._window :])
        if len(now) <= len(before) or now.endswith(REPLACEMENT):
            return ""
        self._window, self._read = self._read, len(self._tokens)
        return self._release(now[len(before) :])

    def flush(self) -> str:
        """The rest: bytes that never became a character, and what might have begun a stop string."""
        if self.stopped:
            return ""
        before = self._decode(self._tokens[self._window : self._read])
        rest = self._release(self._decode(self._tokens[self._window :])[len(before) :])
        held, self._held = self._held, ""
        self.text += held
        return rest + held

    def _release(self, new: str) -> str:
        text = self._held + new
        found = [at for stop in self._stop if (at := text.find(stop)) >= 0]
        if found:
            self.stopped = True
            text, self._held = text[: min(found)], ""
        else:
            keep = _overlap(text, self._stop)
            text, self._held = text[: len(text) - keep], text[len(text) - keep :]
        self.text += text
        return text

    def _decode(self, tokens: list[int]) -> str:
        return str(
            self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        )


def _overlap(text: str, stop: Sequence[str]) -> int:
    """Length of the longest end of the text that a stop string begins with."""
    longest = max((len(s) - 1 for s in stop), default=0)
    sizes = range(min(longest, len(text)), 0, -1)
    return next((size for size in sizes if any(s.startswith(text[-size:]) for s in stop)), 0)

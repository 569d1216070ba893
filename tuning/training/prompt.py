"""The live prompt's tokens without LangChain: as `agents/model/template.py` encodes a system and a user text.

A test holds the two together; this one runs where only transformers is installed.
"""

import inspect
import re
from array import array
from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError

from .errors import TrainingError

PLAIN = (
    "{{ bos_token }}{% for message in messages %}{{ message.role | capitalize }}: {{ message.content }}\n\n"
    "{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
"""For base models, which bring no template."""


class ChatPrompt:
    def __init__(self, tokenizer: Any, stop_tokens: frozenset[int]) -> None:
        """stop_tokens: those at which the live model ends its answer."""
        self.tokenizer = tokenizer
        self._template = None if tokenizer.chat_template else PLAIN
        self._extra: dict[str, Any] = {} if tokenizer.bos_token else {"bos_token": ""}
        # Older transformers know no way to keep a control token inside a text as text.
        knows = inspect.signature(tokenizer.apply_chat_template).parameters
        self._sanitizes = "sanitize_control_tokens" in knows
        added = [token.content for token in tokenizer.added_tokens_decoder.values()]
        self._controls = re.compile("|".join(map(re.escape, added)) or "(?!)")
        self._takes_system = self._probe()
        self.end = self._turn_end(stop_tokens)

    def encode_all(self, texts: Sequence[tuple[str, str]]) -> list["array[int]"]:
        """Each (system, user) as `encode` would, but on all cores at once."""
        plain = [not self._controls.search(system + user) for system, user in texts]
        chats = [self._messages(*text) for text, easy in zip(texts, plain, strict=True) if easy]
        written = [str(self._apply(chat, tokenize=False, add_generation_prompt=True)) for chat in chats]
        tokens = iter(self.tokenizer(written, add_special_tokens=False)["input_ids"] if written else ())
        return [
            array("I", next(tokens)) if easy else self.encode(*text)
            for text, easy in zip(texts, plain, strict=True)
        ]

    def encode(self, system: str, user: str) -> "array[int]":
        """Raises `TrainingError` where a text holds a control token that would pose as one."""
        options: dict[str, Any] = {"sanitize_control_tokens": True} if self._sanitizes else {}
        if not self._sanitizes and (found := self._controls.search(system + user)):
            raise TrainingError(f"a prompt holds the text {found[0]}; a newer transformers is needed")
        return array("I", self._render(self._messages(system, user), add_generation_prompt=True, **options))

    def completion(self, text: str) -> "array[int]":
        """With the token that ends the turn."""
        tokens = self.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
        return array("I", [*tokens, self.end])

    def _messages(self, system: str, user: str) -> list[dict[str, str]]:
        if self._takes_system:
            return [{"role": "system", "content": system}, {"role": "user", "content": user}]
        return [{"role": "user", "content": f"{system}\n\n{user}" if system else user}]

    def _render(self, messages: list[dict[str, str]], **options: Any) -> list[int]:
        return [int(token) for token in self._apply(messages, return_dict=False, **options)]

    def _apply(self, messages: list[dict[str, str]], **options: Any) -> Any:
        return self.tokenizer.apply_chat_template(
            messages, chat_template=self._template, **self._extra, **options
        )

    def _probe(self) -> bool:
        """Does a system message reach the prompt? Some templates refuse it, some drop it."""
        chat = [{"role": "system", "content": "probe"}, {"role": "user", "content": "question"}]
        try:
            text = self._apply(chat, tokenize=False)
        except TemplateError:
            return False
        return "probe" in str(text)

    def _turn_end(self, stop_tokens: frozenset[int]) -> int:
        """The stop token that the template writes behind an answer, or else the tokenizer's own."""
        messages = self._messages("", "question")
        prompt = self._render(messages, add_generation_prompt=True)
        turn = self._render([*messages, {"role": "assistant", "content": "answer"}])
        ends = [token for token in turn[len(prompt) :] if token in stop_tokens]
        end = ends[0] if ends else self.tokenizer.eos_token_id
        if end is None:
            raise TrainingError("the base model's tokenizer names no token that ends an answer")
        return int(end)

"""From chat messages to the model's tokens."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

from jinja2 import TemplateError
from langchain_core.messages import BaseMessage, ChatMessage, merge_message_runs
from langchain_core.messages import HumanMessage as Human
from transformers import PreTrainedTokenizerBase

from ...tools.errors import ModelError, QuestionError

PLAIN = (
    "{{ bos_token }}{% for message in messages %}{{ message.role | capitalize }}: {{ message.content }}\n\n"
    "{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
"""For base models, which bring no template."""

ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant"}


class ChatTemplate:
    """The tokenizer's own template, made to take a system message and two messages of one role in a row."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer
        self._template = None if tokenizer.chat_template else PLAIN
        # Templates may write one. Given only where there is none: as an argument it would be sanitized.
        self._without_bos: dict[str, Any] = {} if tokenizer.bos_token else {"bos_token": ""}
        # A tokenizer is not safe to use from several threads.
        self._lock = Lock()
        self._takes_system = self._probe()

    def encode(self, messages: Sequence[BaseMessage]) -> list[int]:
        """A last message by the assistant is continued, not answered.

        Raises `QuestionError` where there is none, `ModelError` for one the template does not take.
        """
        messages = list(messages) if self._takes_system else _fold_system(messages)
        if not messages:
            raise QuestionError("there is no message to answer; give at least one")
        with self._lock:
            try:
                return self._render(messages)
            except TemplateError:
                # Some templates insist that user and assistant take turns.
                return self._render_merged(messages)

    def tokenize(self, text: str) -> list[int]:
        with self._lock:
            return [int(token) for token in self.tokenizer.encode(text, add_special_tokens=False)]

    def start_afresh(self) -> None:
        """In a forked process: another thread may have held the lock, and it is gone."""
        self._lock = Lock()

    def _render_merged(self, messages: list[BaseMessage]) -> list[int]:
        try:
            return self._render(merge_message_runs(messages, chunk_separator="\n\n"))
        except TemplateError as error:
            raise ModelError(f"the model's chat template does not take these messages: {error}") from error

    def _render(self, messages: Sequence[BaseMessage]) -> list[int]:
        chat = [{"role": _role(message), "content": _text(message)} for message in messages]
        open_ended = chat[-1]["role"] == "assistant"
        tokens: Any = self.tokenizer.apply_chat_template(
            chat,
            chat_template=self._template,
            add_generation_prompt=not open_ended,
            continue_final_message=open_ended,
            # What a database says stays text: it cannot end the user's turn.
            sanitize_control_tokens=True,
            return_dict=False,
            **self._without_bos,
        )
        return [int(token) for token in tokens]

    def _probe(self) -> bool:
        """Does a system message reach the prompt? Some templates refuse it, some drop it."""
        chat = [{"role": "system", "content": "probe"}, {"role": "user", "content": "question"}]
        try:
            text = self.tokenizer.apply_chat_template(
                chat, chat_template=self._template, tokenize=False, **self._without_bos
            )
        except TemplateError:
            return False
        return "probe" in str(text)


def _fold_system(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """System messages in front of the first user message's text."""
    system = "\n\n".join(_text(message) for message in messages if message.type == "system")
    rest = [message for message in messages if message.type != "system"]
    if not system:
        return rest
    if rest and rest[0].type == "human":
        return [Human(f"{system}\n\n{_text(rest[0])}"), *rest[1:]]
    return [Human(system), *rest]


def _role(message: BaseMessage) -> str:
    return message.role if isinstance(message, ChatMessage) else ROLES.get(message.type, message.type)


def _text(message: BaseMessage) -> str:
    blocks = message.content if isinstance(message.content, list) else []
    if other := {str(b.get("type")) for b in blocks if isinstance(b, dict)} - {"text"}:
        raise ModelError(f"the local model reads text only, not {', '.join(sorted(other))}")
    return str(message.text)

"""A chat model that replies from a script: for tests, demonstrations and examples without weights."""

import re
from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from ...tools.errors import RoutesqlError

Reply = str | AIMessage
Script = Sequence[Reply] | Callable[[list[BaseMessage]], Reply]


class ScriptError(RoutesqlError):
    """A `ScriptedModel` was asked more often than its script has replies."""


class ScriptedModel(BaseChatModel):
    """Replies in the order given, or as a function of the messages.

    Usage counts are whitespace-separated words. Several threads may ask at once; a list is then handed out
    in the order of the calls. Raises `ScriptError` when the list has run out.
    """

    _script: Script = PrivateAttr()
    _prompts: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _lock: Lock = PrivateAttr(default_factory=Lock)

    def __init__(self, replies: Script, **options: Any) -> None:
        if isinstance(replies, str):
            raise TypeError("ScriptedModel takes a list of replies or a function, not one string")
        super().__init__(**options)
        self._script = replies

    @property
    def prompts(self) -> list[list[BaseMessage]]:
        """The messages of every call so far, oldest first."""
        with self._lock:
            return list(self._prompts)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._reply(messages, stop))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ARG002
    ) -> Iterator[ChatGenerationChunk]:
        reply = self._reply(messages, stop)
        for word in re.findall(r"\s*\S+\s*$|\s*\S+|\s+", reply.text):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=word))
            if run_manager:
                run_manager.on_llm_new_token(word, chunk=chunk)
            yield chunk
        rest = reply.model_dump(exclude={"content", "type", "id"})
        yield ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last", **rest))

    def _reply(self, messages: list[BaseMessage], stop: list[str] | None) -> AIMessage:
        with self._lock:
            call = len(self._prompts)
            self._prompts.append(list(messages))
        if callable(self._script):
            reply = self._script(messages)
        elif call < len(self._script):
            reply = self._script[call]
        else:
            raise ScriptError(_ran_out(len(self._script), messages))
        message = AIMessage(reply) if isinstance(reply, str) else reply.model_copy()
        if stop:
            message.content = re.split("|".join(map(re.escape, stop)), message.text, maxsplit=1)[0]
        message.usage_metadata = message.usage_metadata or _usage(messages, message)
        message.response_metadata = {"finish_reason": "stop", **message.response_metadata}
        return message


def _usage(messages: list[BaseMessage], reply: AIMessage) -> UsageMetadata:
    asked, said = sum(len(message.text.split()) for message in messages), len(reply.text.split())
    return UsageMetadata(input_tokens=asked, output_tokens=said, total_tokens=asked + said)


def _ran_out(replies: int, messages: list[BaseMessage]) -> str:
    ending = " / ".join(messages[-1].text.strip().splitlines()[-3:]) if messages else "(no messages)"
    return f"the script of {replies} replies ran out; this prompt ends: {ending}"

"""LocalModel: a LangChain chat model on this machine, over transformers and the batching engine."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from importlib.util import find_spec
from operator import add
from typing import TYPE_CHECKING, Any, Literal, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, message_chunk_to_message
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import get_config_list
from pydantic import Field, PrivateAttr

from ...tools.errors import MissingExtra, QuestionError
from .adapter import choose
from .inbox import AsyncInbox, Inbox
from .request import REPLY_TOKENS, Completion, Request, Sampling
from .weights import DEFAULT

if TYPE_CHECKING:
    from .engine import Engine

for _package in ("torch", "transformers", "peft", "llguidance"):
    if find_spec(_package) is None:
        raise MissingExtra(_package, "local")

WEIGHTS = {"model", "adapter", "device", "dtype"}
"""Options that ask for another engine."""
SAMPLES = 5
BOUNDS = {"cache_bytes", "max_batch", "batch_bytes"}
"""Options of an engine that others use too."""


class LocalModel(BaseChatModel):
    """A causal language model on this machine.

    Loads at the first call; objects over the same weights share them, the running batch and the prefix cache.
    Every field but `cache_bytes`, `max_batch` and `batch_bytes` may also be given per call,
    `model.invoke(messages, max_tokens=20)`, or bound with `bind`.
    """

    model: str = DEFAULT
    """A Hugging Face id, a model folder or a .gguf file; `base:` before it leaves out the shipped adapter."""
    adapter: str | None = None
    """The folder of a LoRA adapter tuned on this model, merged into the weights. None: the one that comes
    with the package for this Hugging Face id, if there is one."""
    device: str = "auto"
    """torch's name; auto is cuda where there is one, else cpu."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """auto is bfloat16, or float32 on a processor without instructions for it (twice the memory).

    In bfloat16 and float16 a near tie between two tokens may fall the other way in a batch or after a reused
    prefix, as the sums are rounded in another order; in float32 greedy answers stay the same.
    """
    max_tokens: int = Field(default=512, ge=1)
    """At most this many tokens are generated (finish reason `length`)."""
    temperature: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """0, or less than 1e-6, takes the likeliest token each time."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    """Sample among the likeliest tokens that together have this probability."""
    top_k: int = Field(default=0, ge=0)
    """Sample among this many of the likeliest tokens; 0: among all."""
    seed: int | None = Field(default=None, ge=0, lt=1 << 62)
    """The same seed gives the same text. None: a new one for every call."""
    n: int = Field(default=1, ge=1)
    """Generations per call, from one prefill. More than one are not streamed."""
    stop: list[str] | None = None
    """The text ends before the first of these."""
    lark: str = ""
    """A grammar in Lark's notation, as llguidance reads it: only text within it is decoded; empty: any text.
    Where it leads nowhere the rest is decoded freely, and `response_metadata["given_up"]` says why."""
    weigh: str = ""
    """A reply to weigh, instead of generating one: the message's text stays empty, and
    `response_metadata["likelihood"]` is the mean log-probability of this reply's tokens, the first 256."""
    timeout: float | None = Field(default=None, gt=0)
    """Seconds from the call, loading not counted; then it returns what it has (finish reason `timeout`)."""
    cache_bytes: int = Field(default=1 << 30, ge=0)
    """Bound of the prefix cache; what was used longest ago goes first."""
    max_batch: int = Field(default=32, ge=1)
    """Requests decoded together; further ones wait."""
    batch_bytes: int = Field(default=1 << 30, ge=0)
    """Bound of their keys and values, counted as if each grew to the longest; one is always decoded."""
    streaming: bool = False
    """Report tokens to callbacks from `invoke` too."""

    _engine: "Engine | None" = PrivateAttr(default=None)

    @property
    def tuned(self) -> bool:
        """Was the model tuned on routesql's prompts? Then they need no worked examples."""
        return choose(self.model, self.adapter)[1] is not None

    @property
    def samples(self) -> int:
        """How many completions of one prompt it decodes in a batch at little more than the cost of one."""
        return SAMPLES

    @property
    def engine(self) -> "Engine":
        """Loads the model if it is not loaded. Raises `ModelError`."""
        if self._engine is None:
            from .shared import engine_for

            self._engine = engine_for(
                self.model,
                self.adapter,
                self.device,
                self.dtype,
                self.cache_bytes,
                self.max_batch,
                self.batch_bytes,
            )
        return self._engine

    def batch(
        self,
        inputs: list[LanguageModelInput],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[AIMessage]:
        """As many at once as the engine takes, unless the config sets `max_concurrency`."""
        configs = get_config_list(config, len(inputs)) if inputs else []
        for each in configs:
            each.setdefault("max_concurrency", self.max_batch)
        return super().batch(inputs, configs, return_exceptions=return_exceptions, **kwargs)

    def get_token_ids(self, text: str) -> list[int]:
        return self.engine.loaded.template.tokenize(text)

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None) -> int:  # noqa: ARG002
        """The length of the prompt these messages make."""
        return len(self.engine.loaded.template.encode(messages))

    @property
    def _llm_type(self) -> str:
        return "routesql-local"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in LocalModel.__annotations__ if name[0] != "_"}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop or self.stop, **kwargs)
        params["ls_provider"] = "routesql"
        return params

    def _streaming_disabled(self, **kwargs: Any) -> bool:
        return kwargs.get("n", self.n) > 1 or super()._streaming_disabled(**kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        call = self._with(stop, kwargs)
        inboxes = [Inbox() for _ in range(call.n)]
        with call._asking(messages, inboxes):
            return call._result([list(inbox.events()) for inbox in inboxes])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        call = await self._awith(stop, kwargs)
        inboxes = [AsyncInbox() for _ in range(call.n)]
        with call._asking(messages, inboxes):
            return call._result([[event async for event in inbox.events()] for inbox in inboxes])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        call, inbox = self._with(stop, kwargs), Inbox()
        with call._asking(messages, [inbox]):
            for event in inbox.events():
                yield call._chunk(event)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        call, inbox = await self._awith(stop, kwargs), AsyncInbox()
        with call._asking(messages, [inbox]):
            async for event in inbox.events():
                yield call._chunk(event)

    def _with(self, stop: list[str] | None, options: dict[str, Any]) -> Self:
        """This model with what one call asked to be different."""
        options = {name: value for name, value in options.items() if name != "stream"}
        if stop is not None:
            options["stop"] = stop
        if unknown := options.keys() - self._identifying_params.keys():
            raise TypeError(f"LocalModel has no option {', '.join(sorted(unknown))}")
        if shared := BOUNDS & options.keys():
            raise TypeError(f"{', '.join(sorted(shared))}: set on the LocalModel, not for one call")
        if not options:
            return self
        call = type(self).model_validate({**dict(self), **options})
        if not WEIGHTS & options.keys():
            call._engine = self.engine
        return call

    async def _awith(self, stop: list[str] | None, options: dict[str, Any]) -> Self:
        """As `_with`; loading, once, must not block the event loop."""
        call = self
        if self._engine is None or WEIGHTS & options.keys():
            call = await asyncio.to_thread(self._with, stop, options)
            await asyncio.to_thread(lambda: call.engine)
            return call
        return self._with(stop, options)

    @contextmanager
    def _asking(self, messages: list[BaseMessage], inboxes: Sequence[Inbox | AsyncInbox]) -> Iterator[None]:
        """Submit one request for each inbox; whoever leaves early cancels them."""
        loaded = self.engine.loaded
        tokens = loaded.template.encode(messages)
        reply = tuple(loaded.template.tokenize(self.weigh)[:REPLY_TOKENS])
        room = loaded.context - len(tokens) - len(reply)
        if room < 1:
            size = f"{len(tokens) + len(reply)} tokens"
            raise QuestionError(
                f"the prompt has {size}, {self.model} takes at most {loaded.context - 1}; "
                "ask about fewer tables, or choose a model with a longer context"
            )
        seed = random.getrandbits(62) if self.seed is None else self.seed
        requests = [
            Request(
                tokens,
                min(self.max_tokens, room),
                inbox.put,
                Sampling(self.temperature, self.top_p, self.top_k, seed + index),
                tuple(filter(None, self.stop or ())),
                self.timeout,
                self.lark,
                reply,
            )
            for index, inbox in enumerate(inboxes)
        ]
        try:
            self.engine.submit(requests)
            yield
        finally:
            for request in requests:
                request.cancelled = True

    def _result(self, answers: list[list[str | Completion]]) -> ChatResult:
        generations = []
        for answer in answers:
            whole = reduce(add, (self._chunk(event).message for event in answer))
            generations.append(ChatGeneration(message=message_chunk_to_message(whole)))
        return ChatResult(generations=generations, llm_output={"model_name": self.model})

    def _chunk(self, event: str | Completion) -> ChatGenerationChunk:
        if isinstance(event, str):
            return ChatGenerationChunk(message=AIMessageChunk(content=event))
        usage = UsageMetadata(
            input_tokens=event.input_tokens,
            output_tokens=len(event.output),
            total_tokens=event.input_tokens + len(event.output),
            input_token_details={"cache_read": event.cached_tokens},
        )
        metadata = {
            "model_name": self.model,
            "finish_reason": event.finish_reason,
            "seconds": round(event.seconds, 3),
        }
        if self.lark:
            metadata["given_up"] = event.given_up
        if self.weigh:
            metadata["likelihood"] = event.likelihood
        message = AIMessageChunk(
            content="", usage_metadata=usage, response_metadata=metadata, chunk_position="last"
        )
        return ChatGenerationChunk(message=message)

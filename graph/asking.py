"""How a role node works: a task from the state, replies from the model, an update for the state."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda, RunnableParallel

from ..agents.task import Task
from .binding import Bound, bind, task_of
from .policy import calls, sampling
from .roles import Player, Roles, fitting
from .state import Context, State, Usage
from .trace import emit

Update = dict[str, Any]
AT_ONCE = 64
"""Calls of one visit that may run together."""


class RoleNode:
    """One role as a node. Subclasses say whom to ask, about what, and what the reply changes."""

    name: str

    def __init__(self, roles: Roles, defaults: Context) -> None:
        self.roles, self.defaults = roles, defaults

    def players(self, bound: Bound) -> dict[str, Player]:  # noqa: ARG002
        return {self.name: getattr(self.roles, self.name)}

    def task(self, state: State, bound: Bound) -> Task:
        return task_of(state, bound)

    def samples(self, bound: Bound) -> int:  # noqa: ARG002
        """Replies wanted of each player."""
        return 1

    def update(self, task: Task, values: list[Any]) -> Update:  # noqa: ARG002
        return {"candidate": {"role": self.name, "sql": values[0], "verdict": ""}}

    def node(self) -> RunnableLambda[State, Update]:
        return RunnableLambda(self.run, afunc=self.arun, name=self.name)

    def run(self, state: State, config: RunnableConfig) -> Update:
        asking = self.begin(state)
        return self.finish(state, asking, asking.ask(config))

    async def arun(self, state: State, config: RunnableConfig) -> Update:
        # The corrector's hints and a grammar may take a while to make.
        asking = await asyncio.to_thread(self.begin, state)
        return self.finish(state, asking, await asking.aask(config))

    def begin(self, state: State) -> "Asking":
        bound = bind(self.defaults)
        emit({"event": "started", "role": self.name})
        before = calls(state["attempts"], self.name)
        options = [sampling(bound.policy, before + sample) for sample in range(self.samples(bound))]
        return Asking(bound, self.players(bound), self.task(state, bound), options)

    def finish(self, state: State, asking: "Asking", replies: list[AIMessage]) -> Update:
        update = self.update(asking.task, asking.values(replies))
        spent = usage_of(replies)
        for reason in given_up(replies):
            emit({"event": "unconstrained", "role": self.name, "reason": reason})
        (value,) = update.values()
        seconds = time.monotonic() - asking.began
        emit({"event": "finished", "role": self.name, "value": value, "usage": {**spent, "seconds": seconds}})
        return {**update, "usage": added(state["usage"], spent)}


@dataclass(frozen=True)
class Asking:
    """One visit of a role node: the players and what they are asked."""

    bound: Bound
    players: dict[str, Player]
    task: Task
    options: list[dict[str, Any]]
    """Decoding options of each sample."""
    began: float = field(default_factory=time.monotonic)

    def prompts(self) -> dict[str, Any]:
        return {name: p.prompt(self.task) for name, p in self.players.items() if not callable(p)}

    def asked(self) -> Runnable[None, dict[str, AIMessage]]:
        """All calls at once. Each is tagged with its role: the token stream of two roles needs it."""
        model = self.bound.chat_model()
        return RunnableParallel(
            {
                f"{name} {sample}": constant(prompt)
                | model.bind(**accepted({**options, **self.constraint(name)}, model)).with_config(tags=[name])
                for name, prompt in self.prompts().items()
                for sample, options in enumerate(self.options)
            }
        )

    def constraint(self, name: str) -> dict[str, str]:
        """The grammar of this player's completions, if it has one."""
        grammar = getattr(self.players[name], "grammar", None)
        return {"lark": grammar(self.task)} if grammar and self.bound.constrained else {}

    def ask(self, config: RunnableConfig) -> list[AIMessage]:
        if not self.prompts():
            return []
        return list(self.asked().invoke(None, together(config)).values())

    async def aask(self, config: RunnableConfig) -> list[AIMessage]:
        if not self.prompts():
            return []
        return list((await self.asked().ainvoke(None, together(config))).values())

    def values(self, replies: list[AIMessage]) -> list[Any]:
        texts = iter([str(reply.text) for reply in replies])
        return [
            fitting(name, player(self.task) if callable(player) else player.parse(next(texts)))
            for name, player in self.players.items()
            for _ in self.options
        ]


def constant(prompt: Any) -> Runnable[None, Any]:
    return RunnableLambda(lambda _: prompt, name="prompt")


def accepted(options: dict[str, Any], model: BaseChatModel) -> dict[str, Any]:
    """The decoding options that this chat model has as fields; another model keeps its own."""
    return {key: value for key, value in options.items() if key in type(model).model_fields}


def together(config: RunnableConfig) -> RunnableConfig:
    """All at once, so that the model decodes them in one batch, unless the caller bounds it."""
    return {**config, "max_concurrency": config.get("max_concurrency") or AT_ONCE}


def usage_of(replies: list[AIMessage]) -> Usage:
    """Token counts of the replies; 0 where a chat model does not count."""
    counts = [cast(dict[str, Any], reply.usage_metadata or {}) for reply in replies]
    return {
        "calls": len(replies),
        "prompt_tokens": sum(count.get("input_tokens", 0) for count in counts),
        "completion_tokens": sum(count.get("output_tokens", 0) for count in counts),
        "cached_tokens": sum(count.get("input_token_details", {}).get("cache_read", 0) for count in counts),
        "given_up": len(given_up(replies)),
        "seconds": 0.0,
    }


def given_up(replies: list[AIMessage]) -> list[str]:
    """Why, for each reply that left its grammar."""
    return [reason for reply in replies if (reason := reply.response_metadata.get("given_up"))]


def added(usage: Usage, spent: Usage) -> Usage:
    return cast(Usage, {key: count + spent[key] for key, count in usage.items()})  # type: ignore[literal-required]

"""How likely the question is by each SQL: asked of the model where samples disagree."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.constants import TAG_NOSTREAM

from ..agents import reviewer
from .asking import together, usage_of
from .binding import Bound, task_of
from .state import State
from .trace import emit


def reviewed(sqls: Sequence[str], state: State, bound: Bound, config: RunnableConfig) -> dict[str, AIMessage]:
    """The reply of each SQL's review; its metadata has the likelihood. Nothing is generated."""
    if not sqls or not bound.weighs:
        return {}
    began, task = time.monotonic(), task_of(state, bound)
    prompts: list[Any] = [reviewer.prompt(replace(task, sql=sql)) for sql in sqls]
    model = bound.chat_model().bind(reply=task.question).with_config(tags=[reviewer.name, TAG_NOSTREAM])
    replies: list[Any] = model.batch(prompts, together(config))
    found = dict(zip(sqls, replies, strict=True))
    spent = usage_of(replies)
    spent["seconds"] = time.monotonic() - began
    emit({"event": "finished", "role": reviewer.name, "value": likelihoods(found), "usage": spent})
    return found


def likelihoods(replies: dict[str, AIMessage]) -> dict[str, float]:
    """The mean log-probability of the question's tokens, by SQL."""
    return {sql: float(reply.response_metadata["likelihood"]) for sql, reply in replies.items()}

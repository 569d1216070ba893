"""How likely the question is by each SQL: asked of the model where the votes of samples are not clear."""

import time
from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.constants import TAG_NOSTREAM

from ..agents import reviewer
from .asking import together, usage_of
from .binding import Bound, task_of
from .state import State, Usage
from .trace import emit


def reviewed(
    sqls: Sequence[str], state: State, bound: Bound, config: RunnableConfig
) -> tuple[dict[str, float], Usage]:
    """The mean log-probability of the question's tokens by SQL, for all or for none; and what it took."""
    if not sqls or not bound.weighs:
        return {}, usage_of([])
    emit({"event": "started", "role": reviewer.name})
    began, task = time.monotonic(), task_of(state, bound)
    prompts: list[Any] = [reviewer.prompt(replace(task, sql=sql)) for sql in sqls]
    model = bound.chat_model().bind(weigh=task.question).with_config(tags=[reviewer.name, TAG_NOSTREAM])
    replies: list[Any] = model.batch(prompts, together(config))
    found = [reply.response_metadata.get("likelihood") for reply in replies]
    # One that ran out of time has none, and must not win by it.
    known = all(isinstance(likelihood, float) and isfinite(likelihood) for likelihood in found)
    likelihoods = dict(zip(sqls, found, strict=True)) if known else {}
    usage = usage_of(replies)
    usage["seconds"] = time.monotonic() - began
    emit({"event": "finished", "role": reviewer.name, "value": likelihoods, "usage": usage})
    return likelihoods, usage_of(replies)

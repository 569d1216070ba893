"""The four roles as nodes: linker, generator, corrector, continuer."""

from dataclasses import replace
from typing import Any

from langchain_core.runnables import RunnableConfig

from ..agents.links import grounded, joined, links_of, union
from ..agents.task import Task
from ..tools.doubts import doubts as doubtful
from .asking import RoleNode, Update
from .binding import Bound
from .policy import REPAIR, best
from .roles import Player
from .state import Attempt, State


class Linker(RoleNode):
    """Schema linking; with `link="union"` a first SQL is written beside it, and what either names is kept.

    What connects the tables is linked, too.
    """

    name = "linker"

    def players(self, bound: Bound) -> dict[str, Player]:
        first = {"generator": self.roles.generator} if bound.policy.link == "union" else {}
        return {"linker": self.roles.linker, **first}

    def update(self, task: Task, values: list[Any]) -> Update:
        links = grounded(values[0], task.schema)
        for sql in values[1:]:
            links = union(links, links_of(sql, task.schema, task.dialect))
        links = joined(links, task.schema)
        return {"links": {"tables": list(links.tables), "columns": [list(pair) for pair in links.columns]}}


class Generator(RoleNode):
    name = "generator"

    def samples(self, bound: Bound) -> int:
        return 1 if callable(self.roles.generator) else bound.samples

    def update(self, task: Task, values: list[Any]) -> Update:  # noqa: ARG002
        first, *others = values
        candidate = {"role": self.name, "sql": first, "verdict": ""}
        return {"candidate": {**candidate, "others": others} if others else candidate}


class Corrector(RoleNode):
    """Noise correction of the accepted attempt, or else of the last one that proposed an SQL.

    Where a mechanical repair of the last attempt is known it goes first, and no model is asked.
    """

    name = "corrector"

    def run(self, state: State, config: RunnableConfig) -> Update:
        return mended(state) or super().run(state, config)

    async def arun(self, state: State, config: RunnableConfig) -> Update:
        return mended(state) or await super().arun(state, config)

    def task(self, state: State, bound: Bound) -> Task:
        attempt = under_review(state)
        error, doubts = complaints(attempt["sql"], attempt["outcome"], bound)
        return replace(super().task(state, bound), sql=attempt["sql"], error=error, doubts=doubts)

    def update(self, task: Task, values: list[Any]) -> Update:
        if values[0] is None:
            return {"candidate": {"role": self.name, "sql": task.sql, "verdict": "correct"}}
        return super().update(task, values)


class Continuer(RoleNode):
    name = "continuer"


def mended(state: State) -> Update | None:
    """The repair of the last attempt as the next candidate."""
    last = state["attempts"][-1]
    known = last.get("repair") if best(state["attempts"]) in (None, last) else None
    return {"candidate": {"role": REPAIR, "sql": known["sql"], "verdict": ""}} if known else None


def complaints(sql: str, outcome: dict[str, Any], bound: Bound) -> tuple[str, str]:
    """What the corrector is told of an SQL: the error, if it failed; with `values` the doubts, too, if it
    failed or returned no rows."""
    error = "" if outcome["kind"] == "ok" else outcome["message"]
    if not bound.policy.values or (not error and outcome["rows"]):
        return error, ""
    empty = [] if error else ["it returns no rows"]
    found = doubtful(sql, bound.database.schema, bound.database.similar, written=bound.policy.dialect)
    return error, "; ".join([*empty, *found])


def under_review(state: State) -> Attempt:
    attempts = state["attempts"]
    return best(attempts) or next((a for a in reversed(attempts) if a["sql"]), attempts[-1])

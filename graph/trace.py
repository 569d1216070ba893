"""The trace: typed events on LangGraph's `custom` stream, and nothing else. Each is a JSON object."""

from typing import Any, Literal, TypedDict

from langgraph.config import get_stream_writer

from .state import Repaired, Usage


class RoleStarted(TypedDict):
    event: Literal["started"]
    role: str


class RoleFinished(TypedDict):
    event: Literal["finished"]
    role: str
    value: Any
    """What the role said: an SQL, the linked tables and columns, a verdict, or, of the reviewer, the
    likelihoods by SQL."""
    usage: Usage
    """Of this visit alone."""


class Executed(TypedDict):
    event: Literal["executed"]
    role: str
    sql: str
    outcome: dict[str, Any]
    accepted: bool
    reason: str
    repair: Repaired | None


class Decided(TypedDict):
    event: Literal["decided"]
    next: str
    reason: str


class Pruned(TypedDict):
    """The schema is larger than the policy's budget: the model sees a part of it."""

    event: Literal["pruned"]
    tables: int
    of: int


class Unconstrained(TypedDict):
    """A reply left its grammar: from there on names could be invented."""

    event: Literal["unconstrained"]
    role: str
    reason: str


Event = RoleStarted | RoleFinished | Executed | Decided | Pruned | Unconstrained


def emit(event: Event) -> None:
    """Send an event to whoever streams `custom`; to nobody otherwise."""
    get_stream_writer()(event)

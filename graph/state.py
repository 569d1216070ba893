"""What travels between the nodes: JSON and chat messages only, so that every checkpointer can keep it."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages

from ..tools.database import Database
from .policy import Policy

Status = Literal["answered", "failed", "rejected"]


class Repaired(TypedDict):
    """An SQL with names or texts that exist in place of those that do not, or, where it ran, one that says
    what was meant; no model was asked."""

    sql: str
    changes: list[str]
    """Each as `before → after`."""


class Attempt(TypedDict):
    """One SQL that was proposed, and what became of it."""

    role: str
    """Who was asked: generator, corrector, continuer, also where the user edited the SQL, or `repair`."""
    sql: str
    outcome: dict[str, Any]
    """`tools.outcome.Outcome` as JSON."""
    accepted: bool
    """It is the answer unless a later attempt is accepted too."""
    reason: str
    repair: Repaired | None
    """What the corrector node tries next: its names mended where it failed, its texts where it found nothing,
    its dates, counts and joins where it ran."""


class Usage(TypedDict):
    """Sums over every model call of one question."""

    calls: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    """Prompt tokens whose keys and values were already in the prefix cache."""
    given_up: int
    """Replies that left the grammar they were to keep to (`Policy.constrained`)."""
    seconds: float
    """From the question to the answer, on the wall."""


class Candidate(TypedDict):
    """The SQL that waits for the executor."""

    role: str
    sql: str
    """Empty if the reply held no SQL."""
    verdict: str
    """`correct` where the corrector found nothing to mend; what the user did at the approval; else empty."""
    others: NotRequired[list[str]]
    """Further samples of the same call: all are run, and vote."""


class Asked(TypedDict):
    """The question in work, checked."""

    question: str
    hint: str
    """Empty if there is none."""


class Input(TypedDict, total=False):
    """The first node takes question and hint in and empties both; from there on they are in `asked`."""

    question: str
    """Goes before `messages`; without it the question is the human message that these end with."""
    hint: str
    """Outside knowledge that the question needs, as BIRD's `evidence`."""
    messages: Annotated[list[AnyMessage], add_messages]
    """The conversation so far; earlier questions and their SQL become context for this one."""


class Output(TypedDict):
    sql: str
    """The accepted SQL as it ran, or the best attempt if the status is `failed`."""
    columns: list[str]
    rows: list[list[Any]]
    status: Status
    attempts: list[Attempt]
    links: dict[str, Any] | None
    """Tables and columns the linker named, and what connects them; None if it was not asked."""
    usage: Usage
    messages: Annotated[list[AnyMessage], add_messages]


class State(Input, Output):  # type: ignore[misc]  # `messages` is optional on the way in only
    asked: Asked
    """What this run answers."""
    values: list[list[str]]
    """Stored values that the question mentions: table, column and text of each."""
    turns: list[dict[str, str]]
    """Earlier questions with the SQL that answered them, oldest first."""
    candidate: Candidate
    """What the executor runs next."""
    decision: dict[str, str]
    """Where the executor's conditional edge goes (`next`), and why (`reason`)."""
    started: float
    """Unix time at which the question came in, seconds."""


@dataclass(frozen=True)
class Context:
    """Given at run time (`graph.invoke(..., context=Context(...))`); None falls back to `build_graph`'s."""

    model: BaseChatModel | None = None
    database: Database | None = None
    policy: Policy | None = None

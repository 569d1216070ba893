"""The nodes that ask no model: the question comes in, the executor tries an SQL, the answer goes out."""

import time
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Protocol

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.types import interrupt

from ..agents.sqltext import statement
from ..tools.errors import QuestionError
from ..tools.executor import execute
from ..tools.outcome import Outcome
from .answer import worded
from .binding import Bound, bind, visible_schema
from .policy import CALLED_CORRECT, REPEAT, Decision, Policy, best, first_step
from .state import Attempt, Candidate, Context, State, Usage
from .trace import emit


class Node(Protocol):
    def __call__(self, state: State) -> dict[str, Any]: ...


Router = Callable[[State, Policy], Decision]
REJECTED = "rejected by the user"


def question_node(defaults: Context) -> Node:
    """Take the question in: check it, find the earlier turns, start with a clean sheet."""

    def question(state: State) -> dict[str, Any]:
        bound = bind(defaults)
        messages = state.get("messages", [])
        asked = checked(question_of(state, messages), bound.policy)
        warn_if_pruned(bound, asked)
        known = messages and isinstance(messages[-1], HumanMessage)
        return {
            "question": asked,
            "messages": [] if known else [HumanMessage(asked)],
            "turns": turns_of(messages),
            "links": None,
            "attempts": [],
            "usage": dict.fromkeys(Usage.__annotations__, 0),
            "started": time.time(),
            "decision": {"next": first_step(bound.policy), "reason": f"link is {bound.policy.link}"},
        }

    return question


def question_of(state: State, messages: Sequence[AnyMessage]) -> str:
    """A conversation that ends with a human message asks that; else the `question` is asked."""
    if messages and isinstance(messages[-1], HumanMessage):
        return str(messages[-1].text)
    return state.get("question", "")


def checked(question: str, policy: Policy) -> str:
    if not question.strip():
        raise QuestionError("the question is empty; ask something about the database")
    if len(question) > policy.question_chars:
        limit = f"{len(question):,} characters long, the limit is {policy.question_chars:,}"
        raise QuestionError(f"the question is {limit}; shorten it or raise Policy.question_chars")
    return question.strip()


def turns_of(messages: Sequence[AnyMessage]) -> list[dict[str, str]]:
    """Each human message that was answered with an SQL, and that SQL; oldest first."""
    pairs = pairwise(messages)
    asked = [(a, b) for a, b in pairs if isinstance(a, HumanMessage) and isinstance(b, AIMessage)]
    turns = [{"question": str(human.text), "sql": statement(str(ai.text))} for human, ai in asked]
    return [turn for turn in turns if turn["sql"]]


def warn_if_pruned(bound: Bound, question: str) -> None:
    whole = bound.database.schema
    seen = visible_schema(whole, question, bound.policy.schema_tokens)
    if seen == whole:
        return
    kept, of = len(seen.tables), len(whole.tables)
    emit({"event": "pruned", "tables": kept, "of": of})
    warnings.warn(
        f"the schema exceeds Policy.schema_tokens={bound.policy.schema_tokens}: "
        f"the model sees {kept} of {of} tables, chosen by the question's words",
        stacklevel=2,
    )


def executor_node(defaults: Context, router: Router) -> Node:
    """Run the candidate within the policy's limits, judge it, decide what comes next."""

    def executor(state: State) -> dict[str, Any]:
        bound = bind(defaults)
        attempt = attempted(state, bound)
        attempts = [*state["attempts"], attempt]
        emit({"event": "executed", **attempt})
        if attempt["reason"] == REJECTED:
            decision = Decision("answer", REJECTED)
        else:
            decision = router({**state, "attempts": attempts}, bound.policy)
        emit({"event": "decided", "next": decision.next, "reason": decision.reason})
        return {"attempts": attempts, "decision": decision._asdict()}

    return executor


def attempted(state: State, bound: Bound) -> Attempt:
    """The candidate as an attempt: settled without running it where that is possible."""
    candidate, policy = state["candidate"], bound.policy
    role, sql = candidate["role"], candidate["sql"]
    if not sql:
        return attempt_of(role, sql, Outcome("syntax", message="the reply holds no SQL"))
    for number, earlier in enumerate(state["attempts"], start=1):
        if policy.repeat(earlier["sql"]) == policy.repeat(sql):
            reason = CALLED_CORRECT if candidate["verdict"] else f"{REPEAT} attempt {number}"
            return {**earlier, "role": role, "sql": sql, "accepted": False, "reason": reason}
    if policy.approve:
        candidate = approved(candidate, state["question"])
        role, sql = candidate["role"], candidate["sql"]
        if candidate["verdict"] == REJECTED:
            return attempt_of(role, sql, Outcome("refused", message=REJECTED))
    return attempt_of(role, sql, execute(bound.database, sql, limits=policy.limits, written=policy.dialect))


def attempt_of(role: str, sql: str, outcome: Outcome) -> Attempt:
    """ROUTE's gates: an SQL is accepted if it ran; a continuation only if it also returned a row."""
    if not outcome.ok:
        accepted, reason = False, outcome.message
    elif role == "continuer" and not outcome.rows:
        accepted, reason = False, "the continuation returned no rows"
    else:
        accepted, reason = True, f"{len(outcome.rows)} rows"
    return {"role": role, "sql": sql, "outcome": outcome.as_json(), "accepted": accepted, "reason": reason}


def approved(candidate: Candidate, question: str) -> Candidate:
    """Ask the user, who approves, edits or rejects; the graph stops here until it is resumed."""
    asked = {"question": question, "sql": candidate["sql"], "role": candidate["role"]}
    while True:
        match interrupt(asked):
            case "approve" | {"action": "approve"}:
                return candidate
            case "reject" | {"action": "reject"}:
                return {**candidate, "verdict": REJECTED}
            case {"action": "edit", "sql": str(sql)} if sql.strip():
                return {"role": "user", "sql": sql, "verdict": ""}
        asked["error"] = (
            'resume with {"action": "approve" | "reject"} or {"action": "edit", "sql": "SELECT ..."}'
        )


def answer(state: State) -> dict[str, Any]:
    """The accepted attempt, or the best of the failed ones, with the conversation's next message."""
    attempts = state["attempts"]
    accepted = best(attempts)
    shown = accepted or next((a for a in reversed(attempts) if a["sql"]), attempts[-1])
    outcome = shown["outcome"]
    status = "answered" if accepted else "rejected" if attempts[-1]["reason"] == REJECTED else "failed"
    seconds = time.time() - state["started"]
    return {
        "sql": outcome["sql"] or shown["sql"],
        "columns": outcome["columns"],
        "rows": outcome["rows"],
        "status": status,
        "usage": {**state["usage"], "seconds": seconds},
        "hint": "",
        "messages": [AIMessage(worded(shown["sql"], outcome, status))],
    }

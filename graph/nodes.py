"""The nodes that ask no model: the question comes in, the executor tries an SQL, the answer goes out."""

import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Protocol

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from ..agents.sqltext import statement
from ..tools.errors import QuestionError
from ..tools.executor import execute
from ..tools.outcome import Outcome, says_something
from ..tools.repair import Repair, repair, repair_running
from ..tools.repair.literals import repair_literals
from ..tools.values import Value
from .answer import counted, shown, worded
from .asking import added
from .binding import Bound, bind, visible_schema
from .policy import CALLED_CORRECT, REPAIR, REPEAT, Decision, Policy, first_step
from .reviewing import reviewed
from .state import Asked, Attempt, Candidate, Context, Repaired, State, Usage
from .trace import emit
from .voting import disputed, elected, polled


class QuestionNode(Protocol):
    def __call__(self, state: State) -> dict[str, Any]: ...


class ExecutorNode(Protocol):
    def __call__(self, state: State, config: RunnableConfig) -> dict[str, Any]: ...


Router = Callable[[State, Policy], Decision]
MENDABLE = ("unknown_name", "runtime", "syntax")
"""Outcomes that a repair may help."""
Mend = Callable[..., Repair | None]
REJECTED, EDITED = "rejected by the user", "edited by the user"


def question_node(defaults: Context) -> QuestionNode:
    """Take the question in: check it, find the earlier turns, start with a clean sheet."""

    def question(state: State) -> dict[str, Any]:
        bound = bind(defaults)
        messages = state.get("messages", [])
        last = last_asked(messages)
        asked = checked(state.get("question") or last, state.get("hint") or "", bound.policy)
        warn_if_pruned(bound, asked["question"])
        return {
            "question": "",
            "hint": "",
            "asked": asked,
            "values": [list(value) for value in mentioned(bound, asked["question"])],
            "messages": [] if last.strip() == asked["question"] else [HumanMessage(asked["question"])],
            "turns": turns_of(messages, bound.policy),
            "links": None,
            "attempts": [],
            "usage": dict.fromkeys(Usage.__annotations__, 0),
            "started": time.time(),
            "decision": {"next": first_step(bound.policy), "reason": f"link is {bound.policy.link}"},
        }

    return question


def mentioned(bound: Bound, question: str) -> list[Value]:
    """Stored values to show the roles, of tables that they see."""
    if not bound.policy.values:
        return []
    seen = visible_schema(bound.database.schema, question, bound.policy.schema_tokens)
    found = bound.database.mentioned(question, bound.policy.values)
    return [value for value in found if seen.table(value.table)]


def last_asked(messages: Sequence[AnyMessage]) -> str:
    """The human message that a conversation ends with, or nothing."""
    return str(messages[-1].text) if messages and isinstance(messages[-1], HumanMessage) else ""


def checked(question: str, hint: str, policy: Policy) -> Asked:
    if not isinstance(question, str) or not isinstance(hint, str):
        raise QuestionError("the question is no text, or its hint is none; both are strings")
    if not question.strip():
        raise QuestionError("the question is empty; ask something about the database")
    if (size := len(question) + len(hint)) > policy.question_chars:
        long = f"{size:,} characters long{' with its hint' * bool(hint)}"
        limit = f"the limit is {policy.question_chars:,}"
        raise QuestionError(f"the question is {long}, {limit}; shorten it or raise Policy.question_chars")
    try:
        f"{question}{hint}".encode()
    except UnicodeEncodeError:
        raise QuestionError("the question or its hint is not valid UTF-8 text; type it anew") from None
    return {"question": question.strip(), "hint": hint}


def turns_of(messages: Sequence[AnyMessage], policy: Policy) -> list[dict[str, str]]:
    """The latest human messages that were answered with an SQL, and that SQL; oldest first."""
    pairs = pairwise(messages)
    asked = [(a, b) for a, b in pairs if isinstance(a, HumanMessage) and isinstance(b, AIMessage)]
    turns = [{"question": str(human.text), "sql": answering_sql(ai)} for human, ai in asked]
    sized = [turn for turn in turns if turn["sql"] and max(map(len, turn.values())) <= policy.question_chars]
    return sized[max(0, len(sized) - policy.turns) :]


def answering_sql(message: AIMessage) -> str:
    """The SQL of an answer of ours as we noted it, of anyone else's as its text shows it; else nothing."""
    noted = message.additional_kwargs
    if "sql" in noted and "status" in noted:
        return str(noted["sql"]) if noted["status"] == "answered" else ""
    return statement(str(message.text))


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


def executor_node(defaults: Context, router: Router) -> ExecutorNode:
    """Run the candidate within the policy's limits, judge it, decide what comes next."""

    def executor(state: State, config: RunnableConfig) -> dict[str, Any]:
        bound = bind(defaults)
        ballots = polled(state["candidate"], partial(attempted, state, bound), bound.policy)
        likelihoods, spent = reviewed(disputed(ballots), state, bound, config)
        attempts = list(state["attempts"])
        for attempt in elected(ballots, likelihoods):
            attempts.append(attempt)
            emit({"event": "executed", **attempt})
        if attempts[-1]["reason"] == REJECTED:
            decision = Decision("answer", REJECTED)
        else:
            decision = router({**state, "attempts": attempts}, bound.policy)
        emit({"event": "decided", "next": decision.next, "reason": decision.reason})
        usage = added(state["usage"], spent)
        return {"attempts": attempts, "decision": decision._asdict(), "usage": usage}

    return executor


def attempted(state: State, bound: Bound, candidate: Candidate) -> Attempt:
    """The candidate as an attempt: settled without running it where that is possible."""
    policy = bound.policy
    known = settled(candidate, state["attempts"], policy)
    if policy.approve and not known:
        candidate = approved(candidate, state["asked"]["question"])
        known = settled(candidate, state["attempts"], policy)  # an edit may be a repeat, too
    if known:
        return known
    outcome = execute(bound.database, candidate["sql"], limits=policy.limits, written=policy.dialect)
    attempt = attempt_of(candidate, outcome)
    if candidate["role"] == REPAIR and state["attempts"] and not says_something(outcome.rows):
        keep_earlier(attempt, state["attempts"][-1])
    if policy.repair:
        attempt["repair"] = repaired(candidate, outcome, state["asked"]["question"], bound)
    return attempt


def keep_earlier(attempt: Attempt, earlier: Attempt) -> None:
    """A repair that finds nothing either does not take the place of what it repaired."""
    found = says_something(earlier["outcome"]["rows"])
    if earlier["accepted"] and not found and attempt["accepted"]:
        attempt["accepted"], attempt["reason"] = False, "the repair found nothing either"


def repaired(candidate: Candidate, outcome: Outcome, question: str, bound: Bound) -> Repaired | None:
    """The mechanical repair of an SQL that failed, found nothing, or runs and says another thing, if any.

    What the user wrote is let be where it runs.
    """
    sql, database = candidate["sql"], bound.database
    steps: list[Mend] = []
    if outcome.kind in MENDABLE and candidate["role"] != REPAIR:
        steps = [partial(repair, question=question)]
    elif outcome.ok and candidate["verdict"] != EDITED:
        steps = [partial(repair_running, question=question)]
        if not says_something(outcome.rows) and bound.policy.values:
            steps.append(partial(repair_literals, nearest=database.nearest))
    changes: list[str] = []
    for step in steps:
        if found := step(sql, database.schema, written=bound.policy.dialect):
            sql = found.sql
            changes += found.changes
    return {"sql": sql, "changes": changes} if changes else None


def settled(candidate: Candidate, attempts: Sequence[Attempt], policy: Policy) -> Attempt | None:
    """What is known of the candidate without running it: it is no SQL, was rejected, or was tried before."""
    role, sql, verdict = candidate["role"], candidate["sql"], candidate["verdict"]
    if not sql:
        return attempt_of(candidate, Outcome("syntax", message="the reply holds no SQL"))
    if verdict == REJECTED:
        return attempt_of(candidate, Outcome("refused", message=REJECTED))
    for number, earlier in enumerate(attempts, start=1):
        if policy.key(earlier["sql"]) == policy.key(sql):
            reason = CALLED_CORRECT if verdict == "correct" else f"{REPEAT} attempt {number}"
            accepted = verdict == EDITED and earlier["accepted"]
            now: Attempt = {**earlier, "role": role, "sql": sql, "accepted": accepted, "reason": reason}
            return {**now, "repair": None}
    return None


def attempt_of(candidate: Candidate, outcome: Outcome) -> Attempt:
    """ROUTE's gates: an SQL is accepted if it ran; a continuation only if it also returned a row."""
    role, sql, edited = candidate["role"], candidate["sql"], candidate["verdict"] == EDITED
    result = outcome.as_json()
    if not outcome.ok:
        accepted, reason = False, outcome.message
    elif role == "continuer" and not edited and not outcome.rows:
        accepted, reason = False, "the continuation returned no rows"
    else:
        accepted, reason = True, counted(result)
    reason = f"{EDITED}: {reason}" if edited else reason
    return {
        "role": role,
        "sql": sql,
        "outcome": result,
        "accepted": accepted,
        "reason": reason,
        "repair": None,
    }


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
                return {**candidate, "sql": sql, "verdict": EDITED}
        asked["error"] = (
            'resume with {"action": "approve" | "reject"} or {"action": "edit", "sql": "SELECT ..."}'
        )


def answer(state: State) -> dict[str, Any]:
    """The accepted attempt, or the best of the failed ones, with the conversation's next message."""
    attempts = state["attempts"]
    attempt = shown(attempts)
    sql, outcome = attempt["sql"], attempt["outcome"]
    rejected = attempts[-1]["reason"] == REJECTED
    status = "answered" if attempt["accepted"] else "rejected" if rejected else "failed"
    message = AIMessage(worded(attempts), additional_kwargs={"sql": sql, "status": status})
    seconds = time.time() - state["started"]
    return {
        "sql": outcome["sql"] or sql,
        "columns": outcome["columns"],
        "rows": outcome["rows"],
        "status": status,
        "usage": {**state["usage"], "seconds": seconds},
        "messages": [message],
    }

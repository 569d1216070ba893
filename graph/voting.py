"""The best of several SQLs for one question: all are run, and the result that most of them give is taken.

Source: execution-guided self-consistency; an empty result loses to any other.
"""

from collections import Counter
from collections.abc import Callable

from .policy import REPAIR, Policy
from .state import Attempt, Candidate

Try = Callable[[Candidate], Attempt]


def voted(candidate: Candidate, attempt: Try, policy: Policy) -> list[Attempt]:
    """The attempts that come of a candidate, the elected one last; a candidate without others is its own."""
    sqls = [candidate["sql"], *candidate.get("others", [])]
    if len(sqls) == 1:
        return [attempt(candidate)]
    votes = Counter(map(policy.key, sqls))
    distinct = {policy.key(sql): sql for sql in reversed(sqls)}
    tried = [(tried_with_repair(candidate["role"], distinct[key], attempt), votes[key]) for key in votes]
    results: Counter[str] = Counter()
    for one, count in tried:
        results[result(one)] += count

    def rank(one: Attempt) -> tuple[bool, bool, int]:
        return one["accepted"], bool(one["outcome"]["rows"]), results[result(one)]

    # The first of equals: the samples begin with the likeliest.
    best = max((one for one, _ in tried), key=rank)
    reason = f"{results[result(best)]} of {len(sqls)} samples agree: {best['reason']}"
    losers = [outvoted(one) for one, _ in tried if one is not best]
    return [*losers, {**best, "reason": reason} if best["accepted"] else best]


def tried_with_repair(role: str, sql: str, attempt: Try) -> Attempt:
    first = attempt({"role": role, "sql": sql, "verdict": ""})
    if not (known := first["repair"]):
        return first
    second = attempt({"role": REPAIR, "sql": known["sql"], "verdict": ""})
    better = second["accepted"] and (second["outcome"]["rows"] or not first["accepted"])
    return {**(second if better else first), "repair": None}


def result(attempt: Attempt) -> str:
    """Equal for SQLs that return the same rows, in whatever order; each failure stands for itself."""
    if not attempt["accepted"]:
        return f"failed: {attempt['sql']}"
    return "\n".join(sorted(map(repr, attempt["outcome"]["rows"])))


def outvoted(attempt: Attempt) -> Attempt:
    if not attempt["accepted"]:
        return attempt
    return {**attempt, "accepted": False, "reason": f"outvoted: {attempt['reason']}"}

"""The best of several SQLs for one question: all are run, and the result that most of them give is taken.

Source: execution-guided self-consistency; a result that says nothing loses to any that does.
docs/experiments.md has what was measured of the rules.
"""

from collections import Counter, defaultdict
from collections.abc import Callable

from ..tools.outcome import says_something
from .policy import REPAIR, Policy
from .state import Attempt, Candidate

AGREE = "samples agree"
OF_REPAIRED = 0.5
"""The weight of a repaired SQL's vote: it runs, but may be another than the model had in mind."""
REPAIRS = 2
"""Of one SQL, at most."""
Try = Callable[[Candidate], Attempt]


def voted(candidate: Candidate, attempt: Try, policy: Policy) -> list[Attempt]:
    """The attempts that come of a candidate, the elected one last; a candidate without others is its own."""
    sqls = [candidate["sql"], *candidate.get("others", [])]
    if len(sqls) == 1:
        return [attempt(candidate)]
    votes = Counter(map(policy.key, sqls))
    distinct = {policy.key(sql): sql for sql in reversed(sqls)}
    tried = [tried_with_repair(candidate["role"], distinct[key], attempt) for key in votes]
    agree: Counter[str] = Counter()
    weights: dict[str, float] = defaultdict(float)
    for (*_, one), count in zip(tried, votes.values(), strict=True):
        agree[result(one)] += count
        weights[result(one)] += count * (OF_REPAIRED if one["role"] == REPAIR else 1)

    def rank(one: Attempt) -> tuple[bool, bool, float]:
        return one["accepted"], says_something(one["outcome"]["rows"]), weights[result(one)]

    # The first of equals: the samples begin with the likeliest.
    best = max((one for *_, one in tried), key=rank)
    losers = [outvoted(one, best) for group in tried for one in group if one is not best]
    if not best["accepted"]:
        return [*losers, {**best, "repair": None}]
    reason = f"{agree[result(best)]} of {len(sqls)} {AGREE}: {best['reason']}"
    return [*losers, {**best, "reason": reason, "repair": None}]


def tried_with_repair(role: str, sql: str, attempt: Try) -> list[Attempt]:
    """The attempt, and those of its repairs (its names, then its texts); the one that counts goes last."""
    kept, others = attempt({"role": role, "sql": sql, "verdict": ""}), []
    for _ in range(REPAIRS):
        if not (known := kept["repair"]):
            break
        mended = attempt({"role": REPAIR, "sql": known["sql"], "verdict": ""})
        told = any(says_something(one["outcome"]["rows"]) for one in (kept, mended))
        better = mended["accepted"] and (told or not kept["accepted"])
        others.append(kept if better else mended)
        kept = mended if better else {**kept, "repair": None}
    return [*others, kept]


def result(attempt: Attempt) -> str:
    """Equal for SQLs that return the same rows, in whatever order; each failure stands for itself."""
    if not attempt["accepted"]:
        return f"failed: {attempt['sql']}"
    return "\n".join(sorted(map(repr, attempt["outcome"]["rows"])))


def outvoted(attempt: Attempt, elected: Attempt) -> Attempt:
    if not attempt["accepted"]:
        return attempt
    why = "agrees with the elected" if result(attempt) == result(elected) else "outvoted"
    return {**attempt, "accepted": False, "reason": f"{why}: {attempt['reason']}"}

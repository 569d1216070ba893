"""The best of several SQLs for one question: all are run, and the result that most of them give is taken.

Source: execution-guided self-consistency; a result that says nothing loses to any that does. Where results
differ, each counts for more the likelier the question is, given its SQL (`reviewing.py`).
docs/experiments.md has what was measured of the rules.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import exp
from typing import NamedTuple

from ..tools.outcome import says_something
from .policy import REPAIR, Policy
from .state import Attempt, Candidate

AGREE = "samples agree"
OF_REPAIRED = 0.5
"""The weight of a repaired SQL's vote: it runs, but may be another than the model had in mind."""
REPAIRS = 2
"""Of one SQL, at most."""
CLEAR = 2 / 3
"""Of the votes: a result with more is not questioned."""
SHARPNESS = 2.0
"""A result's votes are multiplied by the likelihood of a token of the question, to this power."""
Try = Callable[[Candidate], Attempt]


class Ballot(NamedTuple):
    """One of the SQLs, with the attempts it took; the one that counts is the last."""

    attempts: list[Attempt]
    votes: int
    """How many samples say the same SQL."""
    result: str
    """Equal for SQLs that return the same rows."""

    @property
    def attempt(self) -> Attempt:
        return self.attempts[-1]

    @property
    def standing(self) -> tuple[bool, bool]:
        return self.attempt["accepted"], says_something(self.attempt["outcome"]["rows"])


def polled(candidate: Candidate, attempt: Try, policy: Policy) -> list[Ballot]:
    """Every SQL of a candidate tried, if it has rivals with its repairs; the likeliest sample goes first."""
    sqls = [candidate["sql"], *candidate.get("others", [])]
    if len(sqls) == 1:
        return [ballot([attempt(candidate)], 1)]
    votes = Counter(map(policy.key, sqls))
    distinct = {policy.key(sql): sql for sql in reversed(sqls)}
    return [
        ballot(tried_with_repair(candidate["role"], distinct[key], attempt), n) for key, n in votes.items()
    ]


def ballot(attempts: list[Attempt], votes: int) -> Ballot:
    return Ballot(attempts, votes, result(attempts[-1]))


def disputed(ballots: Sequence[Ballot]) -> list[str]:
    """The SQLs between which the likelihood of the question decides; none where the votes are clear."""
    best = max(one.standing for one in ballots)
    leading = [one for one in ballots if one.standing == best]
    weights = weighted(leading, {})
    clear = not best[0] or max(weights.values()) > CLEAR * sum(weights.values())
    return [] if clear else list(dict.fromkeys(one.attempt["sql"] for one in leading))


def elected(ballots: Sequence[Ballot], likelihoods: Mapping[str, float]) -> list[Attempt]:
    """All attempts, the elected one last. likelihoods: of the question, by each disputed SQL; or none."""
    total = sum(one.votes for one in ballots)
    if total == 1:
        return ballots[0].attempts
    weights = weighted(ballots, likelihoods)
    # The first of equals: the samples begin with the likeliest.
    best = max(ballots, key=lambda one: (one.standing, weights[one.result]))
    winner, agree = best.attempt, sum(one.votes for one in ballots if one.result == best.result)
    losers = [outvoted(other, winner) for one in ballots for other in one.attempts if other is not winner]
    if not winner["accepted"]:
        return [*losers, {**winner, "repair": None}]
    how = f"{agree} of {total} {AGREE}{', weighed by the likelihood of the question' * bool(likelihoods)}"
    return [*losers, {**winner, "reason": f"{how}: {winner['reason']}", "repair": None}]


def weighted(ballots: Sequence[Ballot], likelihoods: Mapping[str, float]) -> dict[str, float]:
    """Of each result: its votes, times the likelihood that its best SQL gives the question, sharpened."""
    votes: dict[str, float] = defaultdict(float)
    likely: dict[str, float] = defaultdict(float)
    for one in ballots:
        votes[one.result] += one.votes * (OF_REPAIRED if one.attempt["role"] == REPAIR else 1)
        found = exp(SHARPNESS * likelihoods.get(one.attempt["sql"], 0.0))
        likely[one.result] = max(likely[one.result], found)
    return {result: votes[result] * likely[result] for result in votes}


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

"""The routers as pure functions, and the policy's own checks."""

import pytest

from routesql.graph import POLICIES, Attempt, Policy, State, next_step
from routesql.graph.policy import normalised, sampling, tables
from routesql.tools.outcome import Outcome

JOINED = "SELECT a.x FROM a JOIN b ON a.i = b.i JOIN c ON b.i = c.i"


def attempt(role: str = "generator", sql: str = "SELECT 1", ran: bool = True, rows: int = 1) -> Attempt:
    outcome = Outcome("ok", rows=((1,),) * rows) if ran else Outcome("syntax", message="bad")
    return {
        "role": role,
        "sql": sql,
        "outcome": outcome.as_json(),
        "accepted": ran,
        "reason": outcome.message,
    }


def after(attempts: list[Attempt], policy: Policy) -> str:
    state: State = {"attempts": attempts}  # type: ignore[typeddict-item]
    return next_step(state, policy).next


@pytest.mark.parametrize(
    ("review", "ran", "rows", "expected"),
    [
        ("never", False, 0, "answer"),
        ("never", True, 1, "answer"),
        ("on_error", False, 0, "corrector"),
        ("on_error", True, 0, "answer"),
        ("on_empty", False, 0, "corrector"),
        ("on_empty", True, 0, "corrector"),
        ("on_empty", True, 1, "answer"),
        ("always", False, 0, "corrector"),
        ("always", True, 1, "corrector"),
    ],
)
def test_review(review: str, ran: bool, rows: int, expected: str) -> None:
    assert after([attempt(ran=ran, rows=rows)], Policy(review=review)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sql", "ran", "expected"),
    [(JOINED, True, "continuer"), ("SELECT 1", True, "answer"), ("SELECT 1", False, "continuer")],
)
def test_route_continues_what_fails_or_is_hard(sql: str, ran: bool, expected: str) -> None:
    reviewed = attempt("corrector", sql, ran)
    assert after([attempt(sql=sql, ran=ran), reviewed], Policy.route()) == expected


def test_steps_are_bounded() -> None:
    policy = Policy(review="always", corrections=3, continuations=2, hard_tables=1)
    attempts, path = [attempt(ran=False)], []
    while (step := after(attempts, policy)) != "answer":
        path.append(step)
        attempts.append(attempt(step, sql=f"SELECT {len(attempts)}", ran=False))
    assert path == ["corrector"] * 3 + ["continuer"] * 2


@pytest.mark.parametrize("name", POLICIES)
def test_named_policies_are_frozen_values(name: str) -> None:
    assert POLICIES[name]() == POLICIES[name]()
    with pytest.raises(AttributeError):
        POLICIES[name]().corrections = 9  # type: ignore[misc]


@pytest.mark.parametrize(
    "bad", [{"review": "sometimes"}, {"link": "maybe"}, {"corrections": -1}, {"max_tokens": 0}]
)
def test_a_wrong_policy_says_so(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        Policy(**bad)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("SELECT name FROM t", "select  name\nfrom t ;", True),
        ("SELECT name FROM t", "SELECT NAME FROM T -- note", True),
        ("SELECT 'a'", "SELECT 'A'", False),
        ("SELECT name FROM t", "SELECT names FROM t", False),
        ("not sql (", "not   sql (", True),
    ],
)
def test_normalised(a: str, b: str, same: bool) -> None:
    assert (normalised(a) == normalised(b)) is same


def test_tables_counts_joins_and_subqueries() -> None:
    assert tables(JOINED) == 3
    assert tables("SELECT x FROM a WHERE y IN (SELECT y FROM a)") == 2
    assert tables("not sql (") == 0


def test_later_calls_are_sampled_with_seeds_of_their_own() -> None:
    policy = Policy(seed=7, retry_temperature=0.5)
    assert [sampling(policy, n)["temperature"] for n in range(3)] == [0, 0.5, 0.5]
    assert [sampling(policy, n)["seed"] for n in range(3)] == [7, 8, 9]

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
        "repair": None,
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
    "bad",
    [
        {"review": "sometimes"},
        {"link": "maybe"},
        {"dialect": "klingon"},
        {"corrections": -1},
        {"continuations": -1},
        {"max_tokens": 0},
        {"schema_tokens": -1},
        {"question_chars": 0},
        {"turns": -1},
        {"hard_tables": 0},
        {"temperature": -0.1},
        {"retry_temperature": float("nan")},
    ],
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


@pytest.mark.parametrize(
    ("sql", "joined"),
    [
        (JOINED, 3),
        ("SELECT x FROM a, b, a AS c", 3),
        ("SELECT x FROM a WHERE y IN (SELECT y FROM a WHERE z = (SELECT max(z) FROM a))", 1),
        ("SELECT x FROM a UNION SELECT x FROM b UNION SELECT x FROM c", 1),
        ("WITH p AS (SELECT * FROM a), q AS (SELECT * FROM p JOIN b) SELECT * FROM p, q, a", 1),
        (f"SELECT x FROM a WHERE y IN ({JOINED})", 3),
        ("SELECT 1", 0),
        ("not sql (", 0),
    ],
)
def test_tables_are_those_of_one_join(sql: str, joined: int) -> None:
    assert tables(sql) == joined


def test_sql_is_read_in_the_policys_dialect() -> None:
    mysql = r"SELECT 'it\'s' FROM a, b, c"
    assert (tables(mysql), tables(mysql, "mysql")) == (0, 3)
    policy = Policy(dialect="mysql", hard_tables=3, continuations=1)
    assert after([attempt(sql=mysql)], policy) == "continuer"
    assert policy.key(mysql) == policy.key(r"select 'it\'s' from A, B, C -- again")
    assert Policy(repeat=lambda _: "one").key("abc") == "one"


def test_later_calls_are_sampled_with_seeds_of_their_own() -> None:
    policy = Policy(seed=7, retry_temperature=0.5)
    assert [sampling(policy, n)["temperature"] for n in range(3)] == [0, 0.5, 0.5]
    assert [sampling(policy, n)["seed"] for n in range(3)] == [7, 8, 9]


def test_a_checkpoint_from_before_there_were_repairs_goes_on() -> None:
    old = attempt(ran=False)
    del old["repair"]  # type: ignore[misc]
    assert after([old], Policy()) == "corrector"

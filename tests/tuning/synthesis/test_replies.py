"""What is read out of a strong model's replies."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routesql.tuning.synthesis.replies import Candidate, candidates, draft

SCRIPT = "CREATE TABLE bee (x);\nINSERT INTO bee VALUES (1);"
ONE = Candidate("Who?", "SELECT 1", "easy")


@pytest.mark.parametrize(
    "reply",
    [
        f"Domain: bee keeping\n```sql\n{SCRIPT}\n```",
        f"Sure!\n\n**Domain:** bee keeping.\n\n```sqlite\n{SCRIPT}\n```\nEnjoy; it is yours.",
        f"domain: Bee keeping\n{SCRIPT}\nCREATE TABLE brok",
        f"<think>Domain: cats</think>Domain: bee keeping\n```\n{SCRIPT}\n```",
    ],
)
def test_a_draft(reply: str) -> None:
    found = draft(reply)
    assert found is not None
    assert found.domain.lower() == "bee keeping"
    assert found.script.strip() == SCRIPT


@pytest.mark.parametrize("reply", ["", "Domain: bees", f"```sql\n{SCRIPT}\n```", "Domain: \n" + SCRIPT])
def test_no_draft(reply: str) -> None:
    assert draft(reply) is None


@pytest.mark.parametrize(
    "reply",
    [
        '{"question": "Who?", "sql": "SELECT 1"}',
        '```json\n[{"question": " Who? ", "sql": "SELECT 1"}]\n```',
        '1. {"question": "Who?", "query": "SELECT 1"} {"question": "", "sql": "SELECT 2"} {"a": 1} {broken',
        '{"questions": {"question": "Who?", "sql": "SELECT 1"}, "more"',
    ],
)
def test_candidates(reply: str) -> None:
    assert candidates(reply, "easy") == [ONE]


@settings(deadline=None)
@given(st.text() | st.text(alphabet='{}[]":,\\` \nqueryDomain;CREATETABLE'))
def test_any_text_is_read(reply: str) -> None:
    draft(reply)
    assert all(one.question and one.sql for one in candidates(reply, "easy"))


def test_deep_nesting_is_no_error() -> None:
    assert candidates('{"a":' * 5_000, "easy") == []

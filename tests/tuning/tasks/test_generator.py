"""The gold SQL as a model is to write it, and which gold SQL it is not to learn from."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routesql.agents import generator
from routesql.tools import Limits, execute
from routesql.tuning.noise_filter import LeftOut
from routesql.tuning.tasks.generator import examples
from routesql.tuning.tasks.question import LINKED, Question
from routesql.tuning.wording import plain

from .conftest import Ask

HANGS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
UNFIT = {
    "no SQL": ("Ada", "no_query"),
    "does not parse": ("SELECT FROM WHERE", "syntax"),
    "writes": ("DELETE FROM singer", "no_query"),
    "two statements": ("SELECT 1; SELECT 2", "no_query"),
    "empty": ("", "refused"),
    "no such column": ("SELECT age FROM singer", "unknown_name"),
    "no such table": ("SELECT * FROM venue", "unknown_name"),
    "refused": ("SELECT load_extension('x')", "refused"),
    "does not run": ("SELECT max(min(born)) FROM singer", "runtime"),
}


@pytest.mark.parametrize(("gold", "reason"), UNFIT.values(), ids=UNFIT)
def test_gold_that_is_left_out(gold: str, reason: str, admit: Callable[..., Question | LeftOut]) -> None:
    found = admit(gold)
    assert isinstance(found, LeftOut)
    assert (found.reason, found.gold) == (reason, gold)
    assert found.message
    assert "\n" not in found.message


def test_gold_that_hangs_is_left_out(
    admit: Callable[..., Question | LeftOut], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the 15 seconds that the live graph gives it; here after less."""
    hurried = partial(execute, limits=Limits(seconds=0.2))
    monkeypatch.setattr(
        "routesql.tuning.noise_filter.execute", lambda database, sql, **_: hurried(database, sql)
    )
    found = admit(HANGS)
    assert isinstance(found, LeftOut)
    assert (found.reason, found.message) == ("timeout", "stopped after 0.2 seconds")


@pytest.mark.parametrize(
    ("gold", "learnt"),
    [
        ("SELECT  name\nFROM\tsinger ;", "SELECT name FROM singer"),
        ("select name from singer where country = 'two  spaces'",) * 2,
        ('SELECT name FROM singer WHERE country = "two\n lines"',) * 2,
        ("SELECT name -- why\nFROM singer /* so */", "SELECT name FROM singer"),
        ("SELECT name FROM singer WHERE born > = 1990", "SELECT name FROM singer WHERE born >= 1990"),
        ("SELECT count( * ) , T1.name FROM singer AS T1",) * 2,
    ],
)
def test_spacing_is_made_plain_and_nothing_else(gold: str, learnt: str, ask: Ask) -> None:
    (line, *_) = examples(ask(gold))
    assert line.completion == learnt


@given(st.text(st.sampled_from(" \n\t'\"`;ab,()=<>!-/*1"), max_size=30))
def test_plain_is_settled_at_once(sql: str) -> None:
    once = plain(sql)
    assert plain(once) == once


def test_a_quarter_has_links_that_hold_the_gold_ones(ask: Ask) -> None:
    gold = "SELECT name FROM singer WHERE born > 1980"
    found = [ask(gold, seed=seed) for seed in range(120)]
    linked = [question for question in found if question.linked]
    assert LINKED / 2 < len(linked) / len(found) < LINKED * 2
    for question in linked:
        assert question.linked is not None
        assert question.linked.links is not None
        assert len(set(question.links.columns) - set(question.linked.links.columns)) <= 1
        plain_line, linked_line = examples(question)
        assert "/* Relevant columns */\nsinger: " in linked_line.user
        assert linked_line.user.startswith(plain_line.user.split("/* Values")[0].split("Write one")[0])
        assert generator.parse(linked_line.completion) == gold
    extras = {question.linked.links for question in linked if question.linked}
    assert len(extras) > 3

"""Beginnings of the gold SQL."""

from routesql.agents import continuer
from routesql.tuning.tasks.continuer import ALONE, examples
from routesql.tuning.tasks.line import Line
from routesql.tuning.tasks.samples import Sample

from .conftest import Ask

GOLD = "SELECT name FROM singer WHERE country = 'New  France' AND born > 1980 ORDER BY born DESC LIMIT 3"


def prefix_of(line: Line) -> str:
    return line.user.split("/* Incomplete SQL */\n")[1].split("\n\nComplete the SQLite query")[0]


def test_cuts_of_the_gold(ask: Ask) -> None:
    lines = [line for seed in range(90) for line in examples(ask(GOLD, seed=seed))]
    by_kind: dict[str, set[str]] = {}
    for line in lines:
        prefix = prefix_of(line)
        assert GOLD.startswith(prefix)
        assert line.completion == GOLD
        assert continuer.parse(line.completion, prefix) == GOLD
        # The rest alone is understood as well: the cut splits no word and no literal.
        assert continuer.parse(GOLD[len(prefix) :], prefix) == GOLD
        by_kind.setdefault(line.kind, set()).add(prefix)
    assert by_kind["prefix:select"] == {"SELECT"}
    clauses = {GOLD[:at].strip() for at in map(GOLD.index, ("FROM", "WHERE", "AND", "ORDER", "LIMIT"))}
    assert by_kind["prefix:clause"] == clauses
    assert len(by_kind["prefix:token"] - clauses) > 5
    alone = sum(line.kind == "prefix:select" for line in lines) / len(lines)
    assert ALONE / 2 < alone < 2 * ALONE


def test_a_wrong_answer_is_cut_where_it_leaves_the_gold(ask: Ask) -> None:
    samples = (
        Sample("SELECT name from singer", correct=True),
        Sample("SELECT country FROM singer", correct=False),
        Sample("select NAME FROM singer WHERE country = 'Spain'", correct=False),
        Sample("", correct=False),
    )
    (line,) = examples(ask(GOLD, samples=samples))
    assert line.kind == "prefix:sample"
    assert prefix_of(line) == "SELECT name FROM singer WHERE country ="


def test_wrong_answers_that_share_nothing_or_all_are_of_no_use(ask: Ask) -> None:
    samples = (Sample("WITH a AS (SELECT 1) SELECT 2", correct=False), Sample(GOLD + ", 4", correct=False))
    (line,) = examples(ask(GOLD, samples=samples))
    assert line.kind != "prefix:sample"


def test_the_shortest_gold_has_its_first_word(ask: Ask) -> None:
    for seed in range(20):
        (line,) = examples(ask("SELECT 1", seed=seed))
        assert prefix_of(line) == "SELECT"

"""BIRD's valid efficiency score."""

from dataclasses import replace

import pytest

from routesql.tuning.corpora import Corpus
from routesql.tuning.evaluation.efficiency import efficiency, rooted, usual_mean
from routesql.tuning.evaluation.judge import Question, Score
from routesql.tuning.evaluation.run_folder import Answer
from routesql.tuning.evaluation.scoring import Scored

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT max(i) FROM n"


def answer(name: str, sql: str, score: Score) -> Answer:
    return Answer(Scored(name, "singers", "simple", sql, score))


def test_what_lies_far_off_is_left_out() -> None:
    assert usual_mean([1.0] * 99 + [1_000.0]) == 1.0
    assert usual_mean([2.0]) == 2.0
    assert usual_mean([1.0, 3.0]) == 2.0


def test_the_same_sql_is_about_100_and_a_wrong_one_is_0(corpus: Corpus) -> None:
    bird = replace(corpus, rule="bird", examples=tuple(replace(e, gold=SLOW) for e in corpus.examples))
    same, wrong, unscored = (
        answer("0", SLOW, "right"),
        answer("1", "SELECT 1", "wrong"),
        answer("2", "", "unscored"),
    )
    assert efficiency(bird, [same], repeats=5) == pytest.approx(100, rel=0.5)
    assert efficiency(bird, [same, wrong, unscored], repeats=5) == pytest.approx(50, rel=0.5)
    assert efficiency(bird, [answer("0", "SELECT 200000", "right")], repeats=3) > 200
    assert efficiency(bird, [wrong]) == 0
    assert efficiency(bird, [unscored]) == 0


def test_one_that_no_longer_runs_is_0(corpus: Corpus) -> None:
    files = (corpus.databases["singers"],)
    assert rooted(Question("bird", "SELECT 1", "SELECT nam FROM singer", files), 2) == 0

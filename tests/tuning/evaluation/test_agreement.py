"""Published predictions get their published verdicts."""

import csv
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from routesql.tuning.corpora import open_bird, open_spider
from routesql.tuning.evaluation.predictions import read_predictions
from routesql.tuning.evaluation.report import report
from routesql.tuning.evaluation.run_folder import Answer
from routesql.tuning.evaluation.scoring import Prediction, score

DATA = Path(os.environ.get("ROUTESQL_DATA", Path(__file__).parents[4] / "shared" / "data"))
PUBLISHED = DATA / "published"
SPIDER = PUBLISHED / "route-qwen2.5-14b-msft-spider-dev.csv"
BIRD = PUBLISHED / "route-qwen2.5-14b-msft-bird-dev.csv"
LEVELS = ("easy", "medium", "hard", "extra", "all")
MEASURES = {"ACCURACY": "precision", "RECALL": "recall", "F1": "f1"}

pytestmark = pytest.mark.skipif(not SPIDER.exists(), reason=f"no published predictions in {PUBLISHED}")


@pytest.fixture(scope="module")
def spider() -> tuple[dict[str, Any], float]:
    """The report of all 1,034, and how long scoring took."""
    corpus = open_spider(DATA / "spider")
    predictions = read_predictions(SPIDER, corpus)
    start = time.monotonic()
    answers = [Answer(scored) for _, scored in score(corpus, predictions)]
    return report(corpus, {}, answers), time.monotonic() - start


def logged() -> Iterator[tuple[str, str, Sequence[float]]]:
    """(section, row, numbers by level) of the published log."""
    section = ""
    for line in SPIDER.with_suffix(".log.txt").read_text(encoding="utf-8").splitlines():
        if title := re.search(r"[=-]{5,}\s*([A-Z1 ]+?)\s*[=-]{5,}", line):
            section = title[1]
        elif row := re.match(r"(\S.*?)((?:\s+\d+(?:\.\d+)?){5})\s*$", line):
            yield section, row[1], [float(number) for number in row[2].split()]


def test_the_log_is_read_whole() -> None:
    assert len(list(logged())) == 1 + 1 + 1 + 3 * 10


def test_execution_match(spider: tuple[dict[str, Any], float]) -> None:
    found, _ = spider
    assert (found["n"], found["unscored"]) == (1034, 0)
    assert found["ex"] == pytest.approx(0.870, abs=0.002)


def test_exact_match_by_hardness(spider: tuple[dict[str, Any], float]) -> None:
    found, _ = spider
    groups = {**found["by_difficulty"], "all": found}
    (counts,) = [numbers for _, row, numbers in logged() if row == "count"]
    (exact,) = [numbers for _, row, numbers in logged() if row == "exact match"]
    assert [groups[level]["n"] for level in LEVELS] == counts
    assert [round(groups[level]["em"], 3) for level in LEVELS] == exact
    assert exact == [0.956, 0.857, 0.707, 0.566, 0.809]


def test_every_component_to_three_digits(spider: tuple[dict[str, Any], float]) -> None:
    found, _ = spider
    for section, row, numbers in logged():
        if section.startswith("PARTIAL MATCHING"):
            measure = MEASURES[section.split()[-1]]
            mine = [round(found["components"][row][level][measure], 3) for level in LEVELS]
            assert mine == numbers, (measure, row)


def test_scoring_a_thousand_takes_seconds(spider: tuple[dict[str, Any], float]) -> None:
    assert spider[1] < 60  # 30 on a machine with nothing else to do


def test_bird_where_the_question_is_still_the_one_that_was_asked() -> None:
    """The CSV's row is the question's number; 5 of the 129 were reworded between BIRD's versions.

    Plain `sqlite3` with sets of rows gives the same 110.
    """
    corpus = open_bird(DATA / "bird")
    with BIRD.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    same = [one for one in corpus.examples if rows[int(one.id)]["NLQ"].strip() == one.question.strip()]
    assert (len(corpus.examples), len(same)) == (129, 124)
    judged = score(corpus, [Prediction(one, rows[int(one.id)]["Predict"]) for one in same])
    scores = [scored.score for _, scored in judged]
    assert (scores.count("right"), scores.count("unscored")) == (110, 0)

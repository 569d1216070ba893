"""Precision and recall of schema linking against what the gold SQL reads."""

from typing import Any

import pytest

from routesql.tuning.corpora import Corpus
from routesql.tuning.evaluation.linking import linking
from routesql.tuning.evaluation.report import markdown, report
from routesql.tuning.evaluation.run_folder import Answer
from routesql.tuning.evaluation.scoring import Scored


def answer(corpus: Corpus, index: int, links: dict[str, Any] | None) -> Answer:
    example = corpus.examples[index]
    return Answer(Scored(example.id, "singers", "easy", "SELECT 1", "right"), links=links)


def test_what_is_missing_and_what_is_too_much(corpus: Corpus) -> None:
    # Used: singer and none of its columns; singer with name and country; singer with name and born.
    columns = [["singer", "name"], ["concert", "year"]]
    answers = [
        answer(corpus, 0, {"tables": ["singer"], "columns": []}),
        answer(corpus, 1, {"tables": ["singer", "concert"], "columns": columns}),
        answer(corpus, 2, {"tables": [], "columns": []}),
    ]
    found = linking(corpus, answers)
    assert found["tables"] == {"n": 3, "precision": 2 / 3, "recall": 2 / 3, "whole": pytest.approx(2 / 3)}
    assert found["columns"] == {"n": 2, "precision": 1 / 2, "recall": 1 / 4, "whole": 0.0}
    text = markdown(report(corpus, {"corpus": "spider", "split": "dev"}, answers, linking=found))
    assert "| columns | 2 | 50.0 | 25.0 | 0.0 |" in text


def test_columns_to_join_on_are_used(corpus: Corpus) -> None:
    columns = [["singer", "name"], ["singer", "singer_id"], ["concert", "singer_id"], ["concert", "year"]]
    found = linking(corpus, [answer(corpus, 3, {"tables": ["singer", "concert"], "columns": columns})])
    assert found["columns"] == {"n": 1, "precision": 1.0, "recall": 1.0, "whole": 1.0}


def test_without_a_linker_nothing_is_measured(corpus: Corpus) -> None:
    answers = [answer(corpus, 0, None)]
    assert linking(corpus, answers) == {}
    assert "linking" not in report(corpus, {"corpus": "spider", "split": "dev"}, answers)

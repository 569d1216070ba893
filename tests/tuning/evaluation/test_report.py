"""What a report counts, and the charts."""

from dataclasses import replace
from pathlib import Path

import pytest

from routesql.tuning.corpora import Corpus
from routesql.tuning.evaluation import ablation, charts
from routesql.tuning.evaluation.exact_match import Component
from routesql.tuning.evaluation.judge import Score
from routesql.tuning.evaluation.report import component, markdown, report
from routesql.tuning.evaluation.role_effects import Effect
from routesql.tuning.evaluation.run_folder import Answer
from routesql.tuning.evaluation.scoring import Scored

SETTING = {"corpus": "spider", "split": "dev", "model": "some/model"}


def answer(
    name: str, score: Score, difficulty: str = "easy", exact: bool | None = None, kind: str = ""
) -> Answer:
    usage = {
        "calls": 2,
        "prompt_tokens": 100,
        "cached_tokens": 75,
        "completion_tokens": 10,
        "given_up": 3,
        "seconds": 1.5,
    }
    return Answer(Scored(name, "singers", difficulty, "SELECT 1", score, kind, "", exact, {}), usage=usage)


ANSWERS = [
    answer("0", "right", exact=True),
    answer("1", "wrong", exact=False, kind="syntax"),
    answer("2", "right", "extra", exact=False),
    answer("3", "unscored", "unknown", kind="gold"),
]


def test_fractions_at_the_top_and_the_unscored_beside_them(corpus: Corpus) -> None:
    found = report(corpus, SETTING, ANSWERS)
    assert (found["n"], found["unscored"]) == (3, 1)
    assert (found["ex"], found["em"]) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    low, high = found["ex_95"]
    assert 0 < low < found["ex"] < high < 1
    assert list(found["by_difficulty"]) == ["easy", "extra"]
    assert found["by_difficulty"]["easy"]["n"] == 2
    assert found["by_difficulty"]["easy"]["ex"] == 0.5
    assert found["by_database"]["singers"]["n"] == 3
    assert found["kinds"] == {"ran": 2, "syntax": 1, "gold": 1}
    assert found["setting"] == SETTING


def test_a_second_count_without_some_databases(corpus: Corpus) -> None:
    wrong = answer("1", "wrong")
    answers = [answer("0", "right"), replace(wrong, scored=replace(wrong.scored, database="broken"))]
    found = report(corpus, SETTING, answers, without=["broken"])
    assert (found["n"], found["ex"]) == (2, 0.5)
    assert {key: found["without"][key] for key in ("databases", "n", "ex")} == {
        "databases": ["broken"],
        "n": 1,
        "ex": 1.0,
    }
    assert "| without broken | 1 | 100.0 |" in markdown(found)
    assert "without" not in report(corpus, SETTING, answers)


def test_cost_per_question(corpus: Corpus) -> None:
    cost = report(corpus, SETTING, ANSWERS)["cost"]
    assert (cost["calls"], cost["cache_hit_rate"], cost["given_up"], cost["seconds"]) == (2, 0.75, 3, 1.5)


@pytest.mark.parametrize(
    ("setting", "rule"), [({}, "execution match"), ({"suites": "some/folder"}, "test suite")]
)
def test_the_rule_stands_beside_the_number(setting: dict[str, str], rule: str, corpus: Corpus) -> None:
    found = report(corpus, {**SETTING, **setting}, ANSWERS)
    assert found["rule"]["ex"].startswith(f"Spider {rule}")
    assert "DISTINCT ignored" in found["rule"]["ex"]
    assert "exact set match" in found["rule"]["em"]
    text = markdown(found)
    assert found["rule"]["ex"] in text
    assert "| all | 3 | 66.7 |" in text
    assert "1 answers could not be scored" in text


def test_component_scores() -> None:
    parts = [Component(True, 1, 1), Component(False, 1, 0), Component(False, 0, 1), Component(True, 0, 0)]
    answers = [
        Answer(Scored(str(i), "d", "easy", "", "right", components={"where": part}))
        for i, part in enumerate(parts)
    ]
    assert component("where", answers) == {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert component("where", answers[3:]) == {"precision": 0.0, "recall": 0.0, "f1": 1.0}


def test_charts_are_pictures(corpus: Corpus, tmp_path: Path) -> None:
    found = report(corpus, SETTING, ANSWERS, {"corrector": Effect(3, 2, 1)})
    drawn = charts.draw(found, [0.5, 1.5, 2.0], tmp_path)
    assert [path.name for path in drawn] == ["by_difficulty.png", "roles.png", "seconds.png"]
    drawn.append(charts.against_calls({"generator": found, "route": found}, tmp_path / "calls.png"))
    assert {path.read_bytes()[:4] for path in drawn} == {b"\x89PNG"}


def test_nothing_that_can_be_scored(corpus: Corpus, tmp_path: Path) -> None:
    found = report(corpus, SETTING, [answer("3", "unscored", "unknown", kind="gold")])
    assert (found["n"], found["ex"], found["em"], found["unscored"]) == (0, None, None, 1)
    assert "| all | 0 |" in markdown(found)
    assert charts.draw(found, [], tmp_path) == []


def test_the_ablation_is_one_table_of_all_steps(corpus: Corpus) -> None:
    found = report(corpus, SETTING, ANSWERS)
    refused = {key: value for key, value in found.items() if key != "cost"}
    text = ablation.markdown({**dict.fromkeys(ablation.STEPS, found), "route": refused})
    assert text.count("\n") == 2 + len(ablation.STEPS)
    assert "| + corrector | 3 | 66.7 |" in text
    (route,) = (row for row in text.splitlines() if row.startswith("| route |"))
    assert route.endswith(" |  |  |  |  |")
    assert len({repr(policy()) for policy in ablation.STEPS.values()}) == len(ablation.STEPS)

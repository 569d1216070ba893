"""The graph over a corpus, with a scripted model: stopped, gone on with, sampled, reported."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from routesql.agents.model import ScriptedModel
from routesql.graph import Policy
from routesql.tuning.corpora import Corpus, open_spider
from routesql.tuning.evaluation import evaluate as evaluation
from routesql.tuning.evaluation.evaluate import evaluate
from routesql.tuning.evaluation.judge import Score
from routesql.tuning.evaluation.report import markdown, report
from routesql.tuning.evaluation.role_effects import Effect, role_effects
from routesql.tuning.evaluation.run_folder import Answer, RunFolder
from routesql.tuning.evaluation.scoring import Scored

Build = Callable[..., Path]
SETTING = {"corpus": "spider", "split": "dev", "model": "scripted"}
BROKEN = "SELECT shoe FROM singer"


def said(corpus: Corpus, *, first: dict[str, str] | None = None) -> Callable[[list[BaseMessage]], str]:
    """Gold for every question; `first`: what comes before it, by question."""

    def reply(messages: list[BaseMessage]) -> str:
        text = messages[-1].text
        example = next(one for one in corpus.examples if one.question in text)
        return (first or {}).pop(example.question, example.gold)

    return reply


def run(
    corpus: Corpus,
    model: ScriptedModel,
    folder: RunFolder,
    policy: Policy | None = None,
    samples: int = 1,
    judged: Callable[[Answer], None] = lambda _: None,
) -> list[Answer]:
    done = folder.start(SETTING)
    evaluate(
        corpus,
        corpus.examples,
        model,
        policy or Policy.fast(),
        folder,
        done,
        samples=samples,
        judged=judged,
    )
    return sorted(folder.answers(), key=lambda one: one.key)


def test_every_question_is_asked_once_and_judged(corpus: Corpus, tmp_path: Path) -> None:
    model = ScriptedModel(said(corpus))
    answers = run(corpus, model, RunFolder(tmp_path / "run"))
    assert [answer.key for answer in answers] == [("0", 0), ("1", 0), ("2", 0), ("3", 0)]
    assert {(answer.scored.score, answer.scored.exact) for answer in answers} == {("right", True)}
    assert len(model.prompts) == 4
    first = answers[0]
    assert first.usage
    assert first.usage["calls"] == 1
    assert first.usage["prompt_tokens"] > 0
    assert [attempt["role"] for attempt in first.attempts] == ["generator"]
    assert set(first.attempts[0]) == {"role", "sql", "accepted", "reason", "kind"}


class StopError(Exception):
    pass


@pytest.mark.parametrize("error", [StopError, KeyboardInterrupt])
def test_stopped_and_started_again_asks_only_what_is_left(
    error: type[BaseException], corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "CONCURRENT", 1)
    folder, seen = RunFolder(tmp_path / "run"), []

    def stop(answer: Answer) -> None:
        seen.append(answer.key)
        if len(seen) == 2:
            raise error

    with pytest.raises(error):
        run(corpus, ScriptedModel(said(corpus)), folder, judged=stop)
    assert not multiprocessing.active_children()
    kept = folder.answers_file.read_bytes()
    assert kept.count(b"\n") == 2
    again = ScriptedModel(said(corpus))
    answers = run(corpus, again, folder)
    assert len(again.prompts) == 2
    assert folder.answers_file.read_bytes().startswith(kept)
    assert [answer.key for answer in answers] == [("0", 0), ("1", 0), ("2", 0), ("3", 0)]
    idle = ScriptedModel([])
    assert run(corpus, idle, folder) == answers
    assert idle.prompts == []


def test_a_torn_line_is_asked_again(corpus: Corpus, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    run(corpus, ScriptedModel(said(corpus)), folder)
    folder.answers_file.write_bytes(folder.answers_file.read_bytes()[:-20])
    again = ScriptedModel(said(corpus))
    assert len(run(corpus, again, folder)) == 4
    assert len(again.prompts) == 1


def test_an_error_of_the_model_stops_the_run_and_keeps_what_is_done(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "CONCURRENT", 1)
    folder, gold = RunFolder(tmp_path / "run"), said(corpus)
    calls = 0

    def third_fails(messages: list[BaseMessage]) -> str:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise StopError
        return gold(messages)

    with pytest.raises(StopError):
        run(corpus, ScriptedModel(third_fails), folder)
    assert len(run(corpus, ScriptedModel(gold), folder)) == 4


def test_samples_are_answers_of_their_own(corpus: Corpus, tmp_path: Path) -> None:
    model = ScriptedModel(said(corpus, first={corpus.examples[0].question: BROKEN}))
    answers = run(corpus, model, RunFolder(tmp_path / "run"), samples=3)
    assert [answer.key for answer in answers] == [(str(n), sample) for n in range(4) for sample in range(3)]
    found = report(corpus, {**SETTING, "samples": 3}, answers)
    assert found["n"] == 12
    assert found["ex"] == pytest.approx(11 / 12)
    assert found["ex_any_sample"] == 1


def test_samples_differ_in_seed_and_are_not_greedy() -> None:
    policies = [evaluation.sampled(Policy(), sample, 3) for sample in range(3)]
    assert len({policy.seed for policy in policies}) == 3
    assert {policy.temperature for policy in policies} == {0.7}
    assert evaluation.sampled(Policy(), 0, 1) == Policy()
    assert evaluation.sampled(Policy(temperature=1.0), 1, 2).temperature == 1.0


def test_a_question_that_cannot_be_asked_is_a_wrong_answer(spider_folder: Build, tmp_path: Path) -> None:
    corpus = open_spider(spider_folder([("  ", "SELECT 1"), ("How many?", "SELECT count(*) FROM singer")]))
    refused, right = run(corpus, ScriptedModel(["SELECT count(*) FROM singer"]), RunFolder(tmp_path / "run"))
    assert (refused.scored.score, refused.scored.kind) == ("wrong", "empty")
    assert "the question is empty" in refused.attempts[0]["reason"]
    assert right.scored.score == "right"


def test_a_slow_model_is_no_timeout(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "CONCURRENT", 1)
    monkeypatch.setattr("routesql.tuning.evaluation.scoring.hard_limit", lambda _: 3)
    gold = said(corpus)

    def slow(messages: list[BaseMessage]) -> str:
        time.sleep(2)
        return gold(messages)

    answers = run(corpus, ScriptedModel(slow), RunFolder(tmp_path / "run"))
    assert [answer.scored.score for answer in answers] == ["right"] * 4


def attempt(role: str, sql: str, accepted: bool = True) -> dict[str, Any]:
    return {"role": role, "sql": sql, "accepted": accepted, "reason": "", "kind": "ok"}


def answered(name: str, attempts: Sequence[dict[str, Any]], score: Score = "right") -> Answer:
    return Answer(
        Scored(name, "singers", "easy", attempts[-1]["sql"], score),
        attempts=tuple(attempts),
        usage={"calls": len(attempts), "prompt_tokens": 10, "cached_tokens": 5, "seconds": 1.0},
    )


def test_role_effects(corpus: Corpus) -> None:
    right = [example.gold for example in corpus.examples]
    answers = [
        answered(
            "0",
            [attempt("generator", "SELECT 99"), attempt("corrector", right[0])],
        ),
        answered(
            "1",
            [attempt("generator", right[1]), attempt("corrector", "SELECT 99")],
            "wrong",
        ),
        answered(
            "2",
            [attempt("generator", BROKEN, False), attempt("continuer", right[2])],
        ),
        answered(
            "3",
            [attempt("generator", right[3]), attempt("corrector", "SELECT 1", False)],
        ),
        answered(
            "3",
            [attempt("generator", right[3]), attempt("corrector", right[3])],
        ),
        answered(
            "3",
            [attempt("generator", "SELECT 98"), attempt("corrector", "SELECT 99")],
            "wrong",
        ),
    ]
    effects = role_effects(corpus, answers)
    assert effects == {
        "corrector": Effect(changed=3, better=1, worse=1),
        "continuer": Effect(changed=1, better=1, worse=0),
    }
    text = markdown(report(corpus, SETTING, answers, effects))
    assert "| corrector | 3 | 1 | 1 |" in text


def test_the_winner_of_a_vote_is_no_roles_merit(corpus: Corpus) -> None:
    right = corpus.examples[0].gold
    elected = {**attempt("repair", right), "reason": "3 of 5 samples agree: 1 row"}
    assert role_effects(corpus, [answered("0", [attempt("generator", BROKEN, False), elected])]) == {}


def test_a_corrector_at_work(corpus: Corpus, tmp_path: Path) -> None:
    """The whole of it: a query that fails, put right by the corrector, and counted as its merit."""
    first = {corpus.examples[0].question: BROKEN}
    answers = run(corpus, ScriptedModel(said(corpus, first=first)), RunFolder(tmp_path / "run"), Policy())
    assert [answer.scored.score for answer in answers] == ["right"] * 4
    assert role_effects(corpus, answers) == {"corrector": Effect(1, 1, 0)}

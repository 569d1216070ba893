"""What is drawn for a question: so many SQLs, by the prompt that the graph would show."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import Field

from routesql.agents.model import ScriptedModel
from routesql.graph import Policy, build_graph
from routesql.tools import Database
from routesql.tuning.noise_filter import Pair
from routesql.tuning.synthesis.sampling import Sampling, drawn


class Tuned(ScriptedModel):
    tuned: bool = True


class Sampled(ScriptedModel):
    """Keeps the options that it is called with."""

    temperature: float = 0.0
    seed: int = 0
    calls: list[dict[str, Any]] = Field(default_factory=list)

    def __init__(self) -> None:
        super().__init__(lambda _: "SELECT 1")

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> ChatResult:
        self.calls.append(options)
        return super()._generate(messages, stop, run_manager)


def test_so_many_of_each_question_together(pairs: list[Pair], tmp_path: Path) -> None:
    found = list(drawn(pairs, ScriptedModel(lambda _: "SELECT 1"), Sampling(samples=3), tmp_path))
    assert sorted(one.pair.id for one in found) == sorted(pair.id for pair in pairs)
    assert {one.sqls for one in found} == {("SELECT 1",) * 3}


@pytest.mark.parametrize("kind", [ScriptedModel, Tuned])
def test_the_prompt_is_the_graphs(kind: type[ScriptedModel], pairs: list[Pair], tmp_path: Path) -> None:
    ours, theirs = kind(lambda _: "SELECT 1"), kind(lambda _: "SELECT 1")
    pair = pairs[1]
    list(drawn([pair], ours, Sampling(samples=1), tmp_path))
    with Database.open(pair.file, cache=None) as database:
        graph = build_graph(theirs, database, Policy(samples=1, review="never"))
        graph.invoke({"question": pair.example.question})
    assert ours.prompts[0] == theirs.prompts[0]


def test_draws_differ_by_question_and_sample_and_come_again(pairs: list[Pair], tmp_path: Path) -> None:
    def seeds(seed: int) -> list[int]:
        model = Sampled()
        list(drawn(pairs, model, Sampling(4, 0.8, seed), tmp_path))
        assert {call["temperature"] for call in model.calls} == {0.8}
        return sorted(call["seed"] for call in model.calls)

    assert len(set(seeds(0))) == 4 * len(pairs)
    assert seeds(0) == seeds(0) != seeds(1)


def test_what_cannot_be_asked_has_no_sql(pairs: list[Pair], tmp_path: Path) -> None:
    silent = replace(pairs[0], example=replace(pairs[0].example, question="  "))
    (one,) = drawn([silent], ScriptedModel([]), Sampling(samples=2), tmp_path)
    assert one.sqls == ("", "")

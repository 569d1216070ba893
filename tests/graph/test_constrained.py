"""Constrained decoding in the graph: who gets a grammar, and what is said when it is left."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatResult

from routesql.agents import ScriptedModel
from routesql.agents.model.scripted import Script
from routesql.graph import Policy, build_graph
from routesql.tools.database import Database

NAMES = "SELECT name FROM singer"
BROKEN = "SELECT shoe FROM singer"


class Grammatical(ScriptedModel):
    """Takes a grammar, as LocalModel does, and notes those it was given."""

    lark: str = ""

    def __init__(self, replies: Script) -> None:
        super().__init__(replies)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.metadata = {"given": [*(self.metadata or {}).get("given", []), kwargs.get("lark", "")]}
        return super()._generate(messages, stop, run_manager, **kwargs)

    @property
    def given(self) -> list[str]:
        return list((self.metadata or {}).get("given", []))


def test_those_who_write_sql_get_the_schemas_grammar_and_the_linker_none(singers: Database) -> None:
    model = Grammatical(["singer: name", BROKEN, NAMES])
    policy = Policy(constrained=True, link="linker", repair=False)
    build_graph(model, singers, policy).invoke({"question": "Who?"})
    linker, generator, corrector = model.given
    assert linker == ""
    assert "singer_id" in generator
    assert "The SQL is correct" not in generator.replace("\\", "")
    assert "The SQL is correct" in corrector.replace("\\", "")


@pytest.mark.parametrize("policy", [Policy(), Policy.fast(), Policy.route()])
def test_none_is_given_unless_the_policy_says_so(singers: Database, policy: Policy) -> None:
    model = Grammatical(lambda _: NAMES)
    build_graph(model, singers, policy).invoke({"question": "Who?"})
    assert set(model.given) == {""}


def test_a_model_that_takes_no_grammar_answers_as_ever(singers: Database) -> None:
    result = build_graph(ScriptedModel([NAMES]), singers, Policy(constrained=True)).invoke(
        {"question": "Who?"}
    )
    assert result["status"] == "answered"


@pytest.mark.parametrize("replies", [[NAMES], lambda _: NAMES])
def test_a_grammar_that_was_left_is_in_the_trace(
    singers: Database, replies: list[str] | Callable[[list[BaseMessage]], str]
) -> None:
    left = AIMessage(NAMES, response_metadata={"given_up": "the grammar leads nowhere"})
    graph = build_graph(Grammatical([left]), singers, Policy(constrained=True))
    events = list(graph.stream({"question": "Who?"}, stream_mode="custom"))
    assert {"event": "unconstrained", "role": "generator", "reason": "the grammar leads nowhere"} in events
    again = build_graph(Grammatical([left, left]), singers, Policy(constrained=True, samples=2))
    assert again.invoke({"question": "Who?"})["usage"]["given_up"] == 2
    kept = build_graph(Grammatical(replies), singers, Policy(constrained=True))
    assert kept.invoke({"question": "Who?"})["usage"]["given_up"] == 0
    kept = build_graph(Grammatical(replies), singers, Policy(constrained=True))
    events = list(kept.stream({"question": "Who?"}, stream_mode="custom"))
    assert all(event["event"] != "unconstrained" for event in events)


def test_the_corrector_is_told_what_is_doubtful_in_an_sql_that_found_nothing(singers: Database) -> None:
    model = ScriptedModel(["SELECT name FROM singer WHERE born > 'x'", NAMES])
    build_graph(model, singers, Policy(review="on_empty")).invoke({"question": "Who?"})
    prompt = model.prompts[-1][-1].text
    assert "/* Doubts */\nit returns no rows; born > 'x': born holds numbers" in prompt
    assert "/* Execution error */" not in prompt

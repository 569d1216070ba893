"""Which question is asked, and what the roles are told of the conversation before it."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Command

from routesql.agents.model import ScriptedModel
from routesql.graph import Policy, build_graph
from routesql.tools.database import Database
from routesql.tools.errors import QuestionError

COUNT = "SELECT count(*) FROM singer"
NAMES = "SELECT name FROM singer"
BROKEN = "SELECT shoe FROM singer"
THREAD: Any = {"configurable": {"thread_id": "1"}}


def saver() -> InMemorySaver:
    return InMemorySaver(serde=JsonPlusSerializer(allowed_msgpack_modules=()))


def told(model: ScriptedModel) -> str:
    """The last prompt."""
    return model.prompts[-1][-1].text


@pytest.mark.parametrize("end", ["crash", "interrupt"])
def test_a_new_question_replaces_one_that_was_never_answered(end: str, singers: Database) -> None:
    model, kept = ScriptedModel([] if end == "crash" else [NAMES]), saver()
    graph = build_graph(model, singers, Policy(approve=end == "interrupt"), checkpointer=kept)
    try:
        graph.invoke({"question": "the old one?", "hint": "the old hint"}, THREAD)
    except Exception as error:  # noqa: BLE001
        assert "ran out" in str(error)  # noqa: PT017
    healthy = ScriptedModel([COUNT, COUNT])
    graph = build_graph(healthy, singers, checkpointer=kept)
    graph.invoke({"question": "the new one?"}, THREAD)
    assert "the new one?" in told(healthy)
    assert "the old" not in told(healthy)
    result = graph.invoke({"question": "a third?"}, THREAD)
    assert "the new one?" in told(healthy)
    assert "the old" not in told(healthy)
    asked = [message.text for message in result["messages"] if message.type == "human"]
    assert asked == ["the old one?", "the new one?", "a third?"]


def test_a_question_goes_before_the_messages_beside_it(singers: Database) -> None:
    model = ScriptedModel([COUNT])
    history: list[AnyMessage] = [HumanMessage("hi there")]
    result = build_graph(model, singers).invoke({"question": "How many?", "messages": history})
    assert "How many?" in told(model)
    assert "hi there" not in told(model)
    assert [message.text for message in result["messages"][:2]] == ["hi there", "How many?"]


def test_the_question_may_end_the_messages_too(singers: Database) -> None:
    history: list[AnyMessage] = [HumanMessage("How many? ")]
    graph = build_graph(ScriptedModel([COUNT]), singers)
    assert len(graph.invoke({"question": "How many?", "messages": history})["messages"]) == 2


def test_question_and_message_may_take_turns_in_one_thread(singers: Database) -> None:
    model = ScriptedModel([COUNT, NAMES])
    graph = build_graph(model, singers, checkpointer=saver())
    graph.invoke({"question": "How many?", "hint": "all of them"}, THREAD)
    history: list[AnyMessage] = [HumanMessage("And their names?")]
    assert graph.invoke({"messages": history}, THREAD)["sql"] == NAMES
    assert "And their names?" in told(model)
    assert "all of them" not in told(model)


def test_only_answered_questions_are_context(singers: Database) -> None:
    model = ScriptedModel([BROKEN, BROKEN, COUNT])
    graph = build_graph(model, singers, checkpointer=saver())
    graph.invoke({"question": "the failed one?"}, THREAD)
    graph.invoke({"question": "another?"}, THREAD)
    assert BROKEN not in told(model)
    assert "the failed one?" not in told(model)


def test_a_rejected_sql_is_no_context(singers: Database) -> None:
    model = ScriptedModel([NAMES, COUNT])
    graph = build_graph(model, singers, Policy(approve=True), checkpointer=saver())
    graph.invoke({"question": "the rejected one?"}, THREAD)
    graph.invoke(Command(resume="reject"), THREAD)
    graph.invoke({"question": "another?"}, THREAD)
    assert NAMES not in told(model)


def test_a_fence_inside_the_sql_harms_neither_context_nor_markdown(singers: Database) -> None:
    fenced = "SELECT '```' AS fence, '````' FROM singer LIMIT 1"
    model = ScriptedModel([fenced, COUNT])
    graph = build_graph(model, singers, checkpointer=saver())
    message = graph.invoke({"question": "first?"}, THREAD)["messages"][-1]
    assert message.text.startswith(f"`````sql\n{fenced}\n`````\n")
    assert message.additional_kwargs == {"sql": fenced, "status": "answered"}
    graph.invoke({"question": "second?"}, THREAD)
    assert fenced in told(model)


def test_the_latest_turns_are_context(singers: Database) -> None:
    model = ScriptedModel(lambda _: COUNT)
    history: list[AnyMessage] = []
    for number in range(9):
        history += [HumanMessage(f"question {number}?"), AIMessage(f"```sql\n{NAMES}\n```")]
    graph = build_graph(model, singers, Policy(turns=2))
    graph.invoke({"question": "now?", "messages": history})
    assert [number for number in range(9) if f"question {number}?" in told(model)] == [7, 8]
    build_graph(model, singers, Policy(turns=0)).invoke({"question": "now?", "messages": history})
    assert "question 8?" not in told(model)
    long: list[AnyMessage] = [HumanMessage("long " * 1_000), AIMessage(NAMES)]
    build_graph(model, singers).invoke({"question": "now?", "messages": [*history, *long]})
    assert "long long" not in told(model)
    assert "question 4?" in told(model)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"question": None}, "is empty"),
        ({"question": 5}, "is no text"),
        ({"question": "Who?", "hint": 5}, "is no text"),
        (
            {"question": "Who?", "hint": "h" * 4_000},
            "4,004 characters long with its hint, the limit",
        ),
        ({"question": "caf\udce9"}, "not valid UTF-8"),
        ({"question": "Who?", "hint": "caf\udce9"}, "not valid UTF-8"),
    ],
)
def test_what_cannot_be_asked(given: Any, message: str, singers: Database) -> None:
    with pytest.raises(QuestionError, match=message) as raised:
        build_graph(ScriptedModel([]), singers).invoke(given)
    assert "\n" not in str(raised.value)


def test_no_hint_may_be_none(singers: Database) -> None:
    given: Any = {"question": "Who?", "hint": None}
    assert build_graph(ScriptedModel([COUNT]), singers).invoke(given)["rows"] == [[3]]

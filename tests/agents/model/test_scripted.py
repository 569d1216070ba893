"""ScriptedModel: replies in order or from a function, and says so when it runs out."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from routesql.agents.model.scripted import ScriptedModel, ScriptError
from routesql.tools.errors import RoutesqlError

TOOL_CALL = AIMessage("", tool_calls=[{"name": "ask", "args": {"x": 1}, "id": "1"}])


def test_replies_come_in_order_and_prompts_are_kept() -> None:
    model = ScriptedModel(["one", AIMessage("two")])
    assert [model.invoke("a").text, model.invoke([SystemMessage("s"), HumanMessage("b")]).text] == [
        "one",
        "two",
    ]
    assert [[message.text for message in prompt] for prompt in model.prompts] == [["a"], ["s", "b"]]


def test_a_function_replies_to_the_messages() -> None:
    def shout(messages: list[BaseMessage]) -> str:
        return messages[-1].text.upper()

    model = ScriptedModel(shout)
    assert [reply.text for reply in model.batch(["a", "b", "c"])] == ["A", "B", "C"]


def test_running_out_is_an_error_that_shows_the_prompt() -> None:
    model = ScriptedModel(["only"])
    model.invoke("first")
    with pytest.raises(ScriptError, match=r"script of 1 replies ran out.* two / three / four") as raised:
        model.invoke("one\ntwo\nthree\nfour\n")
    assert isinstance(raised.value, RoutesqlError)
    assert len(model.prompts) == 2


def test_one_string_is_not_taken_for_a_list_of_letters() -> None:
    with pytest.raises(TypeError, match="list of replies"):
        ScriptedModel("SELECT 1")


@pytest.mark.parametrize("text", ["SELECT 1", "  SELECT\n\n  count(*) FROM t ;\n", "one", " ", ""])
def test_streaming_goes_word_by_word_and_loses_nothing(text: str) -> None:
    chunks = list(ScriptedModel([text]).stream("q"))
    assert "".join(chunk.text for chunk in chunks) == text
    assert all(len(chunk.text.split()) <= 1 for chunk in chunks)
    assert [chunk.chunk_position for chunk in chunks if chunk.chunk_position] == ["last"]
    assert chunks[-1].usage_metadata is not None


def test_streaming_and_invoking_give_the_same_message() -> None:
    for reply in ("SELECT a FROM b", TOOL_CALL):
        whole = ScriptedModel([reply]).invoke("q r")
        first, *rest = ScriptedModel([reply]).stream("q r")
        streamed = sum(rest, start=first)
        assert (streamed.text, streamed.tool_calls) == (whole.text, whole.tool_calls)
        assert (streamed.usage_metadata, streamed.response_metadata) == (
            whole.usage_metadata,
            whole.response_metadata,
        )


def test_usage_counts_words_unless_the_reply_brings_its_own() -> None:
    own = {"input_tokens": 7, "output_tokens": 8, "total_tokens": 15}
    model = ScriptedModel(["three words here", AIMessage("x", usage_metadata=own)])
    assert model.invoke("two words").usage_metadata == {
        "input_tokens": 2,
        "output_tokens": 3,
        "total_tokens": 5,
    }
    assert model.invoke("q").usage_metadata == own


def test_stop_strings_cut_the_reply() -> None:
    assert ScriptedModel(["SELECT 1; SELECT 2"]).invoke("q", stop=["```", ";"]).text == "SELECT 1"


def test_a_reply_used_twice_is_not_changed() -> None:
    reply = AIMessage("a; b")
    ScriptedModel([reply, reply]).batch(["p", "q"], stop=[";"])
    assert (reply.text, reply.usage_metadata) == ("a; b", None)


def test_threads_get_every_reply_once() -> None:
    replies = [str(number) for number in range(200)]
    model = ScriptedModel(replies)
    with ThreadPoolExecutor(16) as pool:
        got = [message.text for message in pool.map(model.invoke, replies)]
    assert sorted(got) == sorted(replies)
    assert len(model.prompts) == 200


def test_it_can_be_awaited() -> None:
    async def ask() -> list[str]:
        model = ScriptedModel(["one", "two three"])
        first = await model.ainvoke("q")
        return [first.text, *[chunk.text async for chunk in model.astream("q")]]

    assert asyncio.run(ask()) == ["one", "two", " three", ""]

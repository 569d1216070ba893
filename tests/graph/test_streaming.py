"""The three streams: updates, the typed trace, tokens as they come."""

import json
from typing import Any, get_args

import pytest
from langchain_core.messages import AIMessageChunk

from routesql.agents.model import ScriptedModel
from routesql.graph import Event, Policy, build_graph
from routesql.tools.database import Database
from routesql.tools.schema import Column, Schema, Table

BROKEN = "SELECT shoe FROM singer"
MENDED = "SELECT name FROM singer"


def events(database: Database, policy: Policy | None = None) -> list[dict[str, Any]]:
    graph = build_graph(ScriptedModel([BROKEN, MENDED]), database, policy)
    return list(graph.stream({"question": "Who?"}, stream_mode="custom"))


def test_the_trace_tells_the_whole_story(singers: Database) -> None:
    told = [(event["event"], event.get("role") or event.get("next")) for event in events(singers)]
    assert told == [
        ("started", "generator"),
        ("finished", "generator"),
        ("executed", "generator"),
        ("decided", "corrector"),
        ("started", "corrector"),
        ("finished", "corrector"),
        ("executed", "corrector"),
        ("decided", "answer"),
    ]


def test_events_are_json_of_their_declared_keys(singers: Database) -> None:
    kinds = {get_args(kind.__annotations__["event"])[0]: kind for kind in get_args(Event)}
    for event in events(singers):
        assert set(event) == set(kinds[event["event"]].__annotations__)
        assert json.loads(json.dumps(event))


def test_events_carry_tokens_outcome_and_reason(singers: Database) -> None:
    finished, executed, decided = events(singers)[1:4]
    assert finished["usage"]["prompt_tokens"] > 20
    assert finished["usage"]["completion_tokens"] == 4
    assert finished["value"] == {"role": "generator", "sql": BROKEN, "verdict": ""}
    assert executed["outcome"]["kind"] == "unknown_name"
    assert decided["reason"] == "the SQL failed"


def test_tokens_come_one_by_one_with_their_node(singers: Database) -> None:
    graph = build_graph(ScriptedModel([MENDED]), singers)
    stream: Any = graph.stream({"question": "Who?"}, stream_mode="messages")
    tokens = [
        (chunk.text, meta["langgraph_node"]) for chunk, meta in stream if isinstance(chunk, AIMessageChunk)
    ]
    assert tokens[:4] == [(word, "generator") for word in ("SELECT", " name", " FROM", " singer")]


def test_tokens_of_two_roles_asked_at_once_are_told_apart_by_tag(singers: Database) -> None:
    def reply(messages: list[Any]) -> str:
        return (
            "singer: name" if "Relevant" not in messages[-1].text and "tables" in last(messages) else MENDED
        )

    def last(messages: list[Any]) -> str:
        return str(messages[-1].text).strip().splitlines()[-1]

    graph = build_graph(ScriptedModel(reply), singers, Policy(link="union"))
    said: dict[tuple[str, str], str] = {}
    stream: Any = graph.stream({"question": "Who?"}, stream_mode="messages")
    for chunk, meta in stream:
        if isinstance(chunk, AIMessageChunk):
            key = (meta["langgraph_node"], *meta["tags"])
            said[key] = said.get(key, "") + chunk.text
    assert said[("linker", "generator")] == said[("generator", "generator")] == MENDED
    assert ("linker", "linker") in said


async def test_async_streams_the_same_events(singers: Database) -> None:
    graph = build_graph(ScriptedModel([BROKEN, MENDED]), singers)
    streamed = [event async for event in graph.astream({"question": "Who?"}, stream_mode="custom")]
    assert [e["event"] for e in streamed] == [e["event"] for e in events(singers)]


def test_a_schema_over_the_budget_is_pruned_visibly(singers: Database) -> None:
    wide = tuple(
        Table(f"table_{n}", tuple(Column(f"column_{n}_{i}", "TEXT") for i in range(20))) for n in range(80)
    )
    singers._schema = Schema("sqlite", (*singers.schema.tables, *wide))
    with pytest.warns(UserWarning, match=r"the model sees \d+ of 82 tables"):
        pruned = events(singers, Policy(schema_tokens=1_000))[0]
    assert pruned["event"] == "pruned"
    assert 0 < pruned["tables"] < pruned["of"] == 82

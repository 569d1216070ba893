"""Where samples disagree, a model that can weigh a reply is asked how likely the question is by each SQL."""

import json
from typing import Any

import pytest

from routesql.graph import Policy, build_graph
from routesql.tools.database import Database

from ..seeded import Weighing

COUNT, SAME_COUNT = "SELECT count(*) FROM singer", "SELECT count(name) FROM singer"
NAMES, NOBODY = "SELECT name FROM singer", "SELECT name FROM singer WHERE born > 3000"
BROKEN, MENDABLE, MENDED = "SELECT shoe FROM shop", "SELECT nam FROM singer", "SELECT name FROM singer"


def ask(
    singers: Database, replies: list[str], likelihoods: dict[str, Any], **fields: Any
) -> tuple[dict[str, Any], list[str]]:
    model = Weighing(replies=replies, likelihoods=likelihoods)
    policy = Policy(samples=len(replies), **fields)
    result = build_graph(model, singers, policy).invoke({"question": "Who sings?"})
    for messages, reply in model.weighed:
        assert reply == "Who sings?"
        assert "/* Database schema */" not in messages[-1].text
    return result, model.sqls


def test_an_unlikely_majority_loses(singers: Database) -> None:
    result, weighed = ask(singers, [COUNT, SAME_COUNT, NAMES], {COUNT: -4, SAME_COUNT: -4, NAMES: -1})
    assert result["sql"] == NAMES
    how = "1 of 3 samples agree, weighed by the likelihood of the question"
    assert result["attempts"][-1]["reason"] == f"{how}: 3 rows"
    assert weighed == sorted([COUNT, SAME_COUNT, NAMES])
    assert result["usage"]["calls"] == 6


def test_a_majority_that_is_about_as_likely_wins(singers: Database) -> None:
    result, _ = ask(singers, [COUNT, SAME_COUNT, NAMES], {COUNT: -1.2, SAME_COUNT: -4, NAMES: -1})
    assert result["sql"] == COUNT


def test_a_mended_sql_is_weighed_as_mended(singers: Database) -> None:
    result, weighed = ask(singers, [COUNT, MENDABLE], {COUNT: -4, MENDED: -1})
    assert (result["sql"], weighed) == (MENDED, sorted([COUNT, MENDED]))


def test_what_becomes_the_same_sql_is_weighed_once(singers: Database) -> None:
    result, weighed = ask(singers, [COUNT, MENDABLE, NAMES], {COUNT: -1, NAMES: -4})
    assert (result["sql"], weighed) == (COUNT, sorted([COUNT, NAMES]))
    assert result["usage"]["calls"] == 5


def test_a_comment_does_not_tell_the_question(singers: Database) -> None:
    told = "SELECT name -- Who sings?\nFROM singer /* Who sings? */ WHERE born > 0 AND name <> '-- x'"
    plain = "SELECT name FROM singer WHERE born > 0 AND name <> '-- x'"
    _, weighed = ask(singers, [COUNT, told], {COUNT: -1, plain: -4})
    assert weighed == sorted([COUNT, plain])


@pytest.mark.parametrize("unknown", [None, float("nan"), float("-inf")])
def test_where_one_is_unknown_votes_alone_count(singers: Database, unknown: float | None) -> None:
    likelihoods = {COUNT: -4.0, SAME_COUNT: -4.0, NAMES: unknown}
    result, weighed = ask(singers, [COUNT, SAME_COUNT, NAMES], likelihoods)
    assert (result["sql"], len(weighed)) == (COUNT, 3)


@pytest.mark.parametrize(
    ("replies", "sql"),
    [
        ([COUNT, SAME_COUNT], COUNT),
        ([COUNT, NAMES, SAME_COUNT, COUNT], COUNT),
        ([NOBODY, COUNT], COUNT),
        ([BROKEN, COUNT], COUNT),
        ([BROKEN, "SELECT hat FROM shop"], BROKEN),
        ([COUNT], COUNT),
    ],
)
def test_where_the_result_is_clear_nobody_is_asked(singers: Database, replies: list[str], sql: str) -> None:
    result, weighed = ask(singers, replies, {}, corrections=0)
    assert (result["sql"], weighed) == (sql, [])


def test_the_policy_may_do_without(singers: Database) -> None:
    likelihoods = {COUNT: -4.0, SAME_COUNT: -4.0, NAMES: -1.0}
    result, weighed = ask(singers, [COUNT, SAME_COUNT, NAMES], likelihoods, likelihood=False)
    assert (result["sql"], weighed) == (COUNT, [])


async def test_without_waiting_and_out_of_the_token_stream(singers: Database) -> None:
    model = Weighing(replies=[COUNT, NAMES], likelihoods={COUNT: -4, NAMES: -1})
    graph = build_graph(model, singers, Policy(samples=2))
    modes: Any = ["messages", "custom", "values"]
    parts: list[Any] = [part async for part in graph.astream({"question": "Who sings?"}, stream_mode=modes)]
    streamed = [part[1] for mode, part in parts if mode == "messages"]
    assert streamed
    assert not any("reviewer" in (metadata.get("tags") or ()) for metadata in streamed)
    reviews = [part for mode, part in parts if mode == "custom" and part.get("role") == "reviewer"]
    assert [event["event"] for event in reviews] == ["started", "finished"]
    assert json.loads(json.dumps(reviews[1]))["value"] == {COUNT: -4.0, NAMES: -1.0}
    assert parts[-1][1]["sql"] == NAMES

"""Mechanical repair in the flow: before the model is asked, and each change in the trace."""

from typing import Any

import pytest

from routesql.agents import ScriptedModel
from routesql.graph import Policy, build_graph
from routesql.tools.database import Database

MISPLACED = "SELECT nam FROM singer"


def test_a_repair_goes_before_the_model(singers: Database) -> None:
    model = ScriptedModel([MISPLACED])
    result = build_graph(model, singers).invoke({"question": "the names?"})
    assert (result["status"], result["sql"]) == ("answered", "SELECT name FROM singer")
    assert [attempt["role"] for attempt in result["attempts"]] == ["generator", "repair"]
    assert result["attempts"][0]["repair"] == {
        "sql": "SELECT name FROM singer",
        "changes": ["nam → name"],
    }
    assert result["usage"]["calls"] == len(model.prompts) == 1


async def test_a_repair_without_waiting(singers: Database) -> None:
    result = await build_graph(ScriptedModel([MISPLACED]), singers).ainvoke({"question": "the names?"})
    assert result["sql"] == "SELECT name FROM singer"


@pytest.mark.parametrize("policy", [Policy.fast(), Policy.route(), Policy(repair=False)])
def test_without_repair_the_model_is_asked(singers: Database, policy: Policy) -> None:
    """The paper knows no repair, and the generator alone is measured without one."""
    model = ScriptedModel(lambda _: MISPLACED)
    result = build_graph(model, singers, policy).invoke({"question": "the names?"})
    assert result["status"] == "failed"
    assert "repair" not in {attempt["role"] for attempt in result["attempts"]}


def test_what_a_repair_leaves_is_the_correctors(singers: Database) -> None:
    """The repaired SQL fails at run time: the model sees that one, and its answer may be repaired again."""
    model = ScriptedModel(["SELECT nam, json_extract('{', '$') FROM singer", MISPLACED])
    result = build_graph(model, singers).invoke({"question": "the names?"})
    roles = [attempt["role"] for attempt in result["attempts"]]
    assert roles == ["generator", "repair", "corrector", "repair"]
    assert "SELECT name, " in model.prompts[1][-1].text
    assert result["sql"] == "SELECT name FROM singer"


def test_a_correction_that_fails_is_not_repaired_where_an_sql_ran(singers: Database) -> None:
    model = ScriptedModel(["SELECT count(*) FROM singer", MISPLACED])
    result = build_graph(model, singers, Policy(review="always")).invoke({"question": "how many?"})
    assert [attempt["role"] for attempt in result["attempts"]] == ["generator", "corrector"]
    assert result["sql"] == "SELECT count(*) FROM singer"


LOWER = "SELECT name FROM singer WHERE name = 'ADA'"


def test_a_text_that_no_row_holds_is_mended(singers: Database) -> None:
    graph = build_graph(ScriptedModel([LOWER]), singers, Policy(values=1))
    result = graph.invoke({"question": "Who is Ada?"})
    assert result["rows"] == [["Ada"]]
    assert [attempt["role"] for attempt in result["attempts"]] == ["generator", "repair"]
    assert result["attempts"][0]["repair"]["changes"] == ["'ADA' → 'Ada'"]


def test_a_repair_that_finds_nothing_either_is_not_taken(singers: Database) -> None:
    sql = f"{LOWER} AND born > 3000"
    graph = build_graph(ScriptedModel([sql]), singers, Policy(values=1))
    result = graph.invoke({"question": "Who is Ada?"})
    assert (result["status"], result["sql"], result["rows"]) == ("answered", sql, [])
    assert result["attempts"][1]["reason"] == "the repair found nothing either"


YEARS = "SELECT concert_id FROM concert WHERE EXTRACT(YEAR FROM '2015-01-01') = year"
JOINED = "SELECT singer.name FROM singer JOIN concert ON singer.singer_id = concert.singer_id"
TRIED = [
    (
        YEARS,
        "concerts of that year",
        2,
        "EXTRACT(YEAR FROM '2015-01-01') → CAST(STRFTIME('%Y', '2015-01-01') AS INTEGER)",
    ),
    (JOINED, "names of all singers", 3, "JOIN concert ON singer.singer_id = concert.singer_id → no join"),
    ("SELECT country, COUNT(*) FROM singer", "of each country?", 2, "any country → GROUP BY country"),
]


@pytest.mark.parametrize(("sql", "question", "rows", "change"), TRIED, ids=["syntax", "join", "count"])
def test_what_is_mended_beside_names(
    sql: str, question: str, rows: int, change: str, singers: Database
) -> None:
    events: list[Any] = list(
        build_graph(ScriptedModel([sql]), singers).stream({"question": question}, stream_mode="custom")
    )
    executed = [event for event in events if event["event"] == "executed"]
    assert [event["role"] for event in executed] == ["generator", "repair"]
    assert executed[0]["repair"]["changes"] == [change]
    assert (executed[1]["accepted"], len(executed[1]["outcome"]["rows"])) == (True, rows)


def test_a_join_that_the_question_asks_for_stays(singers: Database) -> None:
    question = "Which singers gave concerts?"
    result = build_graph(ScriptedModel([JOINED]), singers).invoke({"question": question})
    assert (result["sql"], len(result["attempts"])) == (JOINED, 1)

"""Several samples of one question: all are run, and the result that most of them give is the answer."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from routesql.agents import ScriptedModel
from routesql.graph import Policy, Roles, build_graph
from routesql.tools.database import Database

from ..seeded import Seeded

COUNT, SAME_COUNT = "SELECT count(*) FROM singer", "SELECT count(name) FROM singer"
NAMES, NOBODY = "SELECT name FROM singer", "SELECT name FROM singer WHERE born > 3000"
ZEROS = "SELECT 0 FROM singer"
NO_COUNT = "SELECT count(*) FROM singer WHERE born > 3000"
NO_AVERAGE = "SELECT avg(born) FROM singer WHERE born > 3000"
BROKEN, MENDABLE, MENDED = "SELECT shoe FROM singer", "SELECT nam FROM singer", "SELECT name FROM singer"


def answer(database: Database, *samples: str) -> dict[str, Any]:
    model = Seeded(replies=list(samples))
    graph = build_graph(model, database, Policy(samples=len(samples)))
    result: dict[str, Any] = graph.invoke({"question": "Who sings?"})
    assert result["usage"]["calls"] == len(samples)
    assert sorted(model.asked) == [(0, 0.0), *((seed, 0.7) for seed in range(1, len(samples)))]
    return result


@pytest.mark.parametrize(
    ("samples", "sql", "reason"),
    [
        ([NAMES, COUNT, SAME_COUNT], COUNT, "2 of 3 samples agree: 1 rows"),
        ([NAMES, COUNT], NAMES, "1 of 2 samples agree: 3 rows"),
        ([NOBODY, NOBODY, COUNT], COUNT, "1 of 3 samples agree: 1 rows"),
        ([BROKEN, BROKEN, COUNT], COUNT, "1 of 3 samples agree: 1 rows"),
        ([NOBODY, NOBODY], NOBODY, "2 of 2 samples agree: 0 rows"),
        (["no idea", COUNT], COUNT, "1 of 2 samples agree: 1 rows"),
        ([COUNT, MENDABLE, NAMES], NAMES, "2 of 3 samples agree: 3 rows"),
        ([MENDABLE, MENDABLE, COUNT], MENDED, "2 of 3 samples agree: 3 rows"),
        ([MENDABLE, COUNT], COUNT, "1 of 2 samples agree: 1 rows"),
        ([NO_AVERAGE, NO_AVERAGE, COUNT], COUNT, "1 of 3 samples agree: 1 rows"),
        ([ZEROS, ZEROS, COUNT], ZEROS, "2 of 3 samples agree: 3 rows"),
        ([NOBODY, NO_COUNT, NO_COUNT], NO_COUNT, "2 of 3 samples agree: 1 rows"),
    ],
)
def test_the_election(singers: Database, samples: list[str], sql: str, reason: str) -> None:
    result = answer(singers, *samples)
    assert (result["status"], result["sql"]) == ("answered", sql)
    assert result["attempts"][-1]["reason"] == reason
    assert sum(attempt["accepted"] for attempt in result["attempts"]) == 1


def test_a_repeat_runs_once(singers: Database) -> None:
    result = answer(singers, COUNT, NAMES, "select  COUNT(*) from singer")
    assert [attempt["sql"] for attempt in result["attempts"]] == [NAMES, COUNT]
    assert result["attempts"][0]["reason"] == "outvoted: 3 rows"


def test_where_all_fail_the_corrector_sees_the_last_of_them(singers: Database) -> None:
    model = ScriptedModel(lambda messages: COUNT if "/* SQL query */" in messages[-1].text else BROKEN)
    result = build_graph(model, singers, Policy(samples=2)).invoke({"question": "Who sings?"})
    assert f"/* SQL query */\n{BROKEN}" in model.prompts[2][-1].text
    assert result["sql"] == COUNT


def test_a_year_beside_a_date_is_mended_before_the_votes_are_counted(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "staff.sqlite") as connection:
        connection.executescript(
            "CREATE TABLE staff (name TEXT, hired DATE);"
            "INSERT INTO staff VALUES ('Ann', '2021-05-03'), ('Bob', '2023-01-09');"
        )
    connection.close()
    wrong, right = "SELECT name FROM staff WHERE hired > 2022", "SELECT name FROM staff WHERE hired > '2022'"
    never = "SELECT name FROM staff WHERE hired > 2030"
    with Database.open(tmp_path / "staff.sqlite", cache=None) as staff:
        assert answer(staff, wrong, wrong, right)["rows"] == [["Bob"]]
        assert answer(staff, wrong)["rows"] == [["Bob"]]
        assert answer(staff, never)["rows"] == []
        assert answer(staff, never, never)["rows"] == []
        both = "SELECT name FROM staff WHERE hired > 2020 AND name = 'ann'"
        named = both.replace("SELECT name", "SELECT nam")
        assert answer(staff, named)["rows"] == answer(staff, named, named)["rows"] == [["Ann"]]
        count = "SELECT count(*) FROM staff WHERE name = 'ann'"
        assert answer(staff, count)["rows"] == answer(staff, count, count)["rows"] == [[1]]
        assert answer(staff, both)["rows"] == answer(staff, both, both)["rows"] == [["Ann"]]


async def test_samples_without_waiting(singers: Database) -> None:
    model = Seeded(replies=[NAMES, COUNT, SAME_COUNT])
    result = await build_graph(model, singers, Policy(samples=3)).ainvoke({"question": "Who sings?"})
    assert result["sql"] == COUNT


def test_a_generator_that_is_a_function_is_asked_once(singers: Database) -> None:
    roles = Roles(generator=lambda _: COUNT)
    graph = build_graph(ScriptedModel([]), singers, Policy(samples=5), roles=roles)
    assert graph.invoke({"question": "Who sings?"})["sql"] == COUNT


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"samples": 0}, "samples must be at least 1, not 0"),
        ({"samples": 2, "approve": True}, "samples=2 needs approve=False"),
        ({"samples": 2, "retry_temperature": 0}, "samples=2 needs retry_temperature above 0"),
    ],
)
def test_bad_samples(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Policy(**fields)

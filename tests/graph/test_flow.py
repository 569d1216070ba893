"""Which node follows which, seen from outside: scripted replies in, the path and the answer out."""

import asyncio
from typing import Any

import pytest

from routesql.agents import Links, ScriptedModel
from routesql.graph import Context, Policy, Roles, build_graph
from routesql.tools import Limits
from routesql.tools.database import Database
from routesql.tools.errors import QuestionError, SetupError

COUNT = "SELECT count(*) FROM singer"
BROKEN = "SELECT shoe FROM singer"
MENDED = "SELECT name FROM singer"
EMPTY = "SELECT name FROM singer WHERE born > 3000"
CORRECT = "The SQL is correct."
REVIEWED = Policy(review="always")


def answer(replies: list[str], database: Database, policy: Policy | None = None) -> dict[str, Any]:
    model = ScriptedModel(replies)
    result: dict[str, Any] = build_graph(model, database, policy).invoke(
        {"question": "Which singers are there?"}
    )
    assert len(model.prompts) == len(replies), "the script has replies nobody asked for"
    return result


def path(policy: Policy, replies: list[str], database: Database) -> list[str]:
    graph = build_graph(ScriptedModel(replies), database, policy)
    return [node for step in graph.stream({"question": "Who?"}, stream_mode="updates") for node in step]


@pytest.mark.parametrize(
    ("policy", "replies", "nodes"),
    [
        (Policy.fast(), [COUNT], ["generator", "executor"]),
        (Policy.fast(), [BROKEN], ["generator", "executor"]),
        (Policy(), [COUNT], ["generator", "executor"]),
        (Policy(), [BROKEN, MENDED], ["generator", "executor", "corrector", "executor"]),
        (Policy(), [EMPTY], ["generator", "executor"]),
        (Policy(review="on_empty"), [EMPTY, MENDED], ["generator", "executor", "corrector", "executor"]),
        (REVIEWED, [COUNT, CORRECT], ["generator", "executor", "corrector", "executor"]),
        (Policy(corrections=0), [BROKEN], ["generator", "executor"]),
        (
            Policy(corrections=2),
            [BROKEN, BROKEN, MENDED],
            ["generator", "executor", "corrector", "executor", "corrector", "executor"],
        ),
        (
            Policy(corrections=2, retry_temperature=0),
            [BROKEN, BROKEN],
            ["generator", "executor", "corrector", "executor"],
        ),
        (
            Policy(continuations=1),
            [BROKEN, BROKEN, MENDED],
            ["generator", "executor", "corrector", "executor", "continuer", "executor"],
        ),
        (
            Policy(link="linker"),
            ["singer: name", COUNT],
            ["linker", "generator", "executor"],
        ),
    ],
)
def test_path(policy: Policy, replies: list[str], nodes: list[str], singers: Database) -> None:
    assert path(policy, replies, singers) == ["question", *nodes, "answer"]


def test_the_answer_carries_sql_rows_attempts_and_usage(singers: Database) -> None:
    result = answer([COUNT], singers)
    assert (result["sql"], result["status"]) == (COUNT, "answered")
    assert (result["columns"], result["rows"]) == (["count(*)"], [[3]])
    assert [attempt["accepted"] for attempt in result["attempts"]] == [True]
    assert result["usage"]["calls"] == 1
    assert result["usage"]["completion_tokens"] == 4
    assert result["usage"]["seconds"] > 0


def test_a_failed_answer_shows_the_last_attempt(singers: Database) -> None:
    result = answer([BROKEN, "SELECT nothing"], singers)
    assert result["status"] == "failed"
    assert result["sql"] == "SELECT nothing"
    assert result["rows"] == []
    assert [attempt["outcome"]["kind"] for attempt in result["attempts"]] == ["unknown_name"] * 2


def test_the_corrector_sees_the_sql_and_the_error(singers: Database) -> None:
    model = ScriptedModel([BROKEN, MENDED])
    build_graph(model, singers).invoke({"question": "Who?"})
    told = model.prompts[1][-1].text
    assert BROKEN in told
    assert 'no column "shoe" in singer' in told


def test_a_correction_that_fails_does_not_replace_an_sql_that_ran(singers: Database) -> None:
    result = answer([COUNT, BROKEN], singers, REVIEWED)
    assert (result["sql"], result["status"], result["rows"]) == (COUNT, "answered", [[3]])


def test_a_correction_that_runs_replaces_it(singers: Database) -> None:
    assert answer([COUNT, MENDED], singers, REVIEWED)["sql"] == MENDED


def test_a_continuation_without_rows_is_not_taken(singers: Database) -> None:
    policy = Policy(review="never", continuations=1, hard_tables=1)
    assert answer([COUNT, EMPTY], singers, policy)["sql"] == COUNT
    assert answer([COUNT, MENDED], singers, policy)["sql"] == MENDED


def test_a_repeat_never_runs_again(singers: Database) -> None:
    result = answer([BROKEN, "select SHOE  from singer -- again"], singers)
    assert result["attempts"][1]["reason"] == "same SQL as attempt 1"
    assert result["attempts"][1]["outcome"] == result["attempts"][0]["outcome"]


def test_what_counts_as_a_repeat_is_the_policys(singers: Database) -> None:
    result = answer([BROKEN, f"{BROKEN} LIMIT 1"], singers, Policy(repeat=lambda sql: sql.split(" LIMIT")[0]))
    assert result["attempts"][1]["reason"] == "same SQL as attempt 1"


def test_no_sql_in_the_reply(singers: Database) -> None:
    result = answer(["I cannot answer that.", MENDED], singers)
    assert result["attempts"][0]["reason"] == "the reply holds no SQL"
    assert result["sql"] == MENDED


def test_union_links_what_the_linker_and_a_first_sql_name(singers: Database) -> None:
    first = "SELECT T2.year FROM singer AS T1 JOIN concert AS T2 ON T1.singer_id = T2.singer_id"
    model = ScriptedModel([first, COUNT])
    roles = Roles(linker=lambda _: Links(("singer",), (("singer", "name"),)))
    graph = build_graph(model, singers, Policy(link="union"), roles=roles)
    updates = list(graph.stream({"question": "Who?"}, stream_mode="updates"))
    links = next(step["linker"]["links"] for step in updates if "linker" in step)
    assert links["tables"] == ["singer", "concert"]
    assert sorted(links["columns"]) == [
        ["concert", "singer_id"],
        ["concert", "year"],
        ["singer", "name"],
        ["singer", "singer_id"],
    ]
    assert "/* Relevant columns */" not in model.prompts[0][-1].text
    assert "/* Relevant columns */" in model.prompts[1][-1].text


def test_route_from_end_to_end(singers: Database) -> None:
    """ROUTE, section 3.3: each role in its turn, each gate shut and open."""
    joined = "SELECT a.name FROM singer a JOIN concert b ON a.singer_id = b.singer_id JOIN singer c ON 1"
    roles = Roles(linker=lambda _: Links(("singer",), (("singer", "name"),)))
    for replies, sql, path in [
        ([COUNT, COUNT, CORRECT], COUNT, [True, False]),
        ([COUNT, BROKEN, MENDED], MENDED, [False, True]),
        ([COUNT, MENDED, BROKEN], MENDED, [True, False]),
        ([COUNT, BROKEN, BROKEN, MENDED], MENDED, [False, False, True]),
        ([COUNT, joined, CORRECT, MENDED], MENDED, [True, False, True]),
        ([COUNT, joined, CORRECT, EMPTY], joined, [True, False, False]),
    ]:
        model = ScriptedModel(replies)
        result = build_graph(model, singers, Policy.route(), roles=roles).invoke({"question": "Who?"})
        assert len(model.prompts) == len(replies)
        assert result["sql"] == sql
        assert [attempt["accepted"] for attempt in result["attempts"]] == path
        order = ["generator", "corrector", "continuer"][: len(path)]
        assert [attempt["role"] for attempt in result["attempts"]] == order


def test_a_failure_is_worded_by_the_sql_that_is_shown(singers: Database) -> None:
    again = answer([BROKEN, BROKEN], singers)
    assert 'No answer: no column "shoe" in singer' in again["messages"][-1].text
    assert "same SQL" not in again["messages"][-1].text
    ran = answer([BROKEN, "SELECT x FROM singer", EMPTY], singers, Policy(continuations=1))
    assert (ran["status"], ran["sql"]) == ("failed", "SELECT x FROM singer")
    assert 'no column "x" in singer' in ran["messages"][-1].text
    assert "ran but was not taken: the continuation returned no rows" in ran["messages"][-1].text


def test_rows_that_were_cut_are_said_to_be(singers: Database) -> None:
    cut = answer([MENDED], singers, Policy(limits=Limits(rows=2)))
    assert cut["attempts"][0]["reason"] == "first 2 rows (more were cut)"
    assert "first 2 rows (more were cut), 2 shown." in cut["messages"][-1].text
    cells = answer([MENDED], singers, Policy(limits=Limits(cell_chars=2)))
    assert cells["attempts"][0]["reason"] == "3 rows (more rows, or long cells, were cut)"


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({"generator": lambda _: COUNT}, "roles must be Roles"),
        (Roles(generator="me"), "the generator must be a function"),  # type: ignore[arg-type]
        (Roles(generator=lambda _: None), "the generator must return str, not NoneType"),  # type: ignore[arg-type,return-value]
        (Roles(linker=lambda _: None), "the linker must return Links, not NoneType"),  # type: ignore[arg-type,return-value]
    ],
)
def test_roles_that_cannot_play(roles: Any, message: str, singers: Database) -> None:
    with pytest.raises(SetupError, match=message):
        build_graph(ScriptedModel([COUNT]), singers, Policy(link="linker"), roles=roles).invoke(
            {"question": "Who?"}
        )


@pytest.mark.parametrize("question", ["", "   ", "x" * 50_000])
def test_a_question_that_cannot_be_asked(question: str, singers: Database) -> None:
    with pytest.raises(QuestionError, match="question is"):
        build_graph(ScriptedModel([]), singers).invoke({"question": question})


def test_a_question_in_chinese(singers: Database) -> None:
    model = ScriptedModel([COUNT])
    build_graph(model, singers).invoke({"question": "有多少位歌手？"})
    assert "有多少位歌手？" in model.prompts[0][-1].text


def test_missing_model_or_database(singers: Database) -> None:
    with pytest.raises(SetupError, match="no database"):
        build_graph(ScriptedModel([])).invoke({"question": "Who?"})
    with pytest.raises(SetupError, match="no model"):
        build_graph(None, singers).invoke({"question": "Who?"})


def test_the_context_goes_before_what_the_graph_was_built_with(singers: Database) -> None:
    graph = build_graph(ScriptedModel([]))
    context = Context(model=ScriptedModel([BROKEN]), database=singers, policy=Policy.fast())
    assert graph.invoke({"question": "Who?"}, context=context)["status"] == "failed"


def test_async_takes_the_same_path(singers: Database) -> None:
    async def ask() -> list[dict[str, Any]]:
        graph = build_graph(ScriptedModel(lambda _: COUNT), singers)
        return list(await asyncio.gather(*(graph.ainvoke({"question": f"Who {n}?"}) for n in range(16))))

    results = asyncio.run(ask())
    assert [result["rows"] for result in results] == [[[3]]] * 16


def test_batch(singers: Database) -> None:
    graph = build_graph(ScriptedModel(lambda _: COUNT), singers)
    assert [result["sql"] for result in graph.batch([{"question": "Who?"}] * 8)] == [COUNT] * 8


@pytest.mark.parametrize("values", [0, 5])
def test_values_that_the_question_mentions_are_shown_to_every_role(singers: Database, values: int) -> None:
    model = ScriptedModel([COUNT, CORRECT])
    policy = Policy(review="always", values=values)
    build_graph(model, singers, policy).invoke({"question": "How old is ada?"})
    shown = "/* Values */\nsinger.name = 'Ada'\n"
    assert [shown in prompt[-1].text for prompt in model.prompts] == [values > 0] * 2


class Tuned(ScriptedModel):
    """A model that knows our prompts."""

    tuned: bool = True


@pytest.mark.parametrize(
    ("model", "policy", "shown"),
    [
        (ScriptedModel, Policy(examples=True), True),
        (ScriptedModel, Policy(), False),
        (ScriptedModel, Policy.fast(), False),
        (ScriptedModel, Policy.route(), False),
        (Tuned, Policy(examples=True), False),
    ],
)
def test_worked_examples_are_for_models_that_were_not_tuned(
    singers: Database, model: type[ScriptedModel], policy: Policy, shown: bool
) -> None:
    asked = model(lambda _: COUNT)
    build_graph(asked, singers, policy).invoke({"question": "Who?"})
    example = "What is the name of the singer with the most concerts?"
    assert [example in str(prompt) for prompt in asked.prompts] == [shown] * len(asked.prompts)

"""Edits at the approval: nothing runs twice, and nobody is asked without end."""

from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from routesql.agents.model import ScriptedModel
from routesql.graph import Policy, build_graph, nodes
from routesql.tools.database import Database
from routesql.tools.executor import execute

COUNT = "SELECT count(*) FROM singer"
NAMES = "SELECT name FROM singer"
BROKEN = "SELECT shoe FROM singer"
EMPTY = "SELECT name FROM singer WHERE born > 3000"
THREAD: Any = {"configurable": {"thread_id": "1"}}


def edit(sql: str) -> Command[Any]:
    return Command(resume={"action": "edit", "sql": sql})


def test_an_edit_that_repeats_an_sql_does_not_run(singers: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def noted(database: Database, sql: str, **options: Any) -> Any:
        ran.append(sql)
        return execute(database, sql, **options)

    monkeypatch.setattr(nodes, "execute", noted)
    policy = Policy(approve=True, review="always", corrections=2)
    graph = build_graph(ScriptedModel([COUNT, NAMES, BROKEN]), singers, policy, checkpointer=InMemorySaver())
    graph.invoke({"question": "Who?"}, THREAD)
    graph.invoke(Command(resume="approve"), THREAD)
    graph.invoke(Command(resume="approve"), THREAD)
    result = graph.invoke(edit(COUNT), THREAD)
    assert ran == [COUNT, NAMES]
    assert result["attempts"][-1]["reason"] == "same SQL as attempt 1"
    assert result["sql"] == COUNT, "the user chose it over the second"


def test_edits_do_not_prolong_the_corrections(singers: Database) -> None:
    model = ScriptedModel(lambda _: BROKEN)
    graph = build_graph(model, singers, Policy(approve=True), checkpointer=InMemorySaver())
    result = graph.invoke({"question": "Who?"}, THREAD)
    for number in range(9):
        if "__interrupt__" in result:
            result = graph.invoke(edit(f"SELECT x{number} FROM singer"), THREAD)
    assert [attempt["role"] for attempt in result["attempts"]] == ["generator", "corrector"]
    assert result["attempts"][-1]["reason"].startswith('edited by the user: no column "x1"')
    assert len(model.prompts) == 2


def test_an_edited_continuation_needs_no_rows(singers: Database) -> None:
    policy = Policy(approve=True, review="never", continuations=1, hard_tables=1)
    graph = build_graph(ScriptedModel([COUNT, NAMES]), singers, policy, checkpointer=InMemorySaver())
    graph.invoke({"question": "Who?"}, THREAD)
    graph.invoke(Command(resume="approve"), THREAD)
    assert graph.invoke(edit(EMPTY), THREAD)["sql"] == EMPTY


def test_nobody_is_asked_about_an_sql_that_will_not_run(singers: Database) -> None:
    policy = Policy(approve=True, review="always")
    model = ScriptedModel([COUNT, "The SQL is correct."])
    graph = build_graph(model, singers, policy, checkpointer=InMemorySaver())
    graph.invoke({"question": "How many?"}, THREAD)
    assert graph.invoke(Command(resume="approve"), THREAD)["status"] == "answered"


def test_what_the_user_wrote_is_not_mended(singers: Database) -> None:
    policy = Policy(approve=True)
    graph = build_graph(ScriptedModel([COUNT]), singers, policy, checkpointer=InMemorySaver())
    graph.invoke({"question": "Who?"}, THREAD)
    edited = "SELECT name FROM singer WHERE country = 'france'"
    result = graph.invoke(edit(edited), THREAD)
    assert (result["sql"], result["rows"]) == (edited, [])

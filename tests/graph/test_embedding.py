"""How people embed the graph: conversations, checkpoints, approval, subgraph, tool, their own parts."""

import json
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

from routesql.agents.model import ScriptedModel
from routesql.agents.task import Task
from routesql.graph import (
    Context,
    Decision,
    Policy,
    Roles,
    State,
    build_graph,
    graph_builder,
    next_step,
    sql_tool,
)
from routesql.tools import Limits
from routesql.tools.database import Database

COUNT = "SELECT count(*) FROM singer"
NAMES = "SELECT name FROM singer"
THREAD: Any = {"configurable": {"thread_id": "1"}}
STRICT = JsonPlusSerializer(allowed_msgpack_modules=())


def test_a_follow_up_sees_the_question_and_sql_before_it(singers: Database) -> None:
    model = ScriptedModel([NAMES, f"{NAMES} WHERE born > 1986"])
    graph = build_graph(model, singers, checkpointer=InMemorySaver(serde=STRICT))
    graph.invoke({"question": "Which singers are there?", "hint": "all of them"}, THREAD)
    second = graph.invoke({"question": "and only those born after 1986?"}, THREAD)
    assert second["rows"] == [["Ada"], ["Cy"]]
    assert len(second["attempts"]) == 1
    told = model.prompts[1][-1].text
    assert "Which singers are there?" in told
    assert NAMES in told
    assert "all of them" not in told, "the first question's hint is not the second's"


def test_a_conversation_may_come_as_messages(singers: Database) -> None:
    model = ScriptedModel([COUNT])
    history: list[Any] = [
        HumanMessage("Which singers are there?"),
        AIMessage(f"```sql\n{NAMES}\n```"),
        HumanMessage("How many?"),
    ]
    result = build_graph(model, singers).invoke({"messages": history})
    assert result["messages"][:3] == history
    assert COUNT in result["messages"][3].text
    assert NAMES in model.prompts[0][-1].text


@pytest.mark.parametrize("strict", [True])
def test_sqlite_checkpoints_resume_where_a_crash_stopped(
    strict: bool, singers: Database, tmp_path: Path
) -> None:
    with SqliteSaver.from_conn_string(str(tmp_path / "checkpoints.sqlite")) as saver:
        saver.serde = STRICT if strict else saver.serde
        crashing = ScriptedModel(["SELECT shoe FROM singer"])
        graph = build_graph(crashing, singers, checkpointer=saver)
        with pytest.raises(Exception, match="script of 1 replies ran out"):
            graph.invoke({"question": "Who?"}, THREAD)
        healthy = ScriptedModel([NAMES])
        result = build_graph(healthy, singers, checkpointer=saver).invoke(None, THREAD)
    assert result["sql"] == NAMES
    assert [attempt["role"] for attempt in result["attempts"]] == ["generator", "corrector"]


@pytest.mark.parametrize(
    ("reply", "status", "sql"),
    [
        ({"action": "approve"}, "answered", COUNT),
        ("approve", "answered", COUNT),
        ({"action": "edit", "sql": NAMES}, "answered", NAMES),
        ({"action": "edit", "sql": "DROP TABLE singer"}, "failed", "DROP TABLE singer"),
        ({"action": "reject"}, "rejected", COUNT),
    ],
)
def test_approval(reply: Any, status: str, sql: str, singers: Database) -> None:
    policy = Policy(approve=True, review="never")
    graph = build_graph(ScriptedModel([COUNT]), singers, policy, checkpointer=InMemorySaver(serde=STRICT))
    asked = graph.invoke({"question": "How many?"}, THREAD)["__interrupt__"][0].value
    assert asked == {"question": "How many?", "sql": COUNT, "role": "generator"}
    result = graph.invoke(Command(resume=reply), THREAD)
    assert (result["status"], result["sql"]) == (status, sql)


def test_an_approval_nobody_understands_is_asked_again(singers: Database) -> None:
    graph = build_graph(ScriptedModel([COUNT]), singers, Policy(approve=True), checkpointer=InMemorySaver())
    graph.invoke({"question": "How many?"}, THREAD)
    again = graph.invoke(Command(resume="perhaps"), THREAD)["__interrupt__"][0].value
    assert again["error"].startswith("resume with")
    assert graph.invoke(Command(resume="approve"), THREAD)["rows"] == [[3]]


class Parent(TypedDict, total=False):
    question: str
    sql: str
    verdict: str


def test_as_a_subgraph(singers: Database) -> None:
    parent: StateGraph[Any, Any, Any, Any] = StateGraph(Parent, context_schema=dict)
    parent.add_node("database", build_graph(ScriptedModel([COUNT]), singers))
    parent.add_node("verdict", lambda state: {"verdict": f"used {state['sql']}"})
    parent.add_edge(START, "database")
    parent.add_edge("database", "verdict")
    parent.add_edge("verdict", END)
    result = parent.compile().invoke({"question": "How many?"}, context={"tenant": 7})
    assert result["verdict"] == f"used {COUNT}"


def test_as_a_tool(singers: Database) -> None:
    tool = sql_tool(build_graph(ScriptedModel(lambda _: COUNT), singers))
    answer = json.loads(tool.invoke({"question": "How many?"}))
    assert answer == {
        "status": "answered",
        "sql": COUNT,
        "columns": ["count(*)"],
        "rows": [[3]],
        "row_count": 1,
        "truncated": False,
    }


def test_a_tool_tells_how_much_there_is_and_why_there_is_nothing(singers: Database) -> None:
    many = "SELECT a.name FROM singer a, singer b, singer c, singer d"
    policy = Policy(limits=Limits(rows=60))
    answer = json.loads(sql_tool(build_graph(ScriptedModel([many]), singers, policy)).invoke("Who?"))
    assert (len(answer["rows"]), answer["row_count"], answer["truncated"]) == (50, 60, True)
    failed = json.loads(sql_tool(build_graph(ScriptedModel(["No."] * 2), singers)).invoke("Who?"))
    assert (failed["status"], failed["reason"]) == ("failed", "the reply holds no SQL")


async def test_a_tool_tells_the_agent_what_cannot_be_asked(singers: Database) -> None:
    tool = sql_tool(build_graph(ScriptedModel([]), singers))
    call: Any = {"name": tool.name, "args": {"question": " "}, "id": "1", "type": "tool_call"}
    for message in (tool.invoke(call), await tool.ainvoke(call)):
        assert message.status == "error"
        assert message.content == "the question is empty; ask something about the database"


def test_a_tool_of_a_graph_with_checkpoints_asks_in_a_thread_of_its_own(singers: Database) -> None:
    model = ScriptedModel(lambda _: COUNT)
    tool = sql_tool(build_graph(model, singers, checkpointer=InMemorySaver()))
    assert json.loads(tool.invoke("How many?"))["rows"] == [[3]]
    tool.invoke("And now?")
    assert "How many?" not in model.prompts[1][-1].text
    tool.invoke("First in a thread?", THREAD)
    tool.invoke("Second in it?", THREAD)
    assert "First in a thread?" in model.prompts[3][-1].text


async def test_as_an_async_tool(singers: Database) -> None:
    tool = sql_tool(build_graph(ScriptedModel(lambda _: COUNT), singers))
    assert json.loads(await tool.ainvoke({"question": "How many?"}))["rows"] == [[3]]


def test_a_role_may_be_a_plain_function(singers: Database) -> None:
    def generator(task: Task) -> str:
        return f"SELECT * FROM {task.schema.tables[0].name}"

    result = build_graph(None, singers, roles=Roles(generator=generator)).invoke({"question": "All?"})
    assert len(result["rows"]) == len(singers.schema.tables[0].rows)
    assert result["usage"]["calls"] == 0


def test_a_router_may_be_a_plain_function(singers: Database) -> None:
    def router(state: State, policy: Policy) -> Decision:
        assert policy == Policy()
        return (
            Decision("answer", "good enough")
            if len(state["attempts"]) > 1
            else Decision("generator", "again")
        )

    result = build_graph(ScriptedModel([COUNT, NAMES]), singers, router=router).invoke({"question": "Who?"})
    assert result["sql"] == NAMES


def test_a_node_of_ones_own(singers: Database) -> None:
    builder = graph_builder(ScriptedModel([COUNT]), singers)
    builder.add_node("log", lambda state: {"status": f"{state['status']}, logged"})
    builder.add_edge("answer", "log")
    assert builder.compile().invoke({"question": "How many?"})["status"] == "answered, logged"


def test_a_router_may_lead_to_a_node_of_ones_own(singers: Database) -> None:
    def router(state: State, policy: Policy) -> Decision:
        failed = not state["attempts"][-1]["accepted"]
        return Decision("mender", "it failed") if failed else next_step(state, policy)

    builder = graph_builder(ScriptedModel(["SELECT shoe FROM singer"]), singers, router=router)
    builder.add_node("mender", lambda _: {"candidate": {"role": "mender", "sql": NAMES, "verdict": ""}})
    builder.add_edge("mender", "executor")
    result = builder.compile().invoke({"question": "Who?"})
    assert [attempt["role"] for attempt in result["attempts"]] == ["generator", "mender"]
    assert (result["status"], result["sql"]) == ("answered", NAMES)


def test_many_databases_with_one_graph(singers: Database, tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "other.sqlite") as connection:
        connection.executescript("CREATE TABLE singer (name TEXT)")
    connection.close()
    graph = build_graph(ScriptedModel(lambda _: COUNT))
    with Database.open(tmp_path / "other.sqlite", cache=None) as other:
        counts = [
            graph.invoke({"question": "?"}, context=Context(database=db))["rows"] for db in (singers, other)
        ]
    assert counts == [[[3]], [[0]]]


def test_the_figure_has_the_papers_edges() -> None:
    edges = {(edge.source, edge.target) for edge in build_graph().get_graph().edges}
    assert edges == {
        ("__start__", "question"),
        ("question", "linker"),
        ("question", "generator"),
        ("linker", "generator"),
        ("generator", "executor"),
        ("executor", "generator"),
        ("executor", "corrector"),
        ("executor", "continuer"),
        ("executor", "answer"),
        ("corrector", "executor"),
        ("continuer", "executor"),
        ("answer", "__end__"),
    }

"""The figure, in code.

question ─▶ linker ─▶ generator ─▶ executor ─┬─ accepted ───────────────▶ answer
                                     ▲        ├─ error / empty / review ─▶ corrector ─┐
                                     │        └─ still failing / hard ───▶ continuer ─┤
                                     └────────────────────────────────────────────────┘
"""

from typing import Literal

from langchain_core.language_models import BaseChatModel
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Checkpointer

from ..tools.database import Database
from .collaboration import Continuer, Corrector, Generator, Linker
from .nodes import Router, answer, executor_node, question_node
from .policy import Policy, next_step
from .roles import Roles, chosen
from .state import Context, Input, Output, State

Builder = StateGraph[State, Context, Input, Output]
Graph = CompiledStateGraph[State, Context, Input, Output]


def build_graph(
    model: BaseChatModel | None = None,
    database: Database | None = None,
    policy: Policy | None = None,
    *,
    roles: Roles | None = None,
    router: Router = next_step,
    checkpointer: Checkpointer = None,
) -> Graph:
    """The compiled graph: `{"question": ...}` in, sql, columns, rows, status, attempts, links and usage out.

    model, database and policy may also come at run time, as `context=Context(...)`, which goes first.
    checkpointer: needed for conversations (`thread_id`) and for `Policy.approve`.
    Errors: QuestionError for an empty or too long question, SetupError where model or database is missing.
    """
    builder = graph_builder(model, database, policy, roles=roles, router=router)
    return builder.compile(checkpointer=checkpointer, name="routesql")


def graph_builder(
    model: BaseChatModel | None = None,
    database: Database | None = None,
    policy: Policy | None = None,
    *,
    roles: Roles | None = None,
    router: Router = next_step,
) -> Builder:
    """The same graph before compilation, to add nodes and edges of your own; a router may name your nodes."""
    roles, defaults = chosen(roles), Context(model, database, policy)
    graph: Builder = StateGraph(State, Context, input_schema=Input, output_schema=Output)

    graph.add_node("question", question_node(defaults))
    graph.add_node("linker", Linker(roles, defaults).node())
    graph.add_node("generator", Generator(roles, defaults).node())
    graph.add_node("executor", executor_node(defaults, router))
    graph.add_node("corrector", Corrector(roles, defaults).node())
    graph.add_node("continuer", Continuer(roles, defaults).node())
    graph.add_node("answer", answer)

    graph.add_edge(START, "question")
    graph.add_conditional_edges("question", begin)
    graph.add_edge("linker", "generator")
    graph.add_edge("generator", "executor")
    graph.add_conditional_edges("executor", decided if router is next_step else anywhere)
    graph.add_edge("corrector", "executor")
    graph.add_edge("continuer", "executor")
    graph.add_edge("answer", END)
    return graph


def begin(state: State) -> Literal["linker", "generator"]:
    return state["decision"]["next"]  # type: ignore[return-value]


def decided(state: State) -> Literal["generator", "corrector", "continuer", "answer"]:
    return state["decision"]["next"]  # type: ignore[return-value]


def anywhere(state: State) -> str:
    """A router of one's own may go to any node, so the drawing shows an edge to each."""
    return state["decision"]["next"]

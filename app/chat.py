"""`routesql chat`: one question after another; each may refer to those before it."""

import sys

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver

from ..graph import Policy, build_graph
from ..tools.database import Database
from ..tools.errors import QuestionError
from .terminal import Terminal, run

GREETING = "Ask about {name}; follow up as you like. An empty line or Ctrl-D ends."


def chat(model: BaseChatModel, database: Database, policy: Policy) -> None:
    graph = build_graph(model, database, policy, checkpointer=InMemorySaver())
    print(GREETING.format(name=database.name))
    while question := asked():
        terminal = Terminal()
        try:
            config = {"configurable": {"thread_id": "chat"}}
            terminal.show(run(graph, {"question": question}, terminal, config=config))
        except QuestionError as error:
            print(f"routesql: {error}", file=sys.stderr)


def asked() -> str:
    try:
        return input("\n? ").strip()
    except EOFError:
        print()
        return ""

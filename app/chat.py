"""`routesql chat`: one question after another; each may refer to those before it."""

import sys
from contextlib import suppress

from langchain_core.language_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver

from ..graph import Policy, build_graph
from ..tools.database import Database
from ..tools.errors import RoutesqlError
from .interrupt import arm
from .plain import say
from .terminal import Terminal, run

GREETING = "Ask about {name}; follow up as you like. An empty line or Ctrl-D ends."


def chat(model: BaseChatModel, database: Database, policy: Policy) -> None:
    """What goes wrong with a question ends that question, not the conversation."""
    if sys.stdin.isatty():
        with suppress(ImportError):
            import readline  # noqa: F401  (edits the line that `input` reads)
    graph = build_graph(model, database, policy, checkpointer=InMemorySaver())
    print(GREETING.format(name=database.name))
    while True:
        arm()
        try:
            if not (question := asked()):
                return
            terminal = Terminal()
            config = {"configurable": {"thread_id": "chat"}}
            terminal.show(run(graph, {"question": question}, terminal, config=config))
        except RoutesqlError as error:
            say(error)
        except KeyboardInterrupt:
            print(file=sys.stderr)
            say("interrupted; ask on, or end with an empty line or Ctrl-D")


def asked() -> str:
    try:
        return input("\n? ").strip()
    except EOFError:
        print()
        return ""

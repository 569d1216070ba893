"""The collaboration graph: state, policy, nodes, trace."""

from .answer import sql_tool
from .build import build_graph, graph_builder
from .policy import POLICIES, Decision, Policy, next_step
from .roles import Roles
from .state import Attempt, Context, Input, Output, State, Usage
from .trace import Event

__all__ = [
    "POLICIES",
    "Attempt",
    "Context",
    "Decision",
    "Event",
    "Input",
    "Output",
    "Policy",
    "Roles",
    "State",
    "Usage",
    "build_graph",
    "graph_builder",
    "next_step",
    "sql_tool",
]

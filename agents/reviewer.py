"""How likely is the question, given an SQL alone? What asks for something else makes it unlikely.

Source: Coder-Reviewer reranking (Zhang et al., ICML 2023): a program is chosen by the probability of its
instruction given the program, besides that of the program. No role of the collaboration: its reply is never
generated, only weighed.
"""

from langchain_core.messages import BaseMessage

from . import prompts
from .task import Task

name = "reviewer"


def prompt(task: Task) -> list[BaseMessage]:
    """The SQL without schema and question: short, so that many are weighed in one pass."""
    return prompts.messages(name, task)

"""How likely is the question, given an SQL alone? What asks for something else makes it unlikely.

Source: Coder-Reviewer reranking (Zhang et al., ICML 2023): a program is chosen by the probability of its
instruction given the program, besides that of the program. No role of the collaboration: its reply is never
generated, only weighed.
"""

from dataclasses import replace

from langchain_core.messages import BaseMessage

from . import prompts, sqltext
from .task import Task

name = "reviewer"


def prompt(task: Task) -> list[BaseMessage]:
    """The SQL without schema, question and comments, which may repeat the question."""
    return prompts.messages(name, replace(task, sql=sqltext.uncommented(task.sql)))

"""One training example: what a tuned model is shown, and what it is to answer. A line of the JSONL files."""

from dataclasses import dataclass
from typing import Any, Literal

from ...agents import continuer, corrector, generator, linker
from ...agents.task import Task
from .question import Question

TaskName = Literal["generator", "linker", "corrector", "continuer"]
ROLES: dict[TaskName, Any] = {
    "generator": generator,
    "linker": linker,
    "corrector": corrector,
    "continuer": continuer,
}


@dataclass(frozen=True)
class Line:
    id: str
    """The question's id, the task, and which of its examples: `spider-train-12/corrector/correct`."""
    task: TaskName
    database: str
    system: str
    user: str
    completion: str
    kind: str
    """What it is made of: `gold`, `linked`, `mutation:wrong_column`, `correct`, `prefix:clause`, ..."""


def line(question: Question, name: TaskName, task: Task, value: Any, kind: str, part: str = "") -> Line:
    """task: with what the role is told besides the question. value: what its completion is to be read as."""
    system, user = ROLES[name].prompt(task)
    identity = "/".join([question.id, name, *([part] if part else [])])
    completion = ROLES[name].target(value)
    return Line(identity, name, question.example.database, system.text, user.text, completion, kind)

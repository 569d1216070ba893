"""What a role is: a prompt from a task, a value from a completion."""

from typing import Protocol, TypeVar

from langchain_core.messages import BaseMessage

from .task import Task

Value_co = TypeVar("Value_co", covariant=True)


class Role(Protocol[Value_co]):
    """A role; the modules linker, generator, corrector and continuer are roles themselves.

    They also have `target(value) -> str`, the completion a model is tuned towards: `parse(target(v)) == v`.
    Those that answer with an SQL may have `grammar(task) -> str`: what a completion can be, for constrained
    decoding.
    """

    @property
    def name(self) -> str:
        """As the trace shows it."""

    def prompt(self, task: Task) -> list[BaseMessage]:
        """A system and a human message; up to the question the same text for every role."""

    def parse(self, completion: str) -> Value_co:
        """The value of a completion, whatever a model wrapped around it; never raises."""

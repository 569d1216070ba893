"""Who plays the roles. Each is asked of the model, or is a plain function of the task."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..agents import continuer, corrector, generator, linker
from ..agents.role import Role
from ..agents.task import Links, Task

Player = Role[Any] | Callable[[Task], Any]


@dataclass(frozen=True)
class Roles:
    """The cast. A role has `prompt` and `parse`; a plain function of the task answers without the model."""

    linker: Role[Links] | Callable[[Task], Links] = linker
    generator: Role[str] | Callable[[Task], str] = generator
    corrector: Role[str | None] | Callable[[Task], str | None] = corrector
    """None means that the SQL is correct."""
    continuer: Role[str] | Callable[[Task], str] = continuer

"""Who plays the roles. Each is asked of the model, or is a plain function of the task."""

from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any

from ..agents import continuer, corrector, generator, linker
from ..agents.role import Role
from ..agents.task import Links, Task
from ..tools.errors import SetupError

Player = Role[Any] | Callable[[Task], Any]
KINDS = {"linker": (Links,), "generator": (str,), "corrector": (str, NoneType), "continuer": (str,)}
"""What each role answers with."""


@dataclass(frozen=True)
class Roles:
    """The cast. A role has `prompt` and `parse`; a plain function of the task answers without the model."""

    linker: Role[Links] | Callable[[Task], Links] = linker
    generator: Role[str] | Callable[[Task], str] = generator
    corrector: Role[str | None] | Callable[[Task], str | None] = corrector
    """None means that the SQL is correct."""
    continuer: Role[str] | Callable[[Task], str] = continuer


def chosen(roles: Roles | None) -> Roles:
    """The roles given, or the shipped ones. Raises `SetupError`."""
    if roles is None:
        return Roles()
    if not isinstance(roles, Roles):
        raise SetupError(f"roles must be Roles(generator=...), not {type(roles).__name__}")
    for name in KINDS:
        player = getattr(roles, name)
        if not callable(player) and not (hasattr(player, "prompt") and hasattr(player, "parse")):
            raise SetupError(f"the {name} must be a function of the task, or have prompt and parse")
    return roles


def fitting(name: str, value: Any) -> Any:
    """The value, if a role of this name may answer with it. Raises `SetupError`."""
    if not isinstance(value, KINDS[name]):
        wanted = " or ".join(kind.__name__ for kind in KINDS[name])
        raise SetupError(f"the {name} must return {wanted}, not {type(value).__name__}")
    return value

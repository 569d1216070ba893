"""The roles of the collaboration (linker, generator, corrector, continuer) and the model behind them."""

from typing import TYPE_CHECKING, Any

from . import model
from .model import ScriptedModel
from .role import Role
from .task import Links, Task, Turn

if TYPE_CHECKING:
    from .model import LocalModel

__all__ = ["Links", "LocalModel", "Role", "ScriptedModel", "Task", "Turn"]


def __getattr__(name: str) -> Any:
    if name == "LocalModel":  # on first use: it needs the `local` extra
        return model.LocalModel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""LocalModel, its decoding engine, its weights, and the scripted stand-in.

`LocalModel` is imported on first use: it needs the `local` extra, the scripted stand-in does not.
"""

from typing import TYPE_CHECKING, Any

from .scripted import ScriptedModel

if TYPE_CHECKING:
    from .chat import LocalModel

__all__ = ["LocalModel", "ScriptedModel"]


def __getattr__(name: str) -> Any:
    if name == "LocalModel":
        from .chat import LocalModel

        return LocalModel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Engines where their process ends, and where it is forked."""

import atexit
import os
from typing import Protocol
from weakref import WeakSet


class Living(Protocol):
    def close(self) -> None: ...
    def start_afresh(self) -> None: ...


engines: WeakSet[Living] = WeakSet()


@atexit.register
def _close_all() -> None:
    """A daemon thread inside torch while the interpreter goes away would crash it."""
    for engine in list(engines):
        engine.close()


def _start_all_afresh() -> None:
    for engine in list(engines):
        engine.start_afresh()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_all_afresh)

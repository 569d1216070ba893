"""Ctrl-C: the first ends the work in hand, a second one the process, at once."""

import signal
from typing import Any


def arm() -> None:
    """The next Ctrl-C is a first one."""
    signal.signal(signal.SIGINT, _first)


def _first(*_: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise KeyboardInterrupt

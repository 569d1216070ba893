"""Where an engine's events wait for the caller: one for threads, one for asyncio."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from queue import SimpleQueue

from ...tools.errors import RoutesqlError
from .request import Completion, Event


class Inbox:
    """For a caller that blocks."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Event] = SimpleQueue()

    def put(self, event: Event) -> None:
        self._queue.put(event)

    def events(self) -> Iterator[str | Completion]:
        """Up to and including the completion; raises the error that ended the request instead, if one did."""
        while True:
            event = self._queue.get()
            if isinstance(event, RoutesqlError):
                raise event
            yield event
            if isinstance(event, Completion):
                return


class AsyncInbox:
    """For a caller on an event loop; no thread waits for it."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def put(self, event: Event) -> None:
        """Called from the engine's thread. A loop that has ended has nobody waiting on it."""
        with suppress(RuntimeError):  # it is closed
            self._loop.call_soon_threadsafe(self._queue.put_nowait, event)

    async def events(self) -> AsyncIterator[str | Completion]:
        """As `Inbox.events`."""
        while True:
            event = await self._queue.get()
            if isinstance(event, RoutesqlError):
                raise event
            yield event
            if isinstance(event, Completion):
                return

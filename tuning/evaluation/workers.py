"""Worker processes that can be killed: one item that hangs or crashes costs its own time and nothing else."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
SPAWN = multiprocessing.get_context("spawn")
"""A fork would copy the locks of the model's threads."""


@dataclass(frozen=True)
class Lost:
    """Instead of a result: the worker died over the item, or had to be killed."""

    reason: str


class Worker(Generic[Item, Result]):
    def __init__(self, function: Callable[[Item], Result]) -> None:
        self.pipe, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=_work, args=(function, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.index = -1
        self.deadline = 0.0

    def give(self, index: int, item: Item, seconds: float) -> None:
        self.index, self.deadline = index, time.monotonic() + seconds
        with suppress(OSError):  # it died meanwhile, which shows when its result is asked for
            self.pipe.send(item)

    def end(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


def each(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    seconds: Callable[[Item], float],
    workers: int | None = None,
) -> Iterator[tuple[int, Result | Lost]]:
    """(index, result) as they come. function: a module's, it is sent by name. seconds: before a kill."""
    waiting = enumerate(items)
    running: dict[Connection, Worker[Item, Result]] = {}
    try:
        for index, item in islice(waiting, workers or os.cpu_count() or 1):
            _start(running, function, index, item, seconds(item))
        while running:
            ready = wait(list(running), timeout=0.2)
            for pipe, worker in list(running.items()):
                # Asked anew: it may have come while the items or the caller kept us waiting.
                if pipe in ready or pipe.poll():
                    result = _received(worker)
                elif time.monotonic() > worker.deadline:
                    result = Lost("timeout")
                else:
                    continue
                yield worker.index, result
                after = next(waiting, None)
                if isinstance(result, Lost) or after is None:
                    running.pop(pipe)
                    worker.end()
                    if after:
                        _start(running, function, *after, seconds(after[1]))
                else:
                    worker.give(*after, seconds(after[1]))
    finally:
        for worker in running.values():
            worker.end()


def _start(
    running: dict[Connection, Worker[Item, Result]],
    function: Callable[[Item], Result],
    index: int,
    item: Item,
    seconds: float,
) -> None:
    worker = Worker(function)
    worker.give(index, item, seconds)
    running[worker.pipe] = worker


def _received(worker: Worker[Item, Result]) -> Result | Lost:
    try:
        result: Result = worker.pipe.recv()
    except (EOFError, OSError):
        return Lost("crash")
    return result


def _work(function: Callable[[Item], Result], pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the caller too, who ends us
    with suppress(EOFError, OSError):
        while True:
            pipe.send(function(pipe.recv()))

"""A fault costs the request it belongs to alone; a forked or closed engine leaves nobody waiting."""

import os
import signal
import threading
from collections.abc import Callable, Container
from typing import Any

import pytest
import torch

from routesql.agents.model import shared
from routesql.agents.model.engine import Engine
from routesql.agents.model.inbox import AsyncInbox, Inbox
from routesql.agents.model.prefill import Prefill
from routesql.agents.model.request import Completion, Event, Request, Sampling
from routesql.agents.model.row import Row
from routesql.tools.errors import ModelError

TRUNK = list(range(10, 130))
Ask = Callable[..., list[Completion]]
Wait = Callable[..., None]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (torch.OutOfMemoryError("CUDA out of memory.\nmany lines"), "out of memory; lower max_batch"),
        (RuntimeError("shapes\ndo not match"), "the model failed: RuntimeError: shapes"),
    ],
)
@pytest.mark.parametrize("where", ["advance", "step"])
def test_a_failing_pass_fails_those_in_it_and_no_one_later(
    ask: Ask, where: str, error: Exception, said: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Prefill if where == "advance" else engine._batch, where, fail)
        inboxes = [Inbox() for _ in range(3)]
        engine.submit([Request([*TRUNK, i], 5, inbox.put) for i, inbox in enumerate(inboxes)])
        for inbox in inboxes:
            with pytest.raises(ModelError, match=said) as caught:
                list(inbox.events())
            assert "\n" not in str(caught.value)
    assert ask(TRUNK)[0].finish_reason == "length"


@pytest.mark.parametrize("error", [RuntimeError("Event loop is closed"), KeyError("a token")])
@pytest.mark.parametrize("fatal", [str, Completion, object])
@pytest.mark.parametrize("timeout", [None, 0.0])
def test_a_caller_that_cannot_be_told_is_no_others_concern(
    wait_until: Wait, ask: Ask, timeout: float | None, fatal: type, error: Exception, engine: Engine
) -> None:
    def emit(event: Event) -> None:
        if isinstance(event, fatal):
            raise error

    inboxes = [Inbox() for _ in range(2)]
    faulty = [Request([*TRUNK, i], 5, emit, timeout=timeout) for i in range(3)]
    engine.submit([faulty[0], *(Request(TRUNK, 8, inbox.put) for inbox in inboxes), *faulty[1:]])
    outputs = {list(inbox.events())[-1].output for inbox in inboxes}  # type: ignore[union-attr]
    assert outputs == {ask(TRUNK, max_tokens=8)[0].output}
    wait_until(lambda: not engine._rows)


def test_a_text_that_cannot_be_decoded_fails_alone(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    take = Row.take

    def failing(row: Row, token: int, stop_tokens: Container[int]) -> Any:
        if row.request.stop and len(row.output) == 3:
            raise OverflowError("no such token")
        return take(row, token, stop_tokens)

    monkeypatch.setattr(Row, "take", failing)
    bad, good = Inbox(), Inbox()
    engine.submit([Request(TRUNK, 9, bad.put, stop=("absent",)), Request(TRUNK, 9, good.put)])
    with pytest.raises(ModelError, match="OverflowError: no such token"):
        list(bad.events())
    assert list(good.events())[-1].finish_reason == "length"  # type: ignore[union-attr]


def test_a_seed_that_cannot_be_fails_alone(engine: Engine) -> None:
    inboxes = {seed: Inbox() for seed in (0, 1 << 64, 1)}
    engine.submit(Request(TRUNK, 5, box.put, Sampling(1.0, seed=seed)) for seed, box in inboxes.items())
    with pytest.raises(ModelError, match="the model failed"):
        list(inboxes.pop(1 << 64).events())
    assert [len(list(box.events())[-1].output) for box in inboxes.values()] == [5, 5]  # type: ignore[union-attr]


def test_one_of_several_prompts_computed_together_fails_alone(
    engine: Engine, ask: Ask, computed: list[int]
) -> None:
    ask(TRUNK)
    alone = {i: ask([*TRUNK, 200 + i])[0].output for i in (0, 2)}
    engine.prefixes.clear()
    ask(TRUNK)
    computed.clear()
    inboxes = [Inbox() for _ in range(3)]
    seeds = (0, 1 << 64, 1)
    engine.submit(
        Request([*TRUNK, 200 + i], 6, box.put, Sampling(seed=seed))
        for i, (box, seed) in enumerate(zip(inboxes, seeds, strict=True))
    )
    with pytest.raises(ModelError, match="the model failed"):
        list(inboxes.pop(1).events())
    outputs = [list(box.events())[-1].output for box in inboxes]  # type: ignore[union-attr]
    assert computed == [3]
    assert outputs == list(alone.values())


async def test_a_loop_that_closes_meanwhile_is_no_fault() -> None:
    class Closing:
        def is_closed(self) -> bool:
            return False

        def call_soon_threadsafe(self, *_: object) -> None:
            raise RuntimeError("Event loop is closed")

    inbox = AsyncInbox()
    inbox._loop = Closing()  # type: ignore[assignment]
    inbox.put("text")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_starts_afresh(wait_until: Wait, ask: Ask, engine: Engine) -> None:
    """Forked in the midst of everything: a row decodes, and threads the child lacks hold the locks."""
    expected = ask(TRUNK)[0].output
    running, locked, forked = Inbox(), threading.Event(), threading.Event()
    request = Request(TRUNK, 100_000, running.put)
    engine.submit([request])
    wait_until(lambda: bool(engine._rows))

    def hold() -> None:
        with engine._wake, engine.loaded.template._lock, shared._loading:
            locked.set()
            forked.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(10)
    child = os.fork()
    if child == 0:
        os._exit(_answers_in_the_child(ask, engine, running, expected))
    forked.set()
    holder.join()
    try:
        wait_until(lambda: os.waitpid(child, os.WNOHANG) == (child, 0))
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    request.cancelled = True
    assert ask(TRUNK)[0].output == expected, "and the parent goes on"


def _answers_in_the_child(ask: Ask, engine: Engine, running: Inbox, expected: tuple[int, ...]) -> int:
    """The child's exit code: 0 if all is well."""
    try:
        empty = not (engine._rows or engine.prefixes.bytes or engine._batch.lengths)
        with pytest.raises(ModelError, match="forked"):
            list(running.events())
        free = not engine.loaded.template._lock.locked() and not shared._loading.locked()
        return 0 if empty and free and ask(TRUNK)[0].output == expected else 1
    except BaseException:  # noqa: BLE001  (a child must not go on with the parent's tests)
        return 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_the_thread_leaves_nobody_waiting(
    ask: Ask, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug() -> None:
        raise KeyError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "_drop", bug)
        with pytest.raises(ModelError, match="broke"):
            ask(TRUNK)
    assert ask(TRUNK)[0].finish_reason == "length"


def test_closing_fails_who_waits_and_refuses_who_comes(ask: Ask, engine: Engine) -> None:
    inbox = Inbox()
    engine.submit([Request(TRUNK, 100_000, inbox.put)])
    engine.close()
    with pytest.raises(ModelError, match="closed"):
        list(inbox.events())
    with pytest.raises(ModelError, match="closed"):
        ask(TRUNK)

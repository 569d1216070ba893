"""The engine under load: what is shared, what is bounded, what happens to those who leave or fail."""

import asyncio
import gc
import os
import random
import signal
import threading
import time
import weakref
from collections.abc import Container, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from langchain_core.language_models import LanguageModelInput
from langchain_core.runnables import RunnableConfig, RunnableLambda

from routesql.agents.model import LocalModel, shared
from routesql.agents.model.engine import Engine, Prefill
from routesql.agents.model.inbox import AsyncInbox, Inbox
from routesql.agents.model.loading import load
from routesql.agents.model.prefix import token_bytes
from routesql.agents.model.request import Completion, Event, Request, Sampling
from routesql.agents.model.row import Row
from routesql.tools.errors import ModelError

TRUNK = list(range(10, 130))


@pytest.fixture
def engine(tiny_folder: Path) -> Iterator[Engine]:
    """An engine of its own, with an empty cache; no token ends its answers."""
    loaded = replace(load(tiny_folder, None, "cpu", "float32"), stop_tokens=frozenset())
    engine = Engine(loaded, 1 << 26, 8)
    yield engine
    engine.close()


@pytest.fixture
def computed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by the size of every prefill pass."""
    sizes: list[int] = []
    forward = engine._forward

    def counting(chunk: list[int], prefill: Prefill) -> torch.Tensor:
        sizes.append(len(chunk))
        return forward(chunk, prefill)

    monkeypatch.setattr(engine, "_forward", counting)
    return sizes


def ask(engine: Engine, *prompts: list[int], **options: Any) -> list[Completion]:
    """Submit together, wait for all."""
    inboxes = [Inbox() for _ in prompts]
    options = {"max_tokens": 6, **options}
    engine.submit([Request(p, emit=inbox.put, **options) for p, inbox in zip(prompts, inboxes, strict=True)])
    return [list(inbox.events())[-1] for inbox in inboxes]  # type: ignore[misc]


def test_a_shared_prefix_that_arrives_many_times_at_once_is_computed_once(
    engine: Engine, computed: list[int]
) -> None:
    answers = ask(engine, *([*TRUNK, 200 + i, 7] for i in range(12)))
    assert sum(computed) == len(TRUNK) + 12 * 2
    assert [answer.cached_tokens for answer in answers] == [0] + [len(TRUNK)] * 11


def test_samples_of_one_prompt_share_one_prefill_even_without_a_cache(
    engine: Engine, computed: list[int]
) -> None:
    engine.prefixes.limit = 0
    answers = ask(engine, *[TRUNK] * 5)
    assert sum(computed) == len(TRUNK)
    assert [answer.cached_tokens for answer in answers] == [0] + [len(TRUNK)] * 4
    assert len({answer.output for answer in answers}) == 1


def test_a_seed_draws_the_same_whoever_else_is_in_the_batch(engine: Engine) -> None:
    sampling = Sampling(temperature=1.5, seed=11)
    alone = ask(engine, TRUNK, sampling=sampling, max_tokens=20)[0].output
    others = [[*TRUNK[: 10 * i + 3], i] for i in range(6)]
    inbox, noise = Inbox(), [Inbox() for _ in others]
    engine.submit(
        Request(p, 9, box.put, Sampling(1.0, seed=i))
        for i, (p, box) in enumerate(zip(others, noise, strict=True))
    )
    engine.submit([Request(TRUNK, 20, inbox.put, sampling)])
    assert list(inbox.events())[-1].output == alone  # type: ignore[union-attr]
    assert ask(engine, TRUNK, sampling=Sampling(1.5, seed=12), max_tokens=20)[0].output != alone


def test_a_deadline_holds_during_a_long_prefill_and_its_work_is_kept(
    engine: Engine, computed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_chunk", 10)
    counting = engine._forward

    def slow(chunk: list[int], prefill: Prefill) -> torch.Tensor:
        time.sleep(0.05)
        return counting(chunk, prefill)

    monkeypatch.setattr(engine, "_forward", slow)
    answer = ask(engine, TRUNK, timeout=0.12)[0]
    assert (answer.finish_reason, answer.output) == ("timeout", ())
    assert 10 <= sum(computed) < len(TRUNK)
    done = sum(computed)
    assert ask(engine, TRUNK)[0].cached_tokens == done


def test_a_deadline_returns_what_there_is(engine: Engine) -> None:
    answer = ask(engine, TRUNK, timeout=0.2, max_tokens=100_000)[0]
    assert answer.finish_reason == "timeout"
    assert len(answer.output) > 3
    assert answer.seconds < 1


def test_a_deadline_holds_while_waiting_for_a_free_row(engine: Engine) -> None:
    engine.max_batch = 1
    first, second = Inbox(), Inbox()
    long = Request(TRUNK, 100_000, first.put)
    engine.submit([long, Request([5, 6], 5, second.put, timeout=0.2)])
    assert list(second.events())[-1].finish_reason == "timeout"  # type: ignore[union-attr]
    long.cancelled = True
    assert list(first.events())[-1].finish_reason == "timeout"  # type: ignore[union-attr]


def test_a_cancelled_request_leaves_its_row(engine: Engine) -> None:
    request = Request(TRUNK, 100_000, lambda _: None)
    engine.submit([request])
    wait_until(lambda: bool(engine._rows))
    request.cancelled = True
    wait_until(lambda: not engine._rows)
    assert ask(engine, [5, 6])[0].finish_reason == "length"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (torch.OutOfMemoryError("CUDA out of memory.\nmany lines"), "out of memory; lower max_batch"),
        (RuntimeError("shapes\ndo not match"), "the model failed: RuntimeError: shapes"),
    ],
)
@pytest.mark.parametrize("where", ["_forward", "step"])
def test_a_failing_pass_fails_those_in_it_and_no_one_later(
    where: str, error: Exception, said: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(engine if where == "_forward" else engine._batch, where, fail)
        inboxes = [Inbox() for _ in range(3)]
        engine.submit([Request([*TRUNK, i], 5, inbox.put) for i, inbox in enumerate(inboxes)])
        for inbox in inboxes:
            with pytest.raises(ModelError, match=said) as caught:
                list(inbox.events())
            assert "\n" not in str(caught.value)
    assert ask(engine, TRUNK)[0].finish_reason == "length"


@pytest.mark.parametrize("error", [RuntimeError("Event loop is closed"), KeyError("a token")])
@pytest.mark.parametrize("fatal", [str, Completion, object])
@pytest.mark.parametrize("timeout", [None, 0.0])
def test_a_caller_that_cannot_be_told_is_no_others_concern(
    timeout: float | None, fatal: type, error: Exception, engine: Engine
) -> None:
    def emit(event: Event) -> None:
        if isinstance(event, fatal):
            raise error

    inboxes = [Inbox() for _ in range(2)]
    faulty = [Request([*TRUNK, i], 5, emit, timeout=timeout) for i in range(3)]
    engine.submit([faulty[0], *(Request(TRUNK, 8, inbox.put) for inbox in inboxes), *faulty[1:]])
    outputs = {list(inbox.events())[-1].output for inbox in inboxes}  # type: ignore[union-attr]
    assert outputs == {ask(engine, TRUNK, max_tokens=8)[0].output}
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


async def test_a_loop_that_closes_meanwhile_is_no_fault() -> None:
    class Closing:
        def is_closed(self) -> bool:
            return False

        def call_soon_threadsafe(self, *_: object) -> None:
            raise RuntimeError("Event loop is closed")

    inbox = AsyncInbox()
    inbox._loop = Closing()  # type: ignore[assignment]
    inbox.put("text")


@pytest.mark.parametrize("fit", [0, 1, 2, 3])
def test_rows_are_taken_in_while_memory_lasts(
    fit: int, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(engine, TRUNK)
    sizes: list[int] = []
    step = engine._batch.step

    def counting(tokens: list[int]) -> torch.Tensor:
        sizes.append(len(tokens))
        return step(tokens)

    monkeypatch.setattr(engine._batch, "step", counting)
    engine.batch_bytes = fit * (len(TRUNK) + 1 + 20) * token_bytes(engine.prefixes.longest(TRUNK)[1])
    prompts = [*([*TRUNK, i] for i in range(4)), *[[*TRUNK, 9]] * 3]
    assert {len(answer.output) for answer in ask(engine, *prompts, max_tokens=20)} == {20}
    assert max(sizes) == max(1, fit)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_starts_afresh(engine: Engine) -> None:
    """Forked in the midst of everything: a row decodes, and threads the child lacks hold the locks."""
    expected = ask(engine, TRUNK)[0].output
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
        os._exit(_answers_in_the_child(engine, running, expected))
    forked.set()
    holder.join()
    try:
        wait_until(lambda: os.waitpid(child, os.WNOHANG) == (child, 0))
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    request.cancelled = True
    assert ask(engine, TRUNK)[0].output == expected, "and the parent goes on"


def _answers_in_the_child(engine: Engine, running: Inbox, expected: tuple[int, ...]) -> int:
    """The child's exit code: 0 if all is well."""
    try:
        empty = not (engine._rows or engine.prefixes.bytes or engine._batch.lengths)
        with pytest.raises(ModelError, match="forked"):
            list(running.events())
        free = not engine.loaded.template._lock.locked() and not shared._loading.locked()
        return 0 if empty and free and ask(engine, TRUNK)[0].output == expected else 1
    except BaseException:  # noqa: BLE001  (a child must not go on with the parent's tests)
        return 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_the_thread_leaves_nobody_waiting(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug() -> None:
        raise KeyError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "_drop", bug)
        with pytest.raises(ModelError, match="broke"):
            ask(engine, TRUNK)
    assert ask(engine, TRUNK)[0].finish_reason == "length"


def test_the_thread_ends_when_idle_and_starts_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routesql.agents.model.engine.IDLE", 0.05)
    before = ask(engine, TRUNK)
    wait_until(lambda: engine._thread is None)
    assert ask(engine, TRUNK)[0].output == before[0].output


def test_closing_fails_who_waits_and_refuses_who_comes(engine: Engine) -> None:
    inbox = Inbox()
    engine.submit([Request(TRUNK, 100_000, inbox.put)])
    engine.close()
    with pytest.raises(ModelError, match="closed"):
        list(inbox.events())
    with pytest.raises(ModelError, match="closed"):
        ask(engine, TRUNK)


def test_a_model_nobody_holds_is_freed(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routesql.agents.model.engine.IDLE", 0.05)
    model = LocalModel(model=str(tiny_folder), dtype="bfloat16", max_tokens=3)
    model.invoke("hello")
    engine = weakref.ref(model.engine)
    del model
    wait_until(lambda: gc.collect() >= 0 and engine() is None)


def test_everybody_at_once_and_nobody_waits_for_ever(tiny: LocalModel) -> None:
    """Threads, batches of a runnable, async callers, streams closed early and deadlines, all together."""
    limit, draw = 200_000, random.Random(3)
    tiny.engine.prefixes.limit = limit
    questions = ["SELECT " * draw.randrange(1, 12) + str(i) for i in range(12)]
    expected = {q: tiny.invoke(q).content for q in questions}

    def invoke(question: str, config: RunnableConfig | None = None) -> bool:
        return tiny.invoke(question, config).content == expected[question]

    def close_early(question: str) -> bool:
        stream = tiny.stream(question, max_tokens=400)
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        return True

    def overdue(question: str) -> bool:
        answer = tiny.invoke(question, max_tokens=400, timeout=0.01)
        return answer.response_metadata["finish_reason"] in ("timeout", "stop")

    async def awaited() -> list[bool]:
        async def cancelled(question: str) -> bool:
            task = asyncio.create_task(tiny.ainvoke(question, max_tokens=400))
            await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.wait([task])
            return True

        async def ainvoke(question: str) -> bool:
            return (await tiny.ainvoke(question)).content == expected[question]

        return await asyncio.gather(*map(ainvoke, questions), *map(cancelled, questions))

    with ThreadPoolExecutor(32) as pool:
        jobs = [pool.submit(job, q) for q in questions for job in (invoke, close_early, overdue, invoke)]
        jobs += [pool.submit(lambda: all(RunnableLambda(invoke).batch(questions)))]
        jobs += [pool.submit(lambda: all(asyncio.run(awaited())))]
        assert all(job.result(timeout=60) for job in jobs)
    wait_until(lambda: not tiny.engine._rows and not tiny.engine._waiting)
    assert tiny.engine.prefixes.bytes <= limit
    engines = [thread for thread in threading.enumerate() if thread.name == "routesql-engine"]
    assert len(engines) <= 3, "one thread for each engine, none for a call"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_on_cuda(tiny_folder: Path) -> None:
    here = LocalModel(model=str(tiny_folder), dtype="float32", device="cpu", max_tokens=16)
    there = LocalModel(model=str(tiny_folder), dtype="float32", device="cuda", max_tokens=16)
    questions: list[LanguageModelInput] = [f"SELECT {number}" for number in range(6)]
    assert [a.content for a in there.batch(questions)] == [a.content for a in here.batch(questions)]


def wait_until(condition: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)

"""The engine under load: what is shared, what is bounded, what happens to those who leave."""

import asyncio
import gc
import random
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from langchain_core.language_models import LanguageModelInput
from langchain_core.runnables import RunnableConfig, RunnableLambda

from routesql.agents.model import LocalModel
from routesql.agents.model.batch import Batch
from routesql.agents.model.engine import Engine
from routesql.agents.model.inbox import Inbox
from routesql.agents.model.prefill import Prefill
from routesql.agents.model.prefix import token_bytes
from routesql.agents.model.request import Completion, Request, Sampling

TRUNK = list(range(10, 130))
Ask = Callable[..., list[Completion]]
Wait = Callable[..., None]


def test_a_shared_prefix_that_arrives_many_times_at_once_is_computed_once(
    ask: Ask, computed: list[int]
) -> None:
    answers = ask(*([*TRUNK, 200 + i, 7] for i in range(12)))
    assert sum(computed) == len(TRUNK) + 12 * 2
    assert [answer.cached_tokens for answer in answers] == [0] + [len(TRUNK)] * 11


def test_short_rests_are_computed_in_one_pass_and_the_answers_are_those_of_each_alone(
    ask: Ask, engine: Engine, computed: list[int]
) -> None:
    prompts = [[*TRUNK, *range(200, 201 + 3 * i), 7] for i in range(5)]
    alone = []
    for prompt in prompts:
        engine.prefixes.clear()
        alone.append(ask(prompt)[0].output)
    engine.prefixes.clear()
    ask(TRUNK)
    computed.clear()
    together = ask(*prompts)
    assert [answer.output for answer in together] == alone
    assert [answer.cached_tokens for answer in together] == [len(TRUNK)] * 5
    assert computed == [5 * 14]
    computed.clear()
    assert [answer.output for answer in ask(*prompts)] == alone
    assert sum(computed) == 5


def test_a_full_batch_is_refilled_by_the_quarter(
    ask: Ask, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.max_batch = 8
    begun: list[int] = []
    gather = engine._gather

    def counting(prefill: Prefill, budget: int) -> None:
        gather(prefill, budget)
        begun.append(len(prefill.requests))

    monkeypatch.setattr(engine, "_gather", counting)
    ask(TRUNK)
    prompts = [[*TRUNK, 200 + i, 7] for i in range(13)]
    answers = [list(inbox.events())[-1] for inbox in submitted(engine, prompts)]
    assert len(answers) == 13
    assert begun == [1, 8, 2, 2, 1]


def submitted(engine: Engine, prompts: list[list[int]]) -> list[Inbox]:
    """Each runs one token longer than the one before, so that rows become free one by one."""
    inboxes = [Inbox() for _ in prompts]
    engine.submit(Request(p, 3 + i, box.put) for i, (p, box) in enumerate(zip(prompts, inboxes, strict=True)))
    return inboxes


def test_samples_of_one_prompt_share_one_prefill_even_without_a_cache(
    ask: Ask, engine: Engine, computed: list[int]
) -> None:
    engine.prefixes.limit = 0
    answers = ask(*[TRUNK] * 5)
    assert sum(computed) == len(TRUNK)
    assert [answer.cached_tokens for answer in answers] == [0] + [len(TRUNK)] * 4
    assert len({answer.output for answer in answers}) == 1


def test_a_seed_draws_the_same_whoever_else_is_in_the_batch(ask: Ask, engine: Engine) -> None:
    sampling = Sampling(temperature=1.5, seed=11)
    alone = ask(TRUNK, sampling=sampling, max_tokens=20)[0].output
    others = [[*TRUNK[: 10 * i + 3], i] for i in range(6)]
    inbox, noise = Inbox(), [Inbox() for _ in others]
    engine.submit(
        Request(p, 9, box.put, Sampling(1.0, seed=i))
        for i, (p, box) in enumerate(zip(others, noise, strict=True))
    )
    engine.submit([Request(TRUNK, 20, inbox.put, sampling)])
    assert list(inbox.events())[-1].output == alone  # type: ignore[union-attr]
    assert ask(TRUNK, sampling=Sampling(1.5, seed=12), max_tokens=20)[0].output != alone


def test_a_deadline_holds_during_a_long_prefill_and_its_work_is_kept(
    ask: Ask, engine: Engine, computed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_chunk", 10)
    counting = Prefill.advance

    def slow(prefill: Prefill, *arguments: Any) -> torch.Tensor:
        time.sleep(0.05)
        return counting(prefill, *arguments)

    monkeypatch.setattr(Prefill, "advance", slow)
    answer = ask(TRUNK, timeout=0.12)[0]
    assert (answer.finish_reason, answer.output) == ("timeout", ())
    assert 10 <= sum(computed) < len(TRUNK)
    done = sum(computed)
    assert ask(TRUNK)[0].cached_tokens == done


def test_a_deadline_returns_what_there_is(ask: Ask) -> None:
    answer = ask(TRUNK, timeout=0.2, max_tokens=100_000)[0]
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


def test_a_cancelled_request_leaves_its_row(wait_until: Wait, ask: Ask, engine: Engine) -> None:
    request = Request(TRUNK, 100_000, lambda _: None)
    engine.submit([request])
    wait_until(lambda: bool(engine._rows))
    request.cancelled = True
    wait_until(lambda: not engine._rows)
    assert ask([5, 6])[0].finish_reason == "length"


@pytest.mark.parametrize(("fit", "taken"), [(0, 1), (1, 1), (2, 2), (3, 2), (4, 4)])
def test_rows_are_taken_in_while_memory_lasts(
    ask: Ask, fit: int, taken: int, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(TRUNK)
    sizes: list[int] = []
    step = engine._batch.step

    def counting(tokens: list[int]) -> torch.Tensor:
        sizes.append(len(tokens))
        return step(tokens)

    monkeypatch.setattr(engine._batch, "step", counting)
    engine.batch_bytes = fit * (len(TRUNK) + 1 + 20) * token_bytes(engine.prefixes.longest(TRUNK)[1])
    prompts = [*([*TRUNK, i] for i in range(4)), *[[*TRUNK, 9]] * 3]
    assert {len(answer.output) for answer in ask(*prompts, max_tokens=20)} == {20}
    assert max(sizes) == taken, "the buffers grow by powers of two"
    held = sum(buffer.nbytes for buffer in engine._batch.buffers)
    assert held == 0


def test_many_short_rows_leave_no_room_behind_for_a_long_one(tiny: LocalModel) -> None:
    batch = Batch(tiny.engine.loaded.model)
    short, long = ([torch.zeros(1, 2, length, 16) for _ in range(6)] for length in (4, 4_000))
    for _ in range(16):
        batch.add(short)
    for _ in range(15):
        batch.remove(0)
    batch.add(long)
    assert sum(buffer.nbytes for buffer in batch.buffers) <= 2 * (2 * sum(tensor.nbytes for tensor in long))


def test_the_thread_ends_when_idle_and_starts_again(
    wait_until: Wait, ask: Ask, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routesql.agents.model.engine.IDLE", 0.05)
    before = ask(TRUNK)
    wait_until(lambda: engine._thread is None)
    assert ask(TRUNK)[0].output == before[0].output


def test_a_model_nobody_holds_is_freed(
    wait_until: Wait, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routesql.agents.model.engine.IDLE", 0.05)
    model = LocalModel(model=str(tiny_folder), dtype="bfloat16", max_tokens=3)
    model.invoke("hello")
    engine = weakref.ref(model.engine)
    del model
    wait_until(lambda: gc.collect() >= 0 and engine() is None)


def test_everybody_at_once_and_nobody_waits_for_ever(wait_until: Wait, tiny: LocalModel) -> None:
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

"""A given reply is weighed as transformers would weigh it, alone or among others; nothing is generated."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from langchain_core.messages import HumanMessage

from routesql.agents.model import LocalModel
from routesql.agents.model.request import REPLY_TOKENS, Completion, Request
from routesql.agents.model.weighing import passes
from routesql.tools.errors import ModelError, QuestionError

FAMILIES = ["qwen2", "qwen3", "llama", "mistral", "gemma", "gemma2", "gemma3", "phi", "phi3"]


def weight(model: LocalModel, tokens: list[int], reply: list[int]) -> float:
    """The mean log-probability of the reply, one prompt at a time and every logit computed."""
    with torch.inference_mode():
        logits = model.engine.loaded.model(input_ids=torch.tensor([tokens + reply])).logits[0]
    scores = logits.log_softmax(-1)
    at = range(len(tokens) - 1, len(tokens) + len(reply) - 1)
    return float(torch.stack([scores[i, token] for i, token in zip(at, reply, strict=True)]).mean())


@pytest.mark.parametrize("family", FAMILIES)
def test_prompts_of_all_lengths_weighed_together(
    family: str, family_folder: Callable[[str], Path], wait_until: Callable[..., None]
) -> None:
    model, draw = LocalModel(model=str(family_folder(family)), dtype="float32"), random.Random(3)
    lengths = [(2, 3), (40, 1), (7, 9), (90, 4), (13, 2), (7, 5)]
    made = [tuple([draw.randrange(3, 400) for _ in range(length)] for length in pair) for pair in lengths]
    events: list[tuple[int, Any]] = []
    requests = [
        Request(tokens, 1, lambda event, index=index: events.append((index, event)), reply=tuple(reply))  # type: ignore[misc]
        for index, (tokens, reply) in enumerate(made)
    ]
    model.engine.submit(requests)
    wait_until(lambda: len(events) == len(made))
    for index, event in events:
        tokens, reply = made[index]
        assert isinstance(event, Completion)
        assert event.likelihood == pytest.approx(weight(model, tokens, reply), abs=1e-4)
        assert (event.output, event.input_tokens) == ((), len(tokens) + len(reply))


def test_a_reply_is_weighed_and_not_generated(tiny: LocalModel) -> None:
    prompt = [HumanMessage("SELECT name FROM singer")]
    first, other = (tiny.invoke(prompt, weigh=reply) for reply in ("Show the name", "release year"))
    assert first.text == other.text == ""
    template = tiny.engine.loaded.template
    expected = weight(tiny, template.encode(prompt), template.tokenize("Show the name"))
    assert first.response_metadata["likelihood"] == pytest.approx(expected, abs=1e-4)
    assert first.response_metadata["likelihood"] != other.response_metadata["likelihood"]
    assert first.usage_metadata
    assert first.usage_metadata["output_tokens"] == 0
    assert "likelihood" not in tiny.invoke(prompt).response_metadata


async def test_without_waiting_and_among_those_that_generate(tiny: LocalModel) -> None:
    weight, text = tiny.invoke("go", weigh="stop").response_metadata["likelihood"], tiny.invoke("SELECT").text
    among = await tiny.abatch(["SELECT", "SELECT"])
    weighed = await tiny.bind(weigh="stop").ainvoke("go")
    assert [message.text for message in among] == [text] * 2
    assert weighed.response_metadata["likelihood"] == pytest.approx(weight, abs=1e-5)


def test_what_is_too_long(tiny: LocalModel) -> None:
    with pytest.raises(QuestionError, match=r"the prompt has \d+ tokens, .* takes at most 511"):
        tiny.invoke("SELECT " * 150, weigh="name " * 300)
    long = " ".join(["name"] * 300)
    template = tiny.engine.loaded.template
    reply = template.tokenize(long)
    assert len(reply) > REPLY_TOKENS
    expected = weight(tiny, template.encode([HumanMessage("go")]), reply[:REPLY_TOKENS])
    assert tiny.invoke("go", weigh=long).response_metadata["likelihood"] == pytest.approx(expected, abs=1e-4)


def test_a_pass_holds_no_more_than_its_budget() -> None:
    sizes = [5, 90, 30, 12, 300, 31]
    requests = [Request([1] * size, 1, lambda _: None, reply=(1, 2)) for size in sizes]
    found = list(passes(requests, 100))
    assert sorted(len(one.tokens) for some in found for one in some) == sorted(sizes)
    for some in found:
        assert len(some) == 1 or len(some) * max(len(one.tokens) + 2 for one in some) <= 100
    assert len(found) < len(sizes)
    assert list(passes([], 100)) == []


def test_a_fault_ends_those_of_its_pass_alone(tiny: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> list[float]:
        raise RuntimeError("no such kernel")

    monkeypatch.setattr("routesql.agents.model.engine.likelihoods", broken)
    with pytest.raises(ModelError, match="no such kernel"):
        tiny.invoke("go", weigh="stop")
    assert tiny.invoke("SELECT").text


def test_streamed_there_is_only_the_end(tiny: LocalModel) -> None:
    chunks = list(tiny.stream("go", weigh="stop"))
    assert "".join(str(chunk.text) for chunk in chunks) == ""
    assert chunks[-1].response_metadata["likelihood"] == pytest.approx(
        tiny.invoke("go", weigh="stop").response_metadata["likelihood"], abs=1e-5
    )


def test_a_deadline_and_a_fault_end_what_waits(
    ask: Callable[..., list[Completion]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (late,) = ask([5, 6], reply=(7,), timeout=1e-9)
    assert (late.finish_reason, late.likelihood) == ("timeout", None)
    monkeypatch.setattr("routesql.agents.model.engine.likelihoods", lambda *_: 1 / 0)
    with pytest.raises(ModelError, match="ZeroDivisionError"):
        ask([5, 6], reply=(7,))
    monkeypatch.undo()
    (done,) = ask([5, 6], reply=(7,))
    assert done.likelihood is not None

"""Each family gives, batched and with reuse, what transformers' own generate gives one at a time."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
import torch
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import HumanMessage
from transformers import DynamicCache

from routesql.agents.model import LocalModel
from routesql.agents.model.request import Completion, Event, Request

FAMILIES = ["qwen2", "qwen3", "llama", "mistral", "gemma2", "gemma3", "phi3"]


def prompts(seed: int, count: int) -> list[list[int]]:
    """Random tokens that share prefixes with one another, 2 to 70 of them."""
    draw = random.Random(seed)
    made = [[draw.randrange(3, 400) for _ in range(20)]]
    for _ in range(count - 1):
        parent = draw.choice(made)
        kept = parent[: draw.randrange(len(parent) + 1)]
        made.append((kept + [draw.randrange(3, 400) for _ in range(draw.randrange(2, 40))])[:70])
    return made


def generate(model: LocalModel, tokens: Sequence[int], max_tokens: int) -> tuple[int, ...]:
    """What transformers gives for this prompt alone."""
    causal: Any = model.engine.loaded.model
    ids = torch.tensor([tokens])
    output = causal.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=max_tokens,
        do_sample=False,
        past_key_values=DynamicCache(config=causal.config),
    )
    return tuple(output[0, len(tokens) :].tolist())


@pytest.mark.parametrize("family", FAMILIES)
def test_reuse_and_batching_change_nothing(family: str, family_folder: Callable[[str], Path]) -> None:
    model = LocalModel(model=str(family_folder(family)), dtype="float32")
    queue: SimpleQueue[tuple[int, Event]] = SimpleQueue()
    asked = prompts(seed=1, count=24)
    requests = [
        Request(tokens, 5 + index % 17, lambda event, index=index: queue.put((index, event)))  # type: ignore[misc]
        for index, tokens in enumerate(asked)
    ]
    done: dict[int, Completion] = {}
    model.engine.submit(requests[:10])
    while len(done) < len(requests):
        index, event = queue.get(timeout=20)
        if isinstance(event, Completion):
            done[index] = event
            if len(done) in (3, 6):  # the others arrive while these decode
                model.engine.submit(requests[10:17] if len(done) == 3 else requests[17:])
    assert any(completion.cached_tokens for completion in done.values())
    for index, tokens in enumerate(asked):
        assert done[index].output == generate(model, tokens, 5 + index % 17)
    assert len({token for completion in done.values() for token in completion.output}) > 30


@pytest.mark.real_model
def test_nor_with_the_real_model() -> None:
    model = LocalModel(dtype="float32", max_tokens=8)
    template = model.engine.loaded.template
    schema = "CREATE TABLE singer (id INTEGER, name TEXT, age INTEGER);\n"
    asked: list[LanguageModelInput] = [
        f"{schema}{question} Answer with the SQL only."
        for question in ("How many singers?", "Who is the oldest?", "Names of those over 20, by age?")
    ]
    model.invoke(asked[0])
    answers = model.batch([*asked, "What is a foreign key?"])
    assert answers[0].usage_metadata is not None
    assert answers[0].usage_metadata["input_token_details"]["cache_read"] > 20
    for question, answer in zip(asked, answers, strict=False):
        tokens = template.encode([HumanMessage(str(question))])
        expected = template.tokenizer.decode(list(generate(model, tokens, 8)), skip_special_tokens=True)
        assert answer.content == expected
    assert "SELECT" in str(answers[0].content)

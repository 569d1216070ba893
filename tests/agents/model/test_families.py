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
from routesql.agents.model.weights import DEFAULT
from routesql.tools.errors import QuestionError

FAMILIES = ["qwen2", "qwen3", "llama", "mistral", "gemma", "gemma2", "gemma3", "phi", "phi3"]
SCALED = ["longrope", "dynamic"]


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
        cache=DynamicCache(config=causal.config),
    )
    return tuple(output[0, len(tokens) :].tolist())


@pytest.mark.parametrize("family", FAMILIES + SCALED)
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


@pytest.mark.parametrize("family", SCALED)
def test_a_long_row_changes_no_frequencies_for_others(
    family: str, family_folder: Callable[[str], Path]
) -> None:
    model = LocalModel(model=str(family_folder(family)), dtype="float32", max_tokens=400)
    short, long = "a", "7 " * 35
    alone = model.invoke(short).content
    together: list[Any] = model.batch([short, long])
    assert together[0].content == alone
    assert together[1].usage_metadata["total_tokens"] <= model.engine.loaded.context == 96
    with pytest.raises(QuestionError, match="takes at most 95"):
        model.invoke("7 " * 60)


@pytest.mark.real_model
def test_nor_with_the_real_model() -> None:
    model = LocalModel(model=f"base:{DEFAULT}", dtype="float32", max_tokens=16)
    template = model.engine.loaded.template
    columns = "name TEXT, age INTEGER, city TEXT, country TEXT, opened DATE, rating REAL, notes TEXT"
    names = ("singer", "concert", "stadium", "student", "teacher", "album", "track", "label", "venue")
    tables = "".join(f"CREATE TABLE {name} ({name}_id INTEGER PRIMARY KEY, {columns});\n" for name in names)
    asked: list[LanguageModelInput] = [
        f"{tables}How many singers are older than 20? Answer with the SQL only.",
        f"{tables}What are the names of the stadiums? Answer with the SQL only.",
        "CREATE TABLE singer (id INTEGER, name TEXT);\nWho comes first? Answer with the SQL only.",
        "Count.",
    ]
    prompts = [template.encode([HumanMessage(str(question))]) for question in asked]
    assert len(prompts[0]) > 300 > 8 * len(prompts[3])
    model.invoke(asked[0], max_tokens=1)
    answers: list[Any] = model.batch(asked)
    cached = [answer.usage_metadata["input_token_details"]["cache_read"] for answer in answers]
    assert cached[0] == len(prompts[0]) - 1
    assert cached[1] > 250
    for prompt, answer in zip(prompts, answers, strict=True):
        tokens = generate(model, prompt, 16)
        assert answer.content == template.tokenizer.decode(list(tokens), skip_special_tokens=True)
        assert answer.usage_metadata["output_tokens"] == len(tokens)
    assert "SELECT" in answers[0].content
    assert max(answer.usage_metadata["output_tokens"] for answer in answers) == 16

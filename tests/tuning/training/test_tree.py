"""Tree packing is exact: what each example computes is what it computes in a row of its own."""

import warnings
from array import array
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model

from routesql.tuning.training.attention import attend, chunks
from routesql.tuning.training.base import checkpoint_activations, load_base
from routesql.tuning.training.data import Example
from routesql.tuning.training.errors import TrainingError
from routesql.tuning.training.forward import log_probs
from routesql.tuning.training.sft import next_token_loss
from routesql.tuning.training.target_log_probs import TargetLogProbs
from routesql.tuning.training.tree import common_prefix, lay_out, visible

TOKENS = st.lists(st.integers(3, 6), min_size=1, max_size=7).map(lambda tokens: array("I", tokens))
EXAMPLES = st.lists(
    st.tuples(TOKENS, st.lists(TOKENS, min_size=1, max_size=2)).map(
        lambda parts: Example("q/t", "t", "d", parts[0], tuple(parts[1]))
    ),
    min_size=1,
    max_size=8,
)


def example(prompt: list[int], *completions: list[int]) -> Example:
    return Example("q/t", "t", "d", array("I", prompt), tuple(array("I", tokens) for tokens in completions))


BRANCHING = [
    example([5, 6, 7, 8, 9, 10, 11], [20, 21, 2]),
    example([5, 6, 7, 8, 9, 30], [22, 23, 24, 2]),
    example([5, 6, 7, 8, 9, 10, 11], [20, 25, 2], [2]),
    example([5, 6, 40, 41], [21, 2]),
    example([50, 51], [26, 27, 2]),
    example([5, 6, 7, 8], [28, 2]),
]
"""A schema with two questions, a prompt asked twice, one that is the beginning of others, another trunk."""


@given(EXAMPLES, st.booleans())
def test_a_path_through_the_row_is_the_example(examples: list[Example], share: bool) -> None:
    """What each target's source may see, in order of position, is its prompt and the completion so far."""
    row = lay_out(examples, share=share)
    seen = visible(torch.tensor(row.ends))
    read: dict[int, list[int]] = {}
    for source, target, completion in zip(row.sources, row.targets, row.completions, strict=True):
        ancestors = seen[source].nonzero().flatten().tolist()
        assert [row.positions[index] for index in ancestors] == list(range(len(ancestors)))
        read.setdefault(completion, []).append(target)
        number, path = 0, [row.tokens[index] for index in ancestors]
        for one in examples:
            if number <= completion < number + len(one.completions):
                so_far = [*one.prompt, *one.completions[completion - number]]
                assert path == so_far[: len(path)]
                assert so_far[len(path)] == target
            number += len(one.completions)
    everything = [completion for one in examples for completion in one.completions]
    assert [read[number] for number in range(len(everything))] == [list(tokens) for tokens in everything]


@given(EXAMPLES)
def test_a_shared_prefix_stands_once(examples: list[Example]) -> None:
    """As many prompt tokens as there are distinct beginnings of prompts."""
    row = lay_out(examples)
    beginnings = {tuple(one.prompt[:end]) for one in examples for end in range(1, len(one.prompt) + 1)}
    completions = sum(len(completion) - 1 for one in examples for completion in one.completions)
    assert len(row.tokens) == len(beginnings) + completions
    assert len(lay_out(examples, share=False).tokens) == sum(one.tokens for one in examples)


@given(TOKENS, TOKENS, TOKENS)
def test_common_prefix(start: "array[int]", one: "array[int]", other: "array[int]") -> None:
    pairs = zip(start + one, start + other, strict=False)
    expected = next((i for i, (a, b) in enumerate(pairs) if a != b), len(start) + min(len(one), len(other)))
    assert common_prefix(start + one, start + other) == expected


def gradients(model: Any, loss: torch.Tensor) -> dict[str, torch.Tensor]:
    model.zero_grad(set_to_none=True)
    backward: Any = loss.backward
    backward()
    trained = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    return {name: weight.grad.clone() for name, weight in trained.items()}


def alone(model: Any, examples: list[Example]) -> torch.Tensor:
    """One completion a row, the ordinary causal mask, logits everywhere; no code of the trainer's."""
    total = torch.zeros(())
    for one in examples:
        for completion in one.completions:
            tokens = torch.tensor([[*one.prompt, *completion]])
            logits = model(input_ids=tokens, use_cache=False).logits[0].log_softmax(-1)
            start = len(one.prompt)
            picked = logits[start - 1 : -1].gather(1, tokens[0, start:, None])
            total = total - picked.sum()
    return total


@pytest.mark.parametrize("attention", ["tree", "sdpa", "eager"])
@pytest.mark.parametrize("family", ["base", "llama"])
@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_loss_and_gradients_are_those_of_one_example_a_row(
    attention: str,
    family: str,
    share: bool,
    checkpointing: bool,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("routesql.tuning.training.attention.CHUNK", 3)
    folder: Path = request.getfixturevalue(family)
    ordinary, _ = load_base(folder, torch.float32)
    expected_loss = alone(ordinary, BRANCHING)
    expected = gradients(ordinary, expected_loss)
    model, _ = load_base(folder, torch.float32, attention)
    model.train()
    if checkpointing:
        checkpoint_activations(model)
    row = lay_out(BRANCHING, share=share)
    loss = -log_probs(model, row, "float32").sum()
    torch.testing.assert_close(loss, expected_loss, rtol=1e-6, atol=1e-5)
    found = gradients(model, loss)
    for name, gradient in expected.items():
        scale = float(gradient.abs().max())
        torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-5 * scale, msg=name)


@pytest.mark.parametrize("attention", ["tree", "sdpa", "eager"])
@pytest.mark.parametrize("family", ["base", "llama"])
@pytest.mark.parametrize("share", [True, False])
def test_so_are_those_of_lora(
    attention: str, family: str, share: bool, request: pytest.FixtureRequest
) -> None:
    """What trains: the output embeddings are frozen, so logits are computed in slices and not kept."""
    folder: Path = request.getfixturevalue(family)
    ordinary, model = (with_lora(load_base(folder, torch.float32, one)[0]) for one in ("sdpa", attention))
    expected_loss = alone(ordinary, BRANCHING)
    expected = gradients(ordinary, expected_loss)
    loss = -log_probs(model, lay_out(BRANCHING, share=share), "float32").sum()
    torch.testing.assert_close(loss, expected_loss, rtol=1e-6, atol=1e-5)
    found = gradients(model, loss)
    assert all("lora_" in name for name in found)
    for name, gradient in expected.items():
        scale = float(gradient.abs().max())
        assert scale > 0
        torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-5 * scale, msg=name)


def with_lora(model: Any) -> Any:
    """An adapter that is not zero, the same each time."""
    torch.manual_seed(3)
    config = LoraConfig(r=4, target_modules=["q_proj", "v_proj", "down_proj"], init_lora_weights=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peft asks transformers by an old name
        return get_peft_model(model, config).train()


def test_the_mask_matters(base: Path) -> None:
    """Were everything before it visible, the loss would be another: the test above could fail."""
    model, _ = load_base(base, torch.float32)
    row = lay_out(BRANCHING)
    length = len(row.tokens)
    blind = type(row)(row.tokens, row.positions, [length] * length, row.sources, row.targets, row.completions)
    with torch.no_grad():
        assert (
            abs(float(log_probs(model, row, "float32").sum() - log_probs(model, blind, "float32").sum()))
            > 1e-2
        )


@given(EXAMPLES, st.integers(1, 9))
def test_a_chunk_has_all_that_it_may_see(examples: list[Example], size: int) -> None:
    """Together the chunks' masks are the row's."""
    row = lay_out(examples)
    ends = torch.tensor(row.ends)
    found = torch.zeros(len(ends), len(ends), dtype=torch.bool)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("routesql.tuning.training.attention.CHUNK", size)
        for chunk in chunks(ends, torch.float32):
            found[chunk.start : chunk.stop, chunk.keys] = chunk.mask[0, 0] == 0
    assert torch.equal(found, visible(ends))


def test_logits_that_are_not_kept_give_the_same_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routesql.tuning.training.target_log_probs.SLICE", 4)
    torch.manual_seed(0)
    hidden, output = torch.randn(11, 8, requires_grad=True), torch.randn(30, 8)
    targets, weights = torch.randint(30, (11,)), torch.rand(11)
    expected = torch.log_softmax(hidden @ output.T, dim=-1).gather(1, targets[:, None])[:, 0]
    (slope,) = torch.autograd.grad((expected * weights).sum(), hidden)
    found: torch.Tensor = TargetLogProbs.apply(hidden, output, targets)  # type: ignore[no-untyped-call]
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad((found * weights).sum(), hidden)[0], slope)


def test_a_confident_tokens_gradient_survives_bf16() -> None:
    """The target's weights less their mean would be a difference of two nearly equal vectors."""
    torch.manual_seed(0)
    output = torch.randn(500, 64).bfloat16()
    targets = torch.arange(50)
    direction = output[targets].float()
    scale = torch.linspace(8, 13, 50)[:, None] / direction.square().sum(dim=1, keepdim=True)
    hidden = (direction * scale).bfloat16().requires_grad_()
    exact = hidden.detach().float().requires_grad_()
    logs = torch.log_softmax(exact @ output.float().T, dim=-1).gather(1, targets[:, None])[:, 0]
    assert 0.9 < logs.exp().mean() < 0.999
    (expected,) = torch.autograd.grad(logs.sum(), exact)
    found: torch.Tensor = TargetLogProbs.apply(hidden, output, targets)  # type: ignore[no-untyped-call]
    (slope,) = torch.autograd.grad(found.sum(), hidden)
    error = (slope.float() - expected).norm(dim=1) / expected.norm(dim=1)
    assert error.median() < 0.1


@pytest.mark.parametrize("named", ["softcap", "s_aux"])
def test_attention_of_another_kind_is_not_computed_wrongly(named: str) -> None:
    one = torch.zeros(1, 1, 1, 1)
    other: Any = {named: one}
    with pytest.raises(TrainingError, match='attention = "eager"'):
        attend(torch.nn.Identity(), one, one, one, None, row=[], scaling=1.0, **other)


def test_the_loss_of_each_example(base: Path) -> None:
    model, _ = load_base(base, torch.float32)
    examples = [one for one in BRANCHING if len(one.completions) == 1]
    with torch.no_grad():
        row = lay_out(examples)
        (found,) = next_token_loss(log_probs(model, row, "float32"), row, examples)
        expected = torch.stack([alone(model, [one]) for one in examples])
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)

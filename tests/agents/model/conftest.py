"""Tiny random models, built here: every family's architecture at a size that runs in milliseconds."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma3TextConfig,
    GemmaConfig,
    LlamaConfig,
    MistralConfig,
    Phi3Config,
    PhiConfig,
    PretrainedConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
)

from routesql.agents.model import LocalModel
from routesql.agents.model.engine import Engine
from routesql.agents.model.inbox import Inbox
from routesql.agents.model.loading import load
from routesql.agents.model.prefill import Prefill
from routesql.agents.model.request import Completion, Request

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}"
    "{% if (message.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CORPUS = [
    "SELECT name, count(*) FROM singer JOIN concert ON singer.id = concert.singer_id GROUP BY name",
    "CREATE TABLE concert (concert_id INTEGER PRIMARY KEY, theme TEXT, stadium_id INTEGER)",
    "How many singers do we have? Show the name and the release year of the song by the youngest singer.",
    "你好，世界。Grüße, señor! naïve café 🎉🎊",
]
FAMILIES: dict[str, tuple[type[PretrainedConfig], dict[str, Any], str]] = {
    "qwen2": (Qwen2Config, {}, CHATML),
    "qwen3": (Qwen3Config, {"head_dim": 16}, CHATML),
    "llama": (LlamaConfig, {}, CHATML),
    "mistral": (MistralConfig, {"sliding_window": 12}, NO_SYSTEM),
    "gemma2": (Gemma2Config, {"head_dim": 16, "sliding_window": 12, "query_pre_attn_scalar": 16}, NO_SYSTEM),
    "gemma3": (
        Gemma3TextConfig,
        {
            "head_dim": 16,
            "sliding_window": 12,
            "query_pre_attn_scalar": 16,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
        },
        NO_SYSTEM,
    ),
    "gemma": (GemmaConfig, {"head_dim": 16}, NO_SYSTEM),
    "phi": (PhiConfig, {}, CHATML),
    "phi3": (Phi3Config, {"sliding_window": 12}, CHATML),
    "longrope": (
        Phi3Config,
        {
            "original_max_position_embeddings": 96,
            "rope_scaling": {
                "rope_type": "longrope",
                "rope_theta": 10_000.0,
                "short_factor": [1.0] * 8,
                "long_factor": [4.0] * 8,
            },
        },
        CHATML,
    ),
    "dynamic": (
        LlamaConfig,
        {
            "max_position_embeddings": 96,
            "rope_scaling": {"rope_type": "dynamic", "rope_theta": 10_000.0, "factor": 4.0},
        },
        CHATML,
    ),
}


def tiny_tokenizer(template: str) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    fast.chat_template = template
    return fast


def build(folder: Path, family: str) -> Path:
    """A model folder as `save_pretrained` leaves it. Weights are spread wide, so that greedy has no ties."""
    kind, extra, template = FAMILIES[family]
    tokenizer = tiny_tokenizer(template)
    config = kind(
        **{
            "vocab_size": len(tokenizer),
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 512,
            "initializer_range": 0.3,
            "tie_word_embeddings": False,
            "bos_token_id": None,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
            **extra,
        }
    )
    torch.manual_seed(7)
    model: Any = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Models this small only lose by waiting for a second thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def family_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def folder(family: str) -> Path:
        if family not in made:
            made[family] = build(tmp_path_factory.mktemp("models") / f"tiny-{family}", family)
        return made[family]

    return folder


@pytest.fixture(scope="session")
def tiny_folder(family_folder: Callable[[str], Path]) -> Path:
    return family_folder("qwen2")


@pytest.fixture
def tiny(tiny_folder: Path) -> LocalModel:
    return LocalModel(model=str(tiny_folder), dtype="float32", max_tokens=24)


@pytest.fixture
def engine(tiny_folder: Path) -> Iterator[Engine]:
    """An engine of its own, with an empty cache; no token ends its answers."""
    loaded = replace(load(tiny_folder, None, "cpu", "float32"), stop_tokens=frozenset())
    engine = Engine(loaded, 1 << 26, 8)
    yield engine
    engine.close()


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by the size of every prefill pass."""
    sizes: list[int] = []
    advance = Prefill.advance

    def counting(prefill: Prefill, *arguments: Any) -> torch.Tensor:
        logits = advance(prefill, *arguments)
        sizes.append(prefill.computed)
        return logits

    monkeypatch.setattr(Prefill, "advance", counting)
    return sizes


@pytest.fixture
def ask(engine: Engine) -> Callable[..., list[Completion]]:
    """`ask(*prompts, **options)`: submit token lists together, wait for all."""

    def ask(*prompts: list[int], **options: Any) -> list[Completion]:
        inboxes = [Inbox() for _ in prompts]
        options = {"max_tokens": 6, **options}
        engine.submit(
            [Request(p, emit=inbox.put, **options) for p, inbox in zip(prompts, inboxes, strict=True)]
        )
        return [list(inbox.events())[-1] for inbox in inboxes]  # type: ignore[misc]

    return ask


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., None]:
    def wait_until(condition: Any, seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it never happened"
            time.sleep(0.01)

    return wait_until

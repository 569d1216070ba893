"""Tiny random models and a few examples, as `routesql tune data` writes them."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast, Qwen2Config

from routesql.tuning.training.recipe import Recipe, make_recipe

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SYSTEM = "You are a helpful SQLite assistant."
SCHEMAS = {
    "singers": "CREATE TABLE singer (singer_id INTEGER PRIMARY KEY, name TEXT, country TEXT)",
    "concerts": "CREATE TABLE concert (concert_id INTEGER PRIMARY KEY, theme TEXT, year INTEGER)",
    "stadiums": "CREATE TABLE stadium (stadium_id INTEGER PRIMARY KEY, name TEXT, capacity INTEGER)",
}
INSTRUCTIONS = {"generator": "Write the SQL.", "linker": "Name the columns.", "corrector": "Mend the SQL."}

Recipes = Callable[..., Recipe]


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*SCHEMAS.values(), *INSTRUCTIONS.values()], trainer)
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    fast.chat_template = CHATML
    return fast


def build(folder: Path, kind: Any) -> Path:
    tokenizer = tiny_tokenizer()
    config = kind(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.2,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(7)
    model: Any = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def sft_lines(questions: int = 4) -> list[dict[str, str]]:
    """Each database's questions in each of three tasks; two questions begin alike, one is asked twice."""
    lines = []
    for database, schema in SCHEMAS.items():
        for number in range(questions):
            question = f"How many are there in {number // 2}?" if number % 2 else "How many are there?"
            for task, instruction in INSTRUCTIONS.items():
                lines.append(
                    {
                        "id": f"{database}-{number}/{task}",
                        "task": task,
                        "database": database,
                        "system": SYSTEM,
                        "user": f"{schema}\n{question}\n{instruction}",
                        "completion": f"SELECT {number} FROM {database}",
                        "kind": "",
                    }
                )
    return lines


def pair_lines(questions: int = 3) -> list[dict[str, str]]:
    return [
        {
            "id": f"{database}-{number}",
            "database": database,
            "system": SYSTEM,
            "user": f"{schema}\nQuestion {number}\nWrite the SQL.",
            "chosen": f"SELECT {number} FROM {database}",
            "rejected": f"SELECT name, {number} FROM stadium WHERE year",
        }
        for database, schema in SCHEMAS.items()
        for number in range(questions)
    ]


def write_examples(path: Path, lines: list[dict[str, str]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    return path


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "tiny-qwen2", Qwen2Config)


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "tiny-llama", LlamaConfig)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two databases to train on, one held out."""
    lines = sft_lines()
    held_out = [line for line in lines if line["database"] == "stadiums"]
    write_examples(tmp_path / "data" / "train.jsonl.gz", [line for line in lines if line not in held_out])
    write_examples(tmp_path / "data" / "validation.jsonl.gz", held_out)
    return tmp_path / "data"


@pytest.fixture
def recipe(data: Path, base: Path, tmp_path: Path) -> Recipes:
    """`recipe(**changes)`: a small one, of eight steps."""

    def make(**changes: Any) -> Recipe:
        small = {
            "stage": "sft",
            "base": str(base),
            "data": str(data),
            "out": str(tmp_path / "out"),
            "rank": 4,
            "alpha": 8,
            "precision": "float32",
            "device": "cpu",
            "tokens_per_pack": 160,
            "packs_per_step": 2,
            "epochs": 2,
            "max_steps": 8,
            "learning_rate": 1e-2,
            "validate_every": 4,
            "checkpoint_steps": 2,
        }
        return make_recipe({**small, **changes})

    return make


@pytest.fixture(scope="session")
def write() -> Callable[..., Path]:
    """`write(path, lines)`: a gzip JSONL file."""
    return write_examples


@pytest.fixture(scope="session")
def lines() -> Callable[..., list[dict[str, str]]]:
    """`lines(questions)`: examples for SFT."""
    return sft_lines


@pytest.fixture(scope="session")
def log_of() -> Callable[[Path], list[dict[str, Any]]]:
    def log_of(out: Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (out / "log.jsonl").read_text(encoding="utf-8").splitlines()]

    return log_of


@pytest.fixture(scope="session")
def losses_of(log_of: Callable[[Path], list[dict[str, Any]]]) -> Callable[[Path], dict[int, float]]:
    def losses_of(out: Path) -> dict[int, float]:
        return {line["step"]: line["loss"] for line in log_of(out) if "loss" in line}

    return losses_of


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """A folder of preference pairs."""
    for name in ("train", "validation"):
        write_examples(tmp_path / "pairs" / f"{name}.jsonl.gz", pair_lines())
    return tmp_path / "pairs"

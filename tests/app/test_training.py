"""`routesql tune sft`, `merge` and `keeps`: from arguments to what lies on the disk."""

import argparse
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, Qwen2Config

from routesql.app.arguments import Parser
from routesql.app.training import STAGES, add_training
from routesql.tools.errors import RoutesqlError, SetupError
from routesql.tuning.evaluation.judge import Score
from routesql.tuning.evaluation.run_folder import Answer, RunError, RunFolder
from routesql.tuning.evaluation.scoring import Scored

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tune(*arguments: str) -> int:
    """As the command line will."""
    parser = Parser(prog="routesql tune")
    add_training(parser.add_subparsers(required=True, dest="stage", parser_class=Parser))
    args: argparse.Namespace = parser.parse_args(arguments)
    return STAGES[args.stage](args)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer.train_from_iterator(
        [], trainers.BpeTrainer(special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    )
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, eos_token="<|im_end|>"
    )
    fast.chat_template = CHATML
    config = Qwen2Config(
        vocab_size=len(fast),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        eos_token_id=fast.eos_token_id,
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "tiny")  # type: ignore[no-untyped-call]
    fast.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


@pytest.fixture
def recipe(tmp_path: Path, base: Path) -> Path:
    example = {
        "id": "q/generator",
        "task": "generator",
        "database": "singers",
        "system": "You help.",
        "user": "How many singers?",
        "completion": "SELECT count(*) FROM singer",
    }
    with gzip.open(tmp_path / "train.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(example) + "\n")
    path = tmp_path / "recipe.toml"
    path.write_text(
        f'stage = "sft"\nbase = "{base}"\ndata = "{tmp_path}"\nout = "{tmp_path / "out"}"\n'
        'epochs = 1\nvalidation_examples = 0\ndevice = "cpu"\nrank = 2\n',
        encoding="utf-8",
    )
    return path


def test_from_a_recipe_to_a_merged_model(recipe: Path, base: Path, tmp_path: Path) -> None:
    assert tune("sft", str(recipe)) == 0
    adapter = tmp_path / "out" / "adapter"
    assert (adapter / "adapter_model.safetensors").is_file()
    assert tune("merge", "--adapter", str(adapter), "--out", str(tmp_path / "merged")) == 0
    assert (tmp_path / "merged" / "model.safetensors").is_file()
    assert tune("sft", str(recipe), "--base", str(base), "--out", str(tmp_path / "elsewhere")) == 0
    assert (tmp_path / "elsewhere" / "adapter").is_dir()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sft", "{}/none.toml"], "cannot read .*none.toml: No such file or directory"),
        (["sft", "{}/recipe.toml", "--data", "/nowhere"], "no file /nowhere/train.jsonl.gz"),
        (["prefer", "{}/recipe.toml"], "the recipe is for stage 'sft', not 'prefer'"),
        (["sft", "{}/recipe.toml", "--base", "./nowhere"], "no model file or folder './nowhere'"),
        (["merge", "--adapter", "{}", "--out", "{}/merged"], "is not an adapter folder"),
    ],
)
def test_bad_input_is_a_setup_error_in_one_line(
    arguments: list[str], told: str, recipe: Path, tmp_path: Path
) -> None:
    assert recipe.exists()
    with pytest.raises(RoutesqlError, match=told) as error:
        tune(*(argument.format(tmp_path) for argument in arguments))
    assert isinstance(error.value, SetupError)
    assert "\n" not in str(error.value)


def run(path: Path, scores: str, split: str = "validation", **more: object) -> Path:
    """A letter a question; each has another adapter."""
    letters: dict[str, Score] = {"r": "right", "w": "wrong"}
    folder = RunFolder(path)
    setting = {"corpus": "spider", "split": split, "adapter": str(path), "questions": len(scores)}
    folder.start({**setting, **more})
    for index, one in enumerate(scores):
        folder.add(Answer(Scored(str(index), "d", "", "", letters[one])))
    return path


@pytest.mark.parametrize(("before", "after", "code"), [("rww", "rrw", 0), ("rrw", "rww", 1), ("rw", "wr", 1)])
def test_a_stage_is_kept_only_if_execution_accuracy_rose(
    before: str, after: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = run(tmp_path / "before", before), run(tmp_path / "after", after)
    assert tune("keeps", str(one), str(other)) == code
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("not kept" if code else "kept")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {"split": "dev"}, "the runs differ in split, too"),
        ({"policy": "fast"}, {"policy": "default"}, "the runs differ in policy, too"),
        ({"split": "dev"}, {"split": "dev"}, "dev and test are for reporting"),
        ({"questions": 2}, {"questions": 2}, "before has 1 of its questions answered"),
    ],
)
def test_runs_that_prove_nothing_of_a_stage(
    before: dict[str, Any], after: dict[str, Any], said: str, tmp_path: Path
) -> None:
    one, other = run(tmp_path / "before", "w", **before), run(tmp_path / "after", "r", **after)
    with pytest.raises(RunError, match=said):
        tune("keeps", str(one), str(other))


def test_the_arguments_import_nothing_heavy() -> None:
    """`--help` and a wrong argument answer at once."""
    heavy = {"torch", "transformers", "sqlglot", "sqlalchemy", "langchain_core"}
    code = f"import sys, routesql.app.training; print(*sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"

"""A kill at any moment, a full disk, several processes, a bare machine: each with the real command."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from routesql.tuning.training.errors import TrainingError
from routesql.tuning.training.loop import Training
from routesql.tuning.training.recipe import Recipe
from routesql.tuning.training.run_folder import TrainingFolder, replace_folder
from routesql.tuning.training.sft import sft

Recipes = Callable[..., Recipe]
Losses = Callable[[Path], dict[int, float]]

NOTHING: dict[str, Any] = {"recipe": {}, "data": {}, "base": {}, "adapter": {}}
COMMAND = ["-m", "routesql.tuning.training.sft"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


def written(recipe: Recipe) -> Path:
    """The recipe as a TOML file beside its data."""
    path = Path(recipe.data) / f"{Path(recipe.out).name}.toml"
    values = {field.name: getattr(recipe, field.name) for field in fields(Recipe)}
    text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items())
    path.write_text(text, encoding="utf-8")
    return path


def start(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={**ENVIRONMENT, **environment},
        text=True,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def finished(process: "subprocess.Popen[str]", code: int = 0) -> str:
    told = process.communicate()[1]
    assert process.returncode == code, told
    return told


def test_a_killed_run_goes_on_to_the_same_losses(
    recipe: Recipes, base: Path, losses_of: Losses, caplog: pytest.LogCaptureFixture
) -> None:
    """Dropout draws random numbers, AdamW and the cosine remember: all is as in a run without a kill."""
    options = {"dropout": 0.1, "epochs": 40, "max_steps": 100, "checkpoint_steps": 3, "validate_every": 7}
    whole, broken = recipe(**options), recipe(**options, out=recipe().out + "-broken")
    log, process = Path(broken.out) / "log.jsonl", start(*COMMAND, str(written(broken)))
    while process.poll() is None and not (log.exists() and log.read_bytes().count(b"\n") >= 20):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert "step 100/100" not in finished(process, -signal.SIGKILL)
    with caplog.at_level("INFO"):
        sft(broken, base)
    assert "going on after step" in caplog.text
    sft(whole, base)
    expected = losses_of(Path(whole.out))
    assert len(expected) == 100
    assert losses_of(Path(broken.out)) == expected


def test_two_processes_give_the_loss_of_one(recipe: Recipes, base: Path, losses_of: Losses) -> None:
    """Three rows a step, so that one process has two of them and the other one; the last step has fewer."""
    options = {"packs_per_step": 3, "tokens_per_pack": 200, "max_steps": 0}
    one, two = recipe(**options), recipe(**options, out=recipe().out + "-two")
    sft(one, base)
    # torchrun, which accelerate launch calls too where there are GPUs.
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", str(free_port())]
    finished(start(*launcher, *COMMAND, str(written(two))))
    expected, found = losses_of(Path(one.out)), losses_of(Path(two.out))
    assert list(found) == list(expected)
    assert list(found.values()) == pytest.approx(list(expected.values()), rel=1e-5)
    assert (Path(two.out) / "adapter" / "adapter_model.safetensors").is_file()


def test_a_bare_machine_needs_no_more_than_torch_transformers_and_peft(recipe: Recipes) -> None:
    absent = ["langchain_core", "langgraph", "pydantic", "sqlglot", "sqlalchemy", "rapidfuzz", "matplotlib"]
    code = (
        f"import runpy, sys; sys.modules.update(dict.fromkeys({absent!r}))\n"
        "runpy.run_module('routesql.tuning.training.sft', run_name='__main__', alter_sys=True)\n"
    )
    told = finished(start("-c", code, str(written(recipe()))))
    assert "matplotlib is not installed, so there is no loss.png" in told
    assert (Path(recipe().out) / "adapter" / "adapter_config.json").is_file()


def test_a_bad_recipe_is_one_line_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('stage = "sft"\nlerning_rate = 1.0\n', encoding="utf-8")
    told = finished(start(*COMMAND, str(tmp_path / "bad.toml")), 2)
    assert (
        told == f"routesql: {tmp_path}/bad.toml: unknown key 'lerning_rate'; did you mean 'learning_rate'?\n"
    )


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    """With a limit on the size of files, which fails in the middle of writing, as a full disk does."""
    code = (
        "import resource, sys, torch\n"
        "from pathlib import Path\n"
        "from routesql.tuning.training.run_folder import TrainingFolder\n"
        "folder = TrainingFolder(Path(sys.argv[1]))\n"
        "folder.save({'step': 1, 'weights': torch.ones(1000)})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "folder.save({'step': 2, 'weights': torch.ones(100_000)})\n"
    )
    told = finished(start("-c", code, str(tmp_path)), 1).splitlines()[-1]
    assert f"cannot write {tmp_path}/checkpoint.pt: " in told
    assert told.endswith("; the last one stays")
    found = TrainingFolder(tmp_path).load(cut_log=True)
    assert found is not None
    assert found["step"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_one_process_a_folder(tmp_path: Path) -> None:
    first, second = TrainingFolder(tmp_path / "run"), TrainingFolder(tmp_path / "run")
    first.begin(NOTHING)
    with pytest.raises(TrainingError, match="another process is at work"):
        second.begin(NOTHING)
    del first
    second.begin(NOTHING)


def test_the_limit_counts_the_validation_after_a_resume(
    recipe: Recipes, base: Path, losses_of: Losses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that validates only at its end leaves time for it."""
    broken = stopped_after(4, recipe(validate_every=0), base, monkeypatch)
    checkpoint = torch.load(broken, weights_only=True)
    assert checkpoint["validation"] > 0
    torch.save({**checkpoint, "validation": 1e6}, broken)
    sft(recipe(validate_every=0, max_minutes=1.0), base)
    assert max(losses_of(broken.parent)) == 5


def test_a_checkpoint_of_other_weights(recipe: Recipes, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = stopped_after(2, recipe(), base, monkeypatch)
    checkpoint = torch.load(broken, weights_only=True)
    renamed = {f"old.{name}": weight for name, weight in checkpoint["weights"].items()}
    torch.save({**checkpoint, "weights": renamed}, broken)
    with pytest.raises(TrainingError, match="has other weights"):
        sft(recipe(), base)


def test_another_adapter_at_the_same_place_is_another_run(recipe: Recipes, base: Path) -> None:
    first = recipe(max_steps=2)
    sft(first, base)
    adapter = Path(first.out) / "adapter"
    second = recipe(max_steps=2, adapter=str(adapter), out=first.out + "-2")
    sft(second, base)
    weights = load_file(adapter / "adapter_model.safetensors")
    save_file({name: 2 * one for name, one in weights.items()}, adapter / "adapter_model.safetensors")
    with pytest.raises(TrainingError, match="holds a run whose adapter has sha256"):
        sft(second, base)


def stopped_after(steps: int, recipe: Recipe, base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkpoint of a run that Ctrl-C ended."""
    take = Training._take

    def once(self: Training, step: Any) -> float:
        if self.step == steps:
            raise KeyboardInterrupt
        return take(self, step)

    with monkeypatch.context() as patch:
        patch.setattr(Training, "_take", once)
        with pytest.raises(KeyboardInterrupt):
            sft(recipe, base)
    return Path(recipe.out) / "checkpoint.pt"


def test_a_start_that_the_disk_stopped_can_be_repeated(tmp_path: Path) -> None:
    (tmp_path / "run.json.partial").write_text('{"rec', encoding="utf-8")
    (tmp_path / "run.lock").touch()
    TrainingFolder(tmp_path).begin({})
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8")) == {}


def test_a_damaged_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"no checkpoint")
    with pytest.raises(TrainingError, match="is no checkpoint; delete it"):
        TrainingFolder(tmp_path).load(cut_log=True)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    torch.save({"step": 1, "weights": print}, tmp_path / "checkpoint.pt")
    with pytest.raises(TrainingError, match="is no checkpoint"):
        TrainingFolder(tmp_path).load(cut_log=True)


def test_a_folder_that_cannot_be_filled_leaves_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "old").touch()

    def fill(folder: Path) -> None:
        (folder / "new").touch()
        raise OSError(28, "No space left on device")

    with pytest.raises(TrainingError, match=r"cannot write .*adapter: No space left on device"):
        replace_folder(tmp_path / "adapter", fill)
    assert [path.name for path in tmp_path.rglob("*")] == ["adapter", "old"]

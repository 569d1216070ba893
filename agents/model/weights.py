"""Where a model's weights come from: a path, the Hugging Face cache, installed packages, the hub."""

import hashlib
import logging
from pathlib import Path
from typing import NamedTuple

from ...tools.errors import ModelError
from . import hub
from .cache import cache_folder, make_once
from .conversion import convert, require
from .folder import lacking
from .weight_packages import KNOWN, WeightPackages, find

log = logging.getLogger("routesql")

DEFAULT = "Qwen/Qwen2.5-Coder-0.5B-Instruct"


class Available(NamedTuple):
    """A model that can be loaded."""

    name: str
    source: str
    """What loading it would use: `Hugging Face cache`, `converted`, `weight packages` or `download`."""
    location: str
    """A folder, or the command that brings the weights."""
    size: int
    """Bytes on disk, or still to come."""


def resolve(model: str = DEFAULT) -> Path:
    """The folder to load `model` from: config, safetensors and tokenizer, as transformers reads them.

    model: a folder, a .gguf file, or a Hugging Face id. The first use of weight packages or of a .gguf
    file converts it, once. Raises `ModelError` when it cannot be had, `MissingExtra` without torch.
    """
    require("torch", "transformers")
    try:
        path = Path(model).expanduser()
        found = bool(model) and path.exists()
    except (OSError, RuntimeError) as error:  # too long, not to be entered, the home of nobody
        why = getattr(error, "strerror", None) or error
        raise ModelError(f"no model file or folder {model[:80]!r}: {why}; {_choices()}") from error
    if found:
        return _local(path)
    if not model or model.startswith((".", "/", "~")) or model.endswith(".gguf"):
        raise ModelError(f"no model file or folder {model!r}; {_choices()}")
    return hub.cached(model) or _packaged(model) or _download(model)


def available() -> list[Available]:
    """Known models, then what else the Hugging Face cache holds. Reads no weights and imports no torch."""
    cached = {
        name: Available(name, "Hugging Face cache", str(folder), size)
        for name, (folder, size) in hub.chat_models().items()
    }
    known = [cached.pop(known.model) if known.model in cached else _state(known) for known in KNOWN]
    return known + list(cached.values())


def _local(path: Path) -> Path:
    if path.is_file() and path.suffix == ".gguf":
        return _converted_gguf(path.resolve())
    if not path.is_dir():
        raise ModelError(f"{path} is neither a model folder nor a .gguf file; {_choices()}")
    if fault := lacking(path):
        raise ModelError(f"{path} is not a model folder: it has no {fault}; {_choices()}")
    return path


def _converted_gguf(gguf: Path) -> Path:
    stat = gguf.stat()
    version = hashlib.sha256(f"{gguf}:{stat.st_size}:{stat.st_mtime_ns}".encode()).hexdigest()
    needed = 4 * stat.st_size  # four-bit weights grow to sixteen
    target = cache_folder() / f"{gguf.stem}-{version[:8]}"
    return _whole(make_once(target, needed, lambda folder: _convert(gguf, folder, gguf.name)))


def _packaged(model: str) -> Path | None:
    """The model from its weight packages; None where it has none or none of them is installed."""
    packages = find(model)
    if packages is None:
        return None
    target = _target(packages)
    if target.is_dir():
        return _whole(target)
    missing = packages.missing()
    if len(missing) == packages.parts:
        return None
    if missing:
        wanted = " ".join(f"{name}=={packages.version}" for name in missing)
        raise ModelError(f"part of {packages.model} is not installed; run: pip install {wanted}")
    needed = packages.size + packages.converted
    return _whole(make_once(target, needed, lambda folder: _unpack(packages, folder)))


def _whole(converted: Path) -> Path:
    if fault := lacking(converted):
        raise ModelError(f"{converted} has no {fault}; delete that folder, and it is made again")
    return converted


def _unpack(packages: WeightPackages, folder: Path) -> None:
    gguf = folder / "joined.gguf"
    packages.join(gguf)
    _convert(gguf, folder, packages.model)
    gguf.unlink()


def _convert(gguf: Path, folder: Path, name: str) -> None:
    seconds = 15 + gguf.stat().st_size / 16e6
    log.info("preparing %s, once: about %.0f s, kept in %s afterwards", name, seconds, folder.parent)
    convert(gguf, folder)


def _download(model: str) -> Path:
    try:
        return hub.download(model)
    except ModelError as error:
        packages = find(model)
        other = f"or run: {packages.pip_install}" if packages else _choices()
        raise ModelError(f"{error}; {other}") from error


def _target(packages: WeightPackages) -> Path:
    return cache_folder() / f"{packages.model.replace('/', '--')}-{packages.sha256[:8]}"


def _state(packages: WeightPackages) -> Available:
    target, missing = _target(packages), packages.missing()
    if target.is_dir():
        size = sum(file.stat().st_size for file in target.iterdir())
        return Available(packages.model, "converted", str(target), size)
    if not missing:
        return Available(packages.model, "weight packages", f"converted into {target}", packages.size)
    return Available(packages.model, "download", packages.pip_install, packages.size)


def _choices() -> str:
    return f"give a model folder, a .gguf file, a Hugging Face id, or {' or '.join(k.model for k in KNOWN)}"

"""LoRA adapters: the one that comes with the package for a model, and whether one fits where it is used."""

import hashlib
import json
import logging
from functools import cache
from pathlib import Path
from typing import Any

from ...tools.errors import ModelError
from ..prompt_hash import prompt_hash

log = logging.getLogger("routesql")

SHIPPED = Path(__file__).with_name("adapters")
UNTUNED = "base:"
"""Before a model's name: without the adapter that comes with the package."""


def choose(model: str, adapter: str | None) -> tuple[str, Path | None]:
    """The model's name and its adapter's folder: the given one, else the shipped one, else none."""
    name = model.removeprefix(UNTUNED)
    if adapter is not None:
        return name, Path(adapter).expanduser().resolve()
    return name, shipped(model)


@cache
def shipped(model: str) -> Path | None:
    """By the base's whole name: a folder or file of the same name may hold anything."""
    folder = SHIPPED / model.rpartition("/")[2].lower()
    return folder if folder.is_dir() and tuned_on(folder) == model else None


def tuned_on(adapter: Path) -> str:
    """The base's name. Raises `ModelError` if `adapter` holds no adapter."""
    try:
        config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        return str(config.get("base_model_name_or_path") or "an unnamed model")
    except (OSError, ValueError, AttributeError):
        raise ModelError(f"{adapter} is not an adapter folder: no readable adapter_config.json") from None


def check(adapter: Path, model: str) -> None:
    """Was it tuned on this model? Raises `ModelError`.

    Bases are compared by name, without owner or folder: the same weights have an id and several paths.
    """
    base = tuned_on(adapter)
    if Path(base).name.lower() != Path(model).name.lower():
        raise ModelError(f"the adapter {adapter} was tuned on {base}, not on {model}")


def compare(adapter: Path, folder: Path) -> None:
    """Warns of prompts and weights that are not those that the adapter was tuned on (`training.json`)."""
    try:
        found: Any = json.loads((adapter / "training.json").read_text(encoding="utf-8"))
        prompts, weights = found.get("prompts"), found["base"]["sha256"]
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return  # tuned elsewhere: nothing to compare with
    if prompts and prompts != prompt_hash():
        log.warning("the adapter %s was tuned on prompts of another version; it may answer worse", adapter)
    if weights != weights_hash(folder):
        log.warning("the weights in %s are not quite those that %s was tuned on", folder, adapter)


def weights_hash(folder: Path) -> str:
    """SHA-256 over that of each weights file, in the order of their names, as `tuning/training/base.py`."""
    hashes = []
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            hashes.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashlib.sha256("".join(hashes).encode()).hexdigest()

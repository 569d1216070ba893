"""What a folder must hold to be loaded as a model."""

import json
from pathlib import Path


def lacking(folder: Path) -> str:
    """The first file that keeps `folder` from being a whole model, or an empty string."""
    if not (folder / "config.json").is_file():
        return "config.json"
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "vocab.json")):
        return "tokenizer.json"
    try:
        weights = _weights(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "readable model.safetensors.index.json"
    return next((name for name in weights if not (folder / name).is_file()), "")


def _weights(folder: Path) -> list[str]:
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return ["model.safetensors"]
    shards: set[str] = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    return sorted(shards)

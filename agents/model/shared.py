"""One engine per set of weights, however many LocalModel objects use it."""

import os
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

import torch

from ...tools.errors import ModelError
from .adapter import check, choose, compare
from .engine import Engine
from .loading import load
from .weights import resolve

_engines: WeakValueDictionary[tuple[Path, Path | None, str, str], Engine] = WeakValueDictionary()
_loading = Lock()


def _renew_lock() -> None:
    """In a forked process: another thread may have held it, and it is gone."""
    global _loading
    _loading = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def engine_for(
    model: str,
    adapter: str | None,
    device: str,
    dtype: str,
    cache_bytes: int,
    max_batch: int,
    batch_bytes: int,
) -> Engine:
    """Load, or share what is loaded; of differing bounds the larger holds. Raises `ModelError`."""
    device = _device(device)
    dtype = _dtype(device) if dtype == "auto" else dtype
    name, lora = choose(model, adapter)
    if lora is not None:
        check(lora, name)
    with _loading:
        folder = resolve(name).resolve()
        key = (folder, lora, device, dtype)
        engine = _engines.get(key)
        if engine is None or engine.closed:
            if lora is not None:
                compare(lora, folder)
            loaded = load(folder, lora, device, dtype)
            engine = _engines[key] = Engine(loaded, cache_bytes, max_batch, batch_bytes)
        engine.prefixes.limit = max(engine.prefixes.limit, cache_bytes)
        engine.max_batch = max(engine.max_batch, max_batch)
        engine.batch_bytes = max(engine.batch_bytes, batch_bytes)
        return engine


def _device(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise ModelError("no CUDA device here; leave the device on auto, or choose cpu")
    return name


def _dtype(device: str) -> str:
    """A processor that cannot multiply bfloat16 prefills in it five times slower than in float32."""
    if device == "cpu" and not _multiplies_bfloat16():
        return "float32"
    return "bfloat16"


def _multiplies_bfloat16() -> bool:
    onednn = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return bool(onednn and torch.ops.mkldnn._is_mkldnn_bf16_supported())

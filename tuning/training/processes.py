"""One process, or several that share every step; `torchrun` and `accelerate launch` say so by environment."""

import ctypes
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist

from .errors import TrainingError

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4
"""As malloc.h has them."""
PATIENCE = timedelta(hours=2)
"""How long one process waits for another: rows differ in length, and a CPU is slow."""


@dataclass(frozen=True)
class Processes:
    device: torch.device
    rank: int = 0
    world: int = 1

    @property
    def first(self) -> bool:
        """The one that writes files."""
        return self.rank == 0

    def sum(self, tensors: Iterable[torch.Tensor]) -> None:
        """Each becomes its sum over all processes, in place."""
        if self.world > 1:
            for tensor in tensors:
                dist.all_reduce(tensor)

    def wait(self) -> None:
        if self.world > 1:
            dist.barrier()


@contextmanager
def processes(device: str) -> Iterator[Processes]:
    """device: `auto`, `cpu` or `cuda`. Raises `TrainingError` for a GPU that is not there."""
    if device == "cuda" and not torch.cuda.is_available():
        raise TrainingError('device = "cuda", but torch sees no GPU; take "auto"')
    rank, world, local = (int(os.environ.get(key) or 0) for key in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    on_gpu = device != "cpu" and torch.cuda.is_available()
    place = torch.device("cuda", local) if on_gpu else torch.device("cpu")
    if on_gpu:
        torch.cuda.set_device(place)
    if not on_gpu:
        keep_freed_memory()
    if world <= 1:
        yield Processes(place)
        return
    dist.init_process_group("nccl" if on_gpu else "gloo", timeout=PATIENCE)
    try:
        yield Processes(place, rank, world)
    finally:
        dist.destroy_process_group()


def keep_freed_memory() -> None:
    """With glibc: a freed tensor's pages stay for the next one.

    Else the system takes each back and zeroes it anew, which took a third of a step on the CPU.
    """
    if mallopt := _glibc("mallopt"):
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
        mallopt(M_TOP_PAD, 2**28)


def give_back_freed_memory() -> None:
    """Now and then: rows of many lengths leave holes, which grew to 22 GB in a quarter of an hour."""
    if trim := _glibc("malloc_trim"):
        trim(0)


def _glibc(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None

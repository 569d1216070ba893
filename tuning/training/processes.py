"""One process, or several that share every step; `torchrun` and `accelerate launch` say so by environment."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist

from .errors import TrainingError

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
    if world <= 1:
        yield Processes(place)
        return
    dist.init_process_group("nccl" if on_gpu else "gloo", timeout=PATIENCE)
    try:
        yield Processes(place, rank, world)
    finally:
        dist.destroy_process_group()

"""The rows that decode together: their keys and values in one left-padded buffer, written in place.

All rows end in the same column, so one step of all of them is one forward pass over [rows, 1] tokens:

    column   start                  end
    row 0    . . . . . k k k k k k k |
    row 1    . k k k k k k k k k k k |      k: a key, .: padding, masked
    row 2    . . . . . . . . . k k k |

The first column is padding for all: with a mask that masks nothing, transformers passes none, and attention
without a mask is 10 times slower in bfloat16 on a CPU (12 instead of 1.2 ms a layer, 16 rows of 960 tokens).
"""

import torch
from transformers import DynamicCache, DynamicLayer, PreTrainedModel

from .prefix import KeyValues

ROOM = 256
"""Columns the buffers grow by."""


class Batch:
    """Only the engine's thread touches it."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        self.lengths: list[int] = []
        """Tokens held by each row; also the position of its next token."""
        self.end = 0
        self.buffers: KeyValues = []
        self._mask = torch.zeros(0, 0, dtype=torch.bool)

    @property
    def start(self) -> int:
        return self.end - 1 - max(self.lengths) if self.lengths else self.end

    def add(self, kv: KeyValues) -> None:
        """A new last row. kv: one sequence's keys and values."""
        row, length = len(self.lengths), kv[0].shape[-2]
        self._reserve(row + 1, length, kv)
        columns = slice(self.end - length, self.end)
        for buffer, tensor in zip(self.buffers, kv, strict=True):
            buffer[row, :, columns] = tensor[0]
        self._mask[row] = False
        self._mask[row, columns] = True
        self.lengths.append(length)

    def remove(self, row: int) -> None:
        """The last row takes its place, as when a list swaps before it pops."""
        last = len(self.lengths) - 1
        if row != last:
            for tensor in (*self.buffers, self._mask):
                tensor[row] = tensor[last]
        self.lengths[row] = self.lengths[last]
        self.lengths.pop()
        if not self.lengths:
            self.clear()

    def clear(self) -> None:
        self.lengths, self.buffers, self.end = [], [], 0
        self._mask = torch.zeros(0, 0, dtype=torch.bool)

    def step(self, tokens: list[int]) -> torch.Tensor:
        """One token more for every row; logits [rows, vocabulary]."""
        rows = len(self.lengths)
        self._reserve(rows, max(self.lengths), self.buffers)
        self._mask[:rows, self.end] = True
        cache = DynamicCache()
        pairs = zip(self.buffers[::2], self.buffers[1::2], strict=True)
        cache.layers = [RowsLayer(self, keys, values) for keys, values in pairs]
        device = self.model.device
        logits: torch.Tensor = self.model(
            input_ids=torch.tensor(tokens, device=device)[:, None],
            position_ids=torch.tensor(self.lengths, device=device)[:, None],
            attention_mask=self._mask[:rows, self.start : self.end + 1],
            cache=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits[:, -1]
        self.end += 1
        self.lengths = [length + 1 for length in self.lengths]
        return logits

    def _reserve(self, rows: int, length: int, like: KeyValues) -> None:
        """Room for this many rows, for a row of this length before `end`, and for a column at either side."""
        capacity, columns = self._mask.shape
        if self.buffers and rows <= capacity and length < self.end < columns:
            return
        used, held = len(self.lengths), self.end - self.start
        end = max(held, length + 1)
        shape = (rounded(rows), (end // ROOM + 1) * ROOM)
        # Zeros, not garbage: a masked column still takes part in 0 × value, and garbage may be NaN.
        fresh = [t.new_zeros(shape[0], t.shape[1], shape[1], t.shape[3]) for t in like]
        mask = torch.zeros(shape, dtype=torch.bool, device=like[0].device)
        if used:
            for new, old in zip(fresh, self.buffers, strict=True):
                new[:used, :, end - held : end] = old[:used, :, self.start : self.end]
            mask[:used, end - held : end] = self._mask[:used, self.start : self.end]
        self.buffers, self._mask, self.end = fresh, mask, end


def rounded(rows: int) -> int:
    """How many rows the buffers are made for: the next power of two."""
    return 1 << (rows - 1).bit_length()


class RowsLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """One layer of the batch as transformers sees it: full attention, also where the model slides a window.

    The window's mask counts columns, and within a left-padded row those are as far apart as positions.
    """

    def __init__(self, batch: Batch, keys: torch.Tensor, values: torch.Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.lazy_initialization(keys, values)
        self.batch, self.keys, self.values = batch, keys, values

    def get_seq_length(self) -> int:
        return self.batch.end - self.batch.start

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        *args: object,  # noqa: ARG002
        **kwargs: object,  # noqa: ARG002
    ) -> tuple[torch.Tensor, torch.Tensor]:
        rows, start, end = len(self.batch.lengths), self.batch.start, self.batch.end
        assert self.keys is not None
        assert self.values is not None
        self.keys[:rows, :, end : end + 1] = key_states
        self.values[:rows, :, end : end + 1] = value_states
        return self.keys[:rows, :, start : end + 1], self.values[:rows, :, start : end + 1]

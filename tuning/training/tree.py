"""One row for many examples: what their prompts share stands in it once.

    schema ─┬─ question ─┬─ linker's instruction ─── completion
            │            └─ generator's instruction ─ completion
            └─ question ─── generator's instruction ─ completion

The row is the prefix tree of the prompts, depth first, each completion right behind its own prompt. A token
sees its ancestors and itself, and its position is its depth, so each path through the tree computes exactly
what that example computes in a row of its own. Completions are never shared.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from .data import Example


@dataclass(frozen=True)
class Row:
    tokens: list[int]
    """(length,) in depth-first order."""
    positions: list[int]
    """(length,) a token's depth."""
    ends: list[int]
    """(length,) one past the last token of the subtree that a token begins."""
    sources: list[int]
    """(targets,) the index in the row whose logits predict a target; completions of one prompt share one."""
    targets: list[int]
    """(targets,) completion tokens."""
    completions: list[int]
    """(targets,) which completion a target is of, counted through all examples as they were given."""


def lay_out(examples: Sequence[Example], *, share: bool = True) -> Row:
    """share=False: one example after another, each seeing itself only (plain packing)."""
    row = Row([], [], [], [], [], [])
    path: list[int] = []  # the row indices of the tokens from the root to where the next one goes
    before = array("I")
    first = [0]
    for example in examples:
        first.append(first[-1] + len(example.completions))
    for index in sorted(range(len(examples)), key=lambda index: examples[index].prompt):
        example = examples[index]
        shared = common_prefix(before, example.prompt) if share else 0
        _close(row, path, shared)
        _grow(row, path, example.prompt[shared:])
        for number, completion in enumerate(example.completions, start=first[index]):
            row.sources.extend([path[-1], *range(len(row.tokens), len(row.tokens) + len(completion) - 1)])
            row.targets.extend(completion)
            row.completions.extend([number] * len(completion))
            # Nothing follows the last target, so it need not be computed.
            _grow(row, path, completion[:-1])
            _close(row, path, len(example.prompt))
        before = example.prompt
    _close(row, path, 0)
    return row


def _grow(row: Row, path: list[int], tokens: Sequence[int]) -> None:
    start, depth = len(row.tokens), len(path)
    row.tokens.extend(tokens)
    row.positions.extend(range(depth, depth + len(tokens)))
    row.ends.extend([0] * len(tokens))
    path.extend(range(start, start + len(tokens)))


def _close(row: Row, path: list[int], depth: int) -> None:
    for index in path[depth:]:
        row.ends[index] = len(row.tokens)
    del path[depth:]


def visible(ends: torch.Tensor) -> torch.Tensor:
    """(length, length), true where the row's token may attend to the column's: to its ancestors and itself.

    In depth-first order the descendants of a token are those up to the end of its subtree.
    """
    index = torch.arange(len(ends), device=ends.device)
    return (index[None, :] <= index[:, None]) & (index[:, None] < ends[None, :])


def common_prefix(one: "array[int]", other: "array[int]") -> int:
    """How many tokens both begin with; by halves, since comparing slices is quick."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low

"""Supervised fine-tuning on the four tasks: next-token loss on completions.

python -m routesql.tuning.training.sft RECIPE.toml [--base FOLDER] [--data DIR] [--out DIR]
torchrun --nproc-per-node 8 -m routesql.tuning.training.sft RECIPE.toml
accelerate launch -m routesql.tuning.training.sft RECIPE.toml
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from .command import run_recipe
from .data import Example
from .errors import TrainingError
from .loop import Objective, Training
from .processes import processes
from .recipe import Recipe
from .setup import finish, prepare
from .tree import Row


def sft(recipe: Recipe, base: Path) -> None:
    """base: the folder of the base model. Raises `TrainingError`."""
    if recipe.stage != "sft":
        raise TrainingError(f"the recipe is for stage {recipe.stage!r}, not 'sft'")
    with processes(recipe.device) as several:
        ready = prepare(recipe, base, several)
        training = Training(recipe, ready, NEXT_TOKEN, several)
        training.run()
        finish(training, ready)


def next_token_loss(log_probs: torch.Tensor, row: Row, examples: Sequence[Example]) -> torch.Tensor:
    """(1, examples), summed over each example's completion tokens."""
    completions = torch.tensor(row.completions, device=log_probs.device)
    return log_probs.new_zeros(len(examples)).index_add(0, completions, -log_probs)[None]


def completion_tokens(example: Example) -> int:
    return sum(map(len, example.completions))


NEXT_TOKEN = Objective(("loss",), next_token_loss, completion_tokens)


if __name__ == "__main__":
    sys.exit(run_recipe(sft))

"""Preference learning from an SFT adapter: cDPO or ORPO, on completions only.

    python -m routesql.tuning.training.prefer RECIPE.toml [--adapter DIR] [--base FOLDER] [--out DIR]

A pair's chosen and rejected completion are two branches of one prompt. Judge the result by execution accuracy
on held-out databases: on small models this stage has lost more than it gained.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch.nn.functional import logsigmoid

from .command import run_recipe
from .data import Example
from .errors import TrainingError
from .forward import log_probs
from .loop import Objective, Ready, Training
from .packing import packs
from .processes import Processes, processes
from .recipe import Recipe
from .run_folder import write_whole
from .setup import finish, prepare
from .tree import Row, lay_out

NAMES = ("loss", "margin", "right")
"""right: the part of pairs whose chosen completion has the larger reward (cDPO) or odds (ORPO)."""


def prefer(recipe: Recipe, base: Path) -> None:
    """base: the folder of the base model. Raises `TrainingError`."""
    if recipe.stage != "prefer":
        raise TrainingError(f"the recipe is for stage {recipe.stage!r}, not 'prefer'")
    with processes(recipe.device) as several:
        ready = prepare(recipe, base, several)
        objective = orpo(recipe.beta)
        if recipe.loss == "cdpo":
            objective = cdpo(recipe.beta, recipe.label_smoothing, reference(recipe, ready, several))
        training = Training(recipe, ready, objective, several)
        training.run()
        finish(training, ready)


def cdpo(beta: float, label_smoothing: float, known: dict[str, torch.Tensor]) -> Objective:
    """Conservative DPO: -(1-ε) log σ(z) - ε log σ(-z), z = β times the margin over the reference.

    Source: Mitchell, "A note on DPO with noisy preferences" (2023); ε = 0 is DPO (arXiv 2305.18290, eq. 7).
    known: each pair's log-probabilities (chosen, rejected) under the reference, which is the SFT adapter.
    """

    def measure(found: torch.Tensor, row: Row, examples: Sequence[Example]) -> torch.Tensor:
        sums, _ = by_completion(found, row, examples)
        before = torch.stack([known[key(one)] for one in examples]).to(sums)
        z = beta * (sums - before).diff(dim=1)[:, 0].neg()
        loss = -(1 - label_smoothing) * logsigmoid(z) - label_smoothing * logsigmoid(-z)
        return torch.stack([loss, z, (z > 0).to(loss)])

    return Objective(NAMES, measure, one_each)


def orpo(beta: float) -> Objective:
    """Odds-ratio preference optimisation: NLL(chosen) - λ log σ(log odds(chosen) - log odds(rejected)).

    Source: Hong et al., arXiv 2403.07691, eqs. 4 to 7; NLL and odds are of the mean over tokens, λ is beta.
    """

    def measure(found: torch.Tensor, row: Row, examples: Sequence[Example]) -> torch.Tensor:
        sums, lengths = by_completion(found, row, examples)
        means = sums / lengths
        odds = means - torch.log(-torch.expm1(means.clamp(max=-1e-7)))
        margin = odds[:, 0] - odds[:, 1]
        loss = -means[:, 0] - beta * logsigmoid(margin)
        return torch.stack([loss, margin, (margin > 0).to(loss)])

    return Objective(NAMES, measure, one_each)


def by_completion(
    found: torch.Tensor, row: Row, examples: Sequence[Example]
) -> tuple[torch.Tensor, torch.Tensor]:
    """(pairs, 2): summed log-probabilities of chosen and rejected, and their lengths in tokens."""
    completions = torch.tensor(row.completions, device=found.device)
    sums = found.new_zeros(2 * len(examples)).index_add(0, completions, found)
    lengths = torch.bincount(completions, minlength=2 * len(examples))
    return sums.view(-1, 2), lengths.view(-1, 2)


def one_each(example: Example) -> int:  # noqa: ARG001  (an Objective's)
    return 1


def reference(recipe: Recipe, ready: Ready, several: Processes) -> dict[str, torch.Tensor]:
    """Each pair's (chosen, rejected) log-probabilities under the adapter that training begins with.

    Computed once, and kept in `reference.json` for a resumed run.
    """
    file = ready.folder.path / "reference.json"
    several.wait()
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = _computed(recipe, ready, several)
        if several.first:
            write_whole(file, json.dumps(known))
    except ValueError:
        raise TrainingError(f"{file} is damaged; choose another out") from None
    return {name: torch.tensor(values) for name, values in known.items()}


@torch.no_grad()
def _computed(recipe: Recipe, ready: Ready, several: Processes) -> dict[str, list[float]]:
    examples, share = [*ready.train, *ready.validation], recipe.packing == "tree"
    model = ready.model.to(several.device).eval()
    found = torch.zeros(len(examples), 2, device=several.device)
    rows = packs(examples, recipe.tokens_per_pack, seed=recipe.seed, share=share)
    for pack in rows[several.rank :: several.world]:
        chosen = [examples[index] for index in pack.examples]
        row = lay_out(chosen, share=share)
        measured = log_probs(model, row, recipe.precision)
        found[list(pack.examples)], _ = by_completion(measured, row, chosen)
    model.train()
    several.sum([found])
    return {key(example): values for example, values in zip(examples, found.tolist(), strict=True)}


def key(example: Example) -> str:
    """Of one pair, also among those of several corpora that count their questions alike."""
    return f"{example.database}/{example.id}"


if __name__ == "__main__":
    sys.exit(run_recipe(prefer))

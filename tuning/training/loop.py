"""The training loop: the same for next-token loss and for preferences."""

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from .clock import Clock, learning_rate
from .data import Example
from .errors import TrainingError
from .forward import log_probs
from .packing import Pack, Step, packs, plan
from .processes import Processes, give_back_freed_memory
from .recipe import Recipe
from .run_folder import TrainingFolder
from .tree import Row, lay_out

log = logging.getLogger("routesql")


@dataclass(frozen=True)
class Objective:
    names: tuple[str, ...]
    """Of what is measured; `loss` comes first, the others are for the log."""
    measure: Callable[[torch.Tensor, Row, Sequence[Example]], torch.Tensor]
    """From the log-probabilities of a row's targets: (names, examples), sums."""
    weigh: Callable[[Example], int]
    """What those sums are divided by: completion tokens, or pairs."""


@dataclass(frozen=True)
class Ready:
    model: Any
    tokenizer: Any
    train: list[Example]
    validation: list[Example]
    folder: TrainingFolder
    about: dict[str, Any]
    """What `training.json` will hold."""


class Training:
    """A run from its last checkpoint to its end."""

    def __init__(self, recipe: Recipe, ready: Ready, objective: Objective, processes: Processes) -> None:
        self.recipe, self.objective, self.processes = recipe, objective, processes
        self.model, self.folder = ready.model.to(processes.device), ready.folder
        self.train, self.validation = ready.train, ready.validation
        self.share = recipe.packing == "tree"
        self.steps = planned(recipe, self.train)
        self.weights = {name: one for name, one in self.model.named_parameters() if one.requires_grad}
        self.optimizer = torch.optim.AdamW(
            self.weights.values(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self.step = 0
        """Optimizer steps done, and below what they took over all starts: seconds, and tokens computed."""
        self.seconds, self.tokens, self.loss = 0.0, 0, math.nan

    def run(self) -> None:
        clock = Clock(self.recipe)
        self._resume(clock)
        if self.step == 0:
            clock.validation = self._validate()
        while self.step < len(self.steps):
            clock.step = self._take(self.steps[self.step])
            stop = self._agreed(clock.is_up()) or self.step == len(self.steps)
            if stop or (self.recipe.validate_every and self.step % self.recipe.validate_every == 0):
                clock.validation = self._validate()
            if self._agreed(clock.checkpoint_is_due(self.step)) or stop:
                self._save(clock)
                give_back_freed_memory()
            if clock.report_is_due() or stop:
                self._report(clock)
            if stop:
                break

    def _take(self, step: Step) -> float:
        """One optimizer step: the gradient of the mean over all its rows, whichever process computes them.

        Returns the seconds it took.
        """
        began = time.monotonic()
        weight = sum(self.objective.weigh(self.train[index]) for pack in step for index in pack.examples)
        # A seed for each step: a resumed run draws what the uninterrupted one would have drawn.
        torch.manual_seed(((self.recipe.seed << 40) + (self.step << 12) + self.processes.rank) % (1 << 63))
        sums = torch.zeros(len(self.objective.names), device=self.processes.device)
        for pack in step[self.processes.rank :: self.processes.world]:
            measured = self._measure(self.train, pack)
            loss: Any = measured[0].sum() / weight
            loss.backward()
            sums += measured.detach().sum(dim=1)
        self.processes.sum([sums])
        means = dict(zip(self.objective.names, (sums / weight).tolist(), strict=True))
        norm = self._gradient_norm()
        if not math.isfinite(means["loss"]) or not math.isfinite(norm):
            self._give_up(step, means["loss"], norm)
        rate = learning_rate(self.recipe, self.step, len(self.steps))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        took, tokens = time.monotonic() - began, sum(pack.tokens for pack in step)
        self.step, self.seconds, self.tokens = self.step + 1, self.seconds + took, self.tokens + tokens
        self.loss = means["loss"]
        self._log({**means, "norm": norm, "lr": rate, "tokens": tokens})
        return took

    def _measure(self, examples: Sequence[Example], pack: Pack) -> torch.Tensor:
        chosen = [examples[index] for index in pack.examples]
        row = lay_out(chosen, share=self.share)
        return self.objective.measure(log_probs(self.model, row, self.recipe.precision), row, chosen)

    def _gradient_norm(self) -> float:
        """Summed over the processes, and clipped; what it was before."""
        gradients = []
        for weight in self.weights.values():
            if weight.grad is None:  # this process had no row in the step
                weight.grad = torch.zeros_like(weight)
            gradients.append(weight.grad)
        self.processes.sum(gradients)
        return float(torch.nn.utils.clip_grad_norm_(self.weights.values(), self.recipe.clip))

    def _give_up(self, step: Step, loss: float, norm: float) -> None:
        """Writes the step's examples, as tokens, and raises."""
        name = f"failed-step-{self.step + 1}.jsonl"
        if self.processes.first:
            chosen = [self.train[index] for pack in step for index in pack.examples]
            self.folder.write_lines(name, [as_json(example) for example in chosen])
        raise TrainingError(
            f"step {self.step + 1} has loss {loss} and gradient norm {norm}; its examples are in "
            f"{self.folder.path / name}; lower learning_rate, or leave them out"
        )

    def _validate(self) -> float:
        """Means per task and over all, into the log. Returns the seconds it took."""
        if not self.validation:
            return 0.0
        began = time.monotonic()
        found = self.validated()
        took = time.monotonic() - began
        self._log({"validation": found})
        if self.processes.first:
            told = ", ".join(f"{task} {means['loss']:.4f}" for task, means in found.items())
            log.info("step %d: validation loss %s (%.0f s)", self.step, told, took)
        return took

    @torch.no_grad()
    def validated(self) -> dict[str, dict[str, float]]:
        """Task, and `all`, to the means of what is measured."""
        tasks = sorted({example.task for example in self.validation})
        number = {task: index for index, task in enumerate(tasks)}
        sums = torch.zeros(len(self.objective.names), len(tasks), device=self.processes.device)
        weights = torch.zeros(len(tasks), device=self.processes.device)
        for example in self.validation:
            weights[number[example.task]] += self.objective.weigh(example)
        rows = packs(self.validation, self.recipe.tokens_per_pack, seed=self.recipe.seed, share=self.share)
        self.model.eval()
        for pack in rows[self.processes.rank :: self.processes.world]:
            columns = torch.tensor([number[self.validation[index].task] for index in pack.examples])
            sums.index_add_(1, columns.to(sums.device), self._measure(self.validation, pack))
        self.model.train()
        self.processes.sum([sums])
        means = {"all": sums.sum(dim=1) / weights.sum()}
        means |= {task: sums[:, index] / weights[index] for task, index in number.items()}
        names = self.objective.names
        return {task: dict(zip(names, found.tolist(), strict=True)) for task, found in means.items()}

    def _agreed(self, vote: bool) -> bool:
        """The first process decides for all: their clocks differ."""
        said = torch.tensor(float(vote and self.processes.first), device=self.processes.device)
        self.processes.sum([said])
        return bool(said)

    def _resume(self, clock: Clock) -> None:
        self.processes.wait()  # for the first one to have made the folder
        found = self.folder.load(cut_log=self.processes.first)
        if found is None:
            return
        if found["weights"].keys() != self.weights.keys():
            raise TrainingError(
                f"{self.folder.checkpoint_file} has other weights than this peft trains; choose another out"
            )
        self.model.load_state_dict(found["weights"], strict=False)
        self.optimizer.load_state_dict(found["optimizer"])
        self.step, self.seconds, self.tokens = found["step"], found["seconds"], found["tokens"]
        clock.validation = found.get("validation", 0.0)
        if self.processes.first:
            log.info("going on after step %d of %d", self.step, len(self.steps))

    def _save(self, clock: Clock) -> None:
        if self.processes.first:
            self.folder.save(
                {
                    "step": self.step,
                    "seconds": self.seconds,
                    "tokens": self.tokens,
                    "validation": clock.validation,
                    "weights": {name: weight.detach() for name, weight in self.weights.items()},
                    "optimizer": self.optimizer.state_dict(),
                }
            )
        self.processes.wait()

    def _log(self, line: Mapping[str, Any]) -> None:
        if self.processes.first:
            self.folder.log({"step": self.step, **line, "seconds": round(self.seconds, 3)})

    def _report(self, clock: Clock) -> None:
        if self.processes.first:
            ahead = sum(pack.tokens for step in self.steps[self.step :] for pack in step)
            left = min(ahead * self.seconds / max(1, self.tokens), clock.left())
            rate = self.tokens / max(1e-9, self.seconds)
            log.info(
                "step %d/%d  loss %.4f  %.0f tokens/s  %s left",
                self.step,
                len(self.steps),
                self.loss,
                rate,
                minutes(left),
            )


def planned(recipe: Recipe, train: Sequence[Example]) -> list[Step]:
    share = recipe.packing == "tree"
    budget, per_step = recipe.tokens_per_pack, recipe.packs_per_step
    steps = plan(train, budget, per_step, recipe.epochs, recipe.seed, share=share)
    return steps[: recipe.max_steps] if recipe.max_steps else steps


def as_json(example: Example) -> dict[str, Any]:
    completions = [list(completion) for completion in example.completions]
    return {"id": example.id, "prompt": list(example.prompt), "completions": completions}


def minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"

"""When to stop, to write a checkpoint, to say how far it is; and the learning rate's curve."""

import math
import time

from .recipe import Recipe

REPORT_SECONDS = 10.0


class Clock:
    """Of one start."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._start = self._checkpoint = time.monotonic()
        self._report = -math.inf
        self.step = self.validation = 0.0
        """Seconds that the last step, and the last validation, took."""

    def is_up(self) -> bool:
        """Would another step, with the validation at the end, pass the limit?"""
        limit = 60 * self._recipe.max_minutes
        return bool(limit) and time.monotonic() - self._start + self.step + self.validation > limit

    def left(self) -> float:
        """Seconds until the limit."""
        limit = 60 * self._recipe.max_minutes
        return max(0.0, self._start + limit - time.monotonic()) if limit else math.inf

    def checkpoint_is_due(self, step: int) -> bool:
        every, minutes = self._recipe.checkpoint_steps, self._recipe.checkpoint_minutes
        if (every and step % every == 0) or time.monotonic() - self._checkpoint > 60 * minutes:
            self._checkpoint = time.monotonic()
            return True
        return False

    def report_is_due(self) -> bool:
        if time.monotonic() - self._report < REPORT_SECONDS:
            return False
        self._report = time.monotonic()
        return True


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """Of the step with this number, from 0, of so many: a straight warm-up, then a cosine to 0."""
    warm = math.ceil(recipe.warmup * steps)
    if step < warm:
        return recipe.learning_rate * (step + 1) / warm
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

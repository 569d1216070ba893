"""What `python -m routesql.tuning.training.STAGE` does around a stage: arguments, log, faults in one line."""

import argparse
import errno
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from .errors import TrainingError
from .recipe import Recipe, read_recipe

Stage = Callable[[Recipe, Path], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", type=Path, metavar="RECIPE.toml")
    parser.add_argument("--base", metavar="FOLDER", help="the base model's folder on this machine")
    parser.add_argument("--data", metavar="DIR", help="in place of the recipe's")
    parser.add_argument("--out", metavar="DIR", help="in place of the recipe's")
    parser.add_argument("--adapter", metavar="DIR", help="in place of the recipe's")


def recipe_of(args: argparse.Namespace) -> Recipe:
    """The recipe with the paths that the arguments give in place of its own."""
    given = {name: getattr(args, name) for name in ("data", "out", "adapter") if getattr(args, name)}
    return replace(read_recipe(args.recipe), **given)


def run_recipe(stage: Stage, argv: list[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    args = parser.parse_args(argv)

    def run() -> None:
        recipe = recipe_of(args)
        stage(recipe, Path(args.base or recipe.base))

    return told(run)


def told(work: Callable[[], Any]) -> int:
    """The exit code: 0 done, 2 wrong set-up (told in one line), 130 Ctrl-C (the last checkpoint stays)."""
    logging.basicConfig(format="routesql: %(message)s", stream=sys.stderr)
    log = logging.getLogger("routesql")
    log.setLevel(logging.INFO)
    try:
        work()
    except TrainingError as error:
        log.error("%s", error)
        return 2
    except OSError as error:
        where = "cannot write" if error.errno == errno.ENOSPC else error.filename or "cannot go on"
        log.error("%s: %s", where, error.strerror or error)
        return 2
    except KeyboardInterrupt:
        log.error("interrupted; the same command goes on from the last checkpoint")
        return 130
    return 0

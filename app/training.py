"""`routesql tune sft`, `prefer`, `merge` and `keeps`. Imports nothing heavy until one of them runs."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..tuning.training.command import add_arguments, recipe_of
from ..tuning.training.errors import TrainingError

EXIT_NOT_KEPT = 1
OF_A_MODEL = {"model", "adapter", "adapter_hash"}
"""What two runs' settings may differ in where a stage of tuning lies between them."""


def add_training(commands: Any) -> None:
    """Under `routesql tune`."""
    sft = commands.add_parser("sft", help="supervised fine-tuning on the four tasks, from a recipe")
    prefer = commands.add_parser("prefer", help="preference learning (cDPO, ORPO) from an SFT adapter")
    for parser in (sft, prefer):
        add_arguments(parser)
    merge = commands.add_parser("merge", help="merge an adapter into its base")
    merge.add_argument("--adapter", type=Path, required=True, metavar="DIR")
    merge.add_argument("--out", type=Path, required=True, metavar="DIR", help="the merged model's folder")
    merge.add_argument("--base", metavar="NAME", help="default: the one that the adapter names")
    keeps = commands.add_parser("keeps", help="exit 0 if a stage improved execution accuracy, else 1")
    keeps.add_argument("before", type=Path, metavar="RUN_BEFORE", help="a folder of routesql eval")
    keeps.add_argument("after", type=Path, metavar="RUN_AFTER", help="the same questions afterwards")


def train(args: argparse.Namespace) -> int:
    """`sft` and `prefer`: as `python -m routesql.tuning.training.sft`, but the base may be a name."""
    from ..agents.model.conversion import require
    from ..agents.model.weights import resolve

    require("torch", "transformers", "peft")
    from ..tuning.training.prefer import prefer
    from ..tuning.training.sft import sft

    with as_setup_errors():
        recipe = recipe_of(args)
        stage = {"sft": sft, "prefer": prefer}[args.stage]
        stage(recipe, resolve(args.base or recipe.base))
    return 0


def merge(args: argparse.Namespace) -> int:
    from ..agents.model.conversion import require
    from ..agents.model.weights import resolve

    require("torch", "transformers", "peft")
    from ..tuning.training.base import tuned_on
    from ..tuning.training.merge import merge as merged

    with as_setup_errors():
        name = args.base or tuned_on(args.adapter)
        merged(args.adapter, resolve(name), args.out, name=name)
    return 0


def keeps(args: argparse.Namespace) -> int:
    """The guard of a stage: what it made is kept only if execution accuracy on the same questions rose.

    Raises `RunError` for runs that differ in more than the model, are not whole, or of a split to report on.
    """
    from ..tuning.evaluation.compare import compare, markdown
    from ..tuning.evaluation.run_folder import RunError, RunFolder

    before, after = RunFolder(args.before), RunFolder(args.after)
    one, other = before.setting(), after.setting()
    if differs := sorted(key for key in {*one, *other} - OF_A_MODEL if one.get(key) != other.get(key)):
        raise RunError(f"the runs differ in {', '.join(differs)}, too; change nothing but model or adapter")
    if one.get("split") in ("dev", "test"):
        raise RunError("dev and test are for reporting; choose on --split validation")
    for folder in (before, after):
        if (n := len(list(folder.answers()))) < folder.setting().get("questions", 0):
            raise RunError(f"{folder.path} has {n} of its questions answered; let it go on first")
    found = compare(before, after)
    print(markdown(found, one, other), end="")
    kept = found.after > found.before
    print("kept: execution accuracy rose" if kept else "not kept: execution accuracy did not rise")
    return 0 if kept else EXIT_NOT_KEPT


STAGES: dict[str, Callable[[argparse.Namespace], int]] = {
    "sft": train,
    "prefer": train,
    "merge": merge,
    "keeps": keeps,
}


@contextmanager
def as_setup_errors() -> Iterator[None]:
    """The trainer has an exception of its own, since it runs without the floors below."""
    from ..tools.errors import SetupError

    try:
        yield
    except TrainingError as error:
        raise SetupError(str(error)) from None

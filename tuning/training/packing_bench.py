"""Tree packing against plain packing on the same examples: tokens, seconds and losses of an epoch.

    python -m routesql.tuning.training.packing_bench TRAIN.jsonl.gz --model FOLDER [--rows N] [--count]

Both train a new LoRA adapter from the same weights with the same budget for a row. The tokens are those of
the whole epoch; `--rows N` takes the time on the examples of N rows of the tree only, `--count` takes none.
"""

import argparse
import logging
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .base import longest_path, stop_tokens, trainable
from .command import told
from .data import Example, read_examples
from .forward import log_probs
from .packing import Pack, packs
from .processes import processes
from .prompt import ChatPrompt
from .recipe import Recipe, make_recipe
from .sft import completion_tokens
from .tree import lay_out

log = logging.getLogger("routesql")

PACKINGS = ("plain", "tree")


def bench(args: argparse.Namespace) -> None:
    wanted = {"stage": "sft", "base": "", "data": "", "out": "", "device": args.device}
    recipe = make_recipe({**wanted, "tokens_per_pack": args.budget, "precision": args.precision})
    with processes(recipe.device) as several:
        model, tokenizer = trainable(recipe, args.model)
        prompt = ChatPrompt(tokenizer, stop_tokens(model, tokenizer))
        most = min(args.budget, longest_path(model.config))
        examples = [one for one in read_examples(args.data, prompt) if one.tokens <= most]
        log.info("%d examples, rows of at most %d tokens", len(examples), args.budget)
        compare({name: counted(examples, args.budget, name) for name in PACKINGS})
        if args.count:
            return
        if args.rows:
            rows = packs(examples, args.budget, seed=args.seed, share=True)
            chosen = random.Random(args.seed).sample(rows, min(args.rows, len(rows)))
            examples = [examples[index] for row in chosen for index in row.examples]
            log.info("timed on %d examples", len(examples))
        model.to(several.device)
        compare({name: timed(model, examples, recipe, name) for name in PACKINGS})


def compare(found: dict[str, dict[str, float]]) -> None:
    for key, tree in found["tree"].items():
        plain = found["plain"][key]
        log.info("%-8s plain %14.5f   tree %14.5f   plain/tree %.4f", key, plain, tree, plain / tree)


def counted(examples: Sequence[Example], budget: int, name: str) -> dict[str, float]:
    rows = packs(examples, budget, seed=0, share=name == "tree")
    return {"tokens": float(sum(row.tokens for row in rows)), "rows": float(len(rows))}


def timed(model: Any, examples: Sequence[Example], recipe: Recipe, name: str) -> dict[str, float]:
    """Seconds of an epoch of forwards and backwards, and its loss per completion token."""
    budget, share = recipe.tokens_per_pack, name == "tree"
    rows = packs(examples, budget, seed=0, share=share)
    # What a first pass sets up is not an epoch's cost.
    passed(model, examples, rows[0], recipe.precision, share=share)
    began, total = time.monotonic(), 0.0
    for number, pack in enumerate(rows, start=1):
        total += passed(model, examples, pack, recipe.precision, share=share)
        if number % 10 == 0:
            log.info("%s: row %d of %d, %.0f s", name, number, len(rows), time.monotonic() - began)
    seconds = time.monotonic() - began
    return {**counted(examples, budget, name), "seconds": seconds, "loss": total / weight(examples)}


def weight(examples: Sequence[Example]) -> int:
    return sum(map(completion_tokens, examples))


def passed(model: Any, examples: Sequence[Example], pack: Pack, precision: str, *, share: bool) -> float:
    """Forwards and backwards through one row; its summed loss. No step is taken, so that losses compare."""
    row = lay_out([examples[index] for index in pack.examples], share=share)
    loss: Any = -log_probs(model, row, precision).sum()
    loss.backward()
    model.zero_grad(set_to_none=True)
    return float(loss.detach())


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path, metavar="TRAIN.jsonl.gz")
    parser.add_argument("--model", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--budget", type=int, default=4096, metavar="TOKENS", help="of a row")
    parser.add_argument("--rows", type=int, default=0, metavar="N", help="take the time on so many rows")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of rows")
    parser.add_argument("--precision", choices=("bf16", "float32"), default="bf16")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--count", action="store_true", help="count the tokens and compute nothing")
    args = parser.parse_args(argv)
    return told(lambda: bench(args))


if __name__ == "__main__":
    sys.exit(main())

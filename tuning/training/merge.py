"""An adapter merged into its base, as a model folder of its own.

python -m routesql.tuning.training.merge --adapter DIR --base FOLDER --out DIR
"""

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import Any

import torch

from .base import check_base, load_adapter, load_base, weights_hash
from .command import told
from .errors import TrainingError
from .prompt import ChatPrompt
from .run_folder import replace_folder

log = logging.getLogger("routesql")

LIMIT = 1e-3
"""Largest difference of a logit, adapter active against merged, in float32. Rounding makes about 1e-5."""
SYSTEM = "You are a helpful SQLite assistant."
PROMPTS = (
    "CREATE TABLE singer (singer_id INTEGER PRIMARY KEY, name TEXT)\n\nHow many singers are there?",
    "SELECT name, count(*) FROM concert GROUP BY",
    "Grüße, 你好",
)


def merge(adapter: Path, base: Path, out: Path, *, name: str = "") -> float:
    """Writes the merged model in bf16 and returns the largest difference of a logit before it was rounded.

    name: the base's, where the folder's is another. Raises `TrainingError` for an adapter of another base, an
    `out` that is not empty, and a difference above the limit.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise TrainingError(f"{out} is not empty; choose another --out")
    model, tokenizer = load_base(base, torch.float32)
    check_base(adapter, name or str(base), base)
    tuned = load_adapter(model, adapter).eval()
    prompts = [list(ChatPrompt(tokenizer, frozenset()).encode(SYSTEM, text)) for text in PROMPTS]
    active = logits(tuned, prompts)
    try:
        merged = tuned.merge_and_unload(safe_merge=True)
    except ValueError as error:  # weights that are no numbers
        raise TrainingError(f"cannot merge {adapter}: {error}") from None
    difference = max(
        float((one - other).abs().max()) for one, other in zip(active, logits(merged, prompts), strict=True)
    )
    if not difference <= LIMIT:  # NaN, too
        raise TrainingError(
            f"merged, a logit differs by {difference:.2g}, more than {LIMIT}; nothing is written"
        )
    note = {"adapter": str(adapter), "base_sha256": weights_hash(base), "largest_difference": difference}

    def fill(folder: Path) -> None:
        merged.to(torch.bfloat16).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        (folder / "merge.json").write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")

    replace_folder(out, fill)
    log.info("merged into %s; the logits differ by at most %.2g", out, difference)
    return difference


@torch.no_grad()
def logits(model: Any, prompts: list[list[int]]) -> list[torch.Tensor]:
    return [model(input_ids=torch.tensor([tokens]), use_cache=False).logits for tokens in prompts]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser()
    for option in ("--adapter", "--base", "--out"):
        parser.add_argument(option, type=Path, required=True, metavar="DIR")
    args = parser.parse_args(argv)
    return told(lambda: merge(args.adapter, args.base, args.out))


if __name__ == "__main__":
    sys.exit(main())

"""A model's completions of a file of prompts, where there is nothing but torch, transformers and peft.

    python -m routesql.tuning.training.complete PROMPTS.jsonl.gz --base FOLDER --out FILE.jsonl
        [--adapter DIR] [--task generator] [--samples 8 --temperature 0.8 --seed 0] [--max-tokens 256]

The prompts are lines that `routesql tune data` writes. Out: `{"id", "completions": [...]}` a line, as they
come; what is in the file already is not asked again. Greedy with temperature 0. transformers' `generate` in
plain batches: on a GPU that is quick enough, and the live engine needs the rest of the package.
"""

import argparse
import json
import logging
import sys
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from .base import load_adapter, load_base, stop_tokens, weights_hash
from .command import told
from .data import read_lines, sha256
from .errors import TrainingError
from .loop import minutes
from .processes import processes
from .prompt import ChatPrompt
from .run_folder import write_whole

log = logging.getLogger("routesql")


@dataclass(frozen=True)
class Prompt:
    id: str
    tokens: "array[int]"


def complete(args: argparse.Namespace) -> None:
    """Raises `TrainingError`."""
    if args.samples > 1 and args.temperature <= 0:
        raise TrainingError("greedy samples would all be the same; give --temperature above 0")
    with processes(args.device) as several:
        model, tokenizer = merged(args.base, args.adapter, several.device)
        ends = stop_tokens(model, tokenizer)
        prompts = list(read_prompts(args.prompts, args.task, ChatPrompt(tokenizer, ends)))
        done = finished(args.out)
        check_settings(args)
        left = sorted((one for one in prompts if one.id not in done), key=lambda one: len(one.tokens))
        log.info("%d prompts, %d of them done", len(prompts), len(prompts) - len(left))
        began = time.monotonic()
        with args.out.open("a", encoding="utf-8") as file:
            for start in range(0, len(left), args.batch):
                some = left[start : start + args.batch]
                for prompt, texts in zip(some, answered(model, tokenizer, some, ends, args), strict=True):
                    file.write(json.dumps({"id": prompt.id, "completions": texts}) + "\n")
                file.flush()
                ready = start + len(some)
                ahead = (time.monotonic() - began) / ready * (len(left) - ready)
                log.info("%d of %d prompts, %s left", ready, len(left), minutes(ahead))


def merged(base: Path, adapter: Path | None, device: torch.device) -> tuple[Any, Any]:
    """As the live model is loaded: merged in float32, as bfloat16 would round small differences away."""
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    model, tokenizer = load_base(base, torch.float32 if adapter else dtype)
    if adapter:
        model = load_adapter(model, adapter).merge_and_unload(safe_merge=True).to(dtype)
    return model.to(device).eval(), tokenizer


def read_prompts(path: Path, task: str, prompt: ChatPrompt) -> Iterator[Prompt]:
    for line in read_lines(path, ("id", "system", "user")):
        if not task or line["id"].partition("/")[2] == task:
            yield Prompt(line["id"], prompt.encode(line["system"], line["user"]))


def check_settings(args: argparse.Namespace) -> None:
    """Beside the file, what made it. Raises `TrainingError` where that was something else."""
    now = {name: getattr(args, name) for name in ("samples", "temperature", "seed", "max_tokens")}
    now |= {"prompts": sha256(args.prompts), "base": weights_hash(args.base)}
    now |= {"adapter": weights_hash(args.adapter) if args.adapter else None}
    file = settings_of(args.out)
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else now
    if other := [name for name in now if args.out.exists() and known.get(name) != now[name]]:
        raise TrainingError(f"{args.out} was made with another {other[0]}; choose another --out")
    write_whole(file, json.dumps(now) + "\n")


def finished(out: Path) -> set[str]:
    """Ids in the file; a last line that a kill has torn is cut off."""
    if not out.exists():
        return set()
    content = out.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    try:
        if content and not settings_of(out).exists():
            raise LookupError
        found = {json.loads(line)["id"] for line in whole.splitlines()}
    except (ValueError, LookupError, TypeError):
        raise TrainingError(f"{out} holds something else than completions; choose another --out") from None
    if whole != content:
        with out.open("r+b") as file:
            file.truncate(len(whole))
    return found


def settings_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.settings.json")


@torch.inference_mode()
def answered(
    model: Any, tokenizer: Any, prompts: Sequence[Prompt], ends: frozenset[int], args: argparse.Namespace
) -> list[list[str]]:
    """The completions of each prompt. The seed and the prompt that comes first fix a batch's draws."""
    width = max(len(one.tokens) for one in prompts)
    padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else min(ends)
    rows = [[padding] * (width - len(one.tokens)) + list(one.tokens) for one in prompts]
    seen = [[0] * (width - len(one.tokens)) + [1] * len(one.tokens) for one in prompts]
    warm = {"do_sample": True, "temperature": args.temperature, "top_p": 1.0, "top_k": 0}
    torch.manual_seed(args.seed + sum(prompts[0].id.encode()))
    found = model.generate(
        input_ids=torch.tensor(rows, device=model.device),
        attention_mask=torch.tensor(seen, device=model.device),
        max_new_tokens=args.max_tokens,
        num_return_sequences=args.samples,
        eos_token_id=sorted(ends),
        pad_token_id=padding,
        repetition_penalty=1.0,  # some models' own settings punish what the schema must say twice
        **(warm if args.temperature > 0 else {"do_sample": False}),
    )[:, width:].tolist()
    texts = [tokenizer.decode(until(tokens, ends), skip_special_tokens=True) for tokens in found]
    return [texts[start : start + args.samples] for start in range(0, len(texts), args.samples)]


def until(tokens: Sequence[int], ends: frozenset[int]) -> Sequence[int]:
    return tokens[: next((place for place, token in enumerate(tokens) if token in ends), len(tokens))]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("prompts", type=Path, metavar="PROMPTS.jsonl.gz")
    parser.add_argument("--base", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--adapter", type=Path, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl")
    parser.add_argument("--task", default="", help="only these, as `generator` or `corrector/correct`")
    parser.add_argument("--samples", type=int, default=1, metavar="N")
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-tokens", type=int, default=256, metavar="N")
    parser.add_argument("--batch", type=int, default=64, metavar="N", help="prompts at once")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    args = parser.parse_args(argv)
    return told(lambda: complete(args))


if __name__ == "__main__":
    sys.exit(main())

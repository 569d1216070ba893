"""`routesql tune judge`: gold SQL that a model's samples and its corrector speak against."""

import argparse
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import add_adapter, add_corpus, add_model
from .synthesis import DIR, FILE

if TYPE_CHECKING:
    from ..tuning.noise_filter import Pair
    from ..tuning.noise_judge import Judgement


def add_judge(stages: Any) -> None:
    """Under `routesql tune`."""
    judge = stages.add_parser(
        "judge", help="list the gold SQL that a model's samples and corrector speak against"
    )
    add_corpus(judge, split="train")
    add_model(judge)
    add_adapter(judge)
    judge.add_argument("--samples", required=True, help="what `tune sample` wrote", **FILE)
    judge.add_argument("--out", required=True, help="the folder of what is made", **DIR)
    judge.set_defaults(seed=0)


def judge(args: argparse.Namespace) -> int:
    """Goes on with what an earlier start left."""
    from ..tuning.evaluation.run_folder import RunFolder
    from ..tuning.noise_judge import KEYS, suspects
    from ..tuning.synthesis.lines import read_lines, write_lines
    from .evaluation import adapter_of, short_hash
    from .plain import say
    from .synthesis import about, by_batch, questions
    from .tuning import fit, samples_of

    given, _ = fit(questions(args), None)
    samples = samples_of([args.samples], given)
    asked = [pair for pair in given if pair.id in samples]
    setting = {**about("judgements", args, given), "model": args.model, **adapter_of(args)}
    setting["samples_hash"] = short_hash(repr(samples))
    folder = RunFolder(args.out)
    folder.start(setting)
    file = args.out / "judged.jsonl"
    done = read_lines(file, KEYS)
    write_lines(file, done)
    pairs = {pair.id: pair for pair in asked}
    found = [(pairs[one.id], one) for of in by_batch(suspects, asked, samples, args.seed) for one in of]
    known = {line["id"] for line in done}
    if left := [one for one in found if one[0].id not in known]:
        ask(left, len(found), file, args)
    rejected = sum(line["rejected"] for line in read_lines(file, ()))
    say(f"{len(asked):,} questions, {len(found):,} suspect, {rejected:,} rejected: {file}")
    return 0


def ask(left: "list[tuple[Pair, Judgement]]", of: int, file: Path, args: argparse.Namespace) -> None:
    from ..agents.model import LocalModel
    from ..tuning.noise_judge import judged
    from ..tuning.synthesis.lines import append_lines
    from .evaluation import progress
    from .synthesis import at_work

    with ExitStack() as stack:
        cache = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="routesql-")))
        model = LocalModel(model=args.model, adapter=args.adapter)
        stack.enter_context(at_work(model))
        bar = stack.enter_context(progress())
        task = bar.add_task("suspects", total=of, completed=of - len(left), ex="")
        for one in judged(left, model, cache):
            append_lines(file, [asdict(one)])
            bar.update(task, advance=1)


STAGES = {"judge": judge}

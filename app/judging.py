"""`routesql tune judge`: gold SQL that a model's samples and its corrector speak against."""

import argparse
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import CORPUS_NAMES, DEFAULT_MODEL

if TYPE_CHECKING:
    from ..tuning.noise_filter import Pair
    from ..tuning.noise_judge import Judgement


def add_judge(stages: Any) -> None:
    """Under `routesql tune`."""
    judge = stages.add_parser(
        "judge", help="list the gold SQL that a model's samples and corrector speak against"
    )
    judge.add_argument("--corpus", choices=CORPUS_NAMES, required=True)
    judge.add_argument("--split", default="train", help="default: %(default)s")
    judge.add_argument("--data", required=True, type=Path, metavar="DIR", help="the benchmark's folder")
    judge.add_argument("--databases", type=Path, metavar="DIR", help="where its databases are, if elsewhere")
    judge.add_argument("--samples", required=True, type=Path, metavar="FILE", help="what `tune sample` wrote")
    judge.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME", help="default: %(default)s")
    judge.add_argument("--adapter", metavar="DIR", help="a LoRA adapter tuned on the model")
    judge.add_argument("--out", required=True, type=Path, metavar="DIR", help="the folder of what is made")


def judge(args: argparse.Namespace) -> int:
    """Goes on with what an earlier start left."""
    from ..agents.prompt_hash import prompt_hash
    from ..tuning.evaluation.run_folder import RunFolder
    from ..tuning.noise_judge import KEYS
    from ..tuning.synthesis.lines import read_lines, write_lines
    from .evaluation import adapter_of, short_hash
    from .plain import say
    from .synthesis import about, questions
    from .tuning import fit, samples_of

    args.seed = 0
    given, _ = fit(questions(args), None)
    samples = samples_of([args.samples], given)
    asked = [pair for pair in given if pair.id in samples]
    setting = {**about("judgements", args, given), "model": args.model, **adapter_of(args)}
    setting |= {"samples_hash": short_hash(repr(samples)), "prompts": prompt_hash()}
    folder = RunFolder(args.out)
    folder.start(setting)
    file = args.out / "judged.jsonl"
    done = read_lines(file, KEYS)
    write_lines(file, done)
    found = suspects(asked, samples)
    known = {line["id"] for line in done}
    if left := [one for one in found if one[0].id not in known]:
        ask(left, len(found), file, args)
    rejected = sum(line["rejected"] for line in read_lines(file, ()))
    say(f"{len(asked):,} questions, {len(found):,} suspect, {rejected:,} rejected: {file}")
    return 0


def suspects(given: "list[Pair]", samples: Any) -> "list[tuple[Pair, Judgement]]":
    """By database, within it in the corpus's order."""
    from ..tuning.mixture import batches
    from ..tuning.noise_judge import suspects as found_in
    from .evaluation import progress

    pairs = {pair.id: pair for pair in given}
    with tempfile.TemporaryDirectory(prefix="routesql-") as cache, progress() as bar:
        work = batches(given, samples, Path(cache), 0)
        task = bar.add_task("questions", total=len(given), ex="")
        made = {}
        for index, one in found_in(work):
            made[index] = one
            bar.update(task, advance=len(work[index].pairs))
    return [(pairs[one.id], one) for index in range(len(work)) for one in made[index]]


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

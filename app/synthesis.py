"""`routesql tune sample`, `pairs` and `synthesize`. Imports nothing heavy until one of them runs."""

import argparse
import json
import math
import shlex
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .arguments import add_adapter, add_corpus, add_model, positive

if TYPE_CHECKING:
    from ..tuning.mixture import Batch
    from ..tuning.noise_filter import LeftOut, Pair
    from ..tuning.synthesis.preference import Preference
    from ..tuning.synthesis.samples_file import SamplesFile
    from ..tuning.tasks.samples import Sample

Made = TypeVar("Made")
DIR: dict[str, Any] = {"type": Path, "metavar": "DIR"}
FILE: dict[str, Any] = {"type": Path, "metavar": "FILE"}


def add_synthesis(stages: Any) -> None:
    """Under `routesql tune`."""
    sample = stages.add_parser("sample", help="a model's own SQL for a corpus, labelled by execution")
    pairs = stages.add_parser("pairs", help="preference pairs from right and wrong samples")
    for parser in (sample, pairs):
        add_corpus(parser, split="train")
    add_model(sample)
    add_adapter(sample)
    sample.add_argument(
        "--samples", type=positive, default=8, metavar="K", help="for each question; default: 8"
    )
    sample.add_argument("--temperature", type=warm, default=0.8, metavar="T", help="default: %(default)s")
    sample.add_argument(
        "--completions", help="label these instead; training/complete.py draws them on a GPU machine", **FILE
    )
    sample.add_argument("--limit", type=positive, metavar="N", help="a sample of so many questions")
    pairs.add_argument("--samples", required=True, help="what `tune sample` wrote", **FILE)
    pairs.add_argument("--judged", action="append", help="of `tune judge`; may be repeated", **FILE)
    pairs.add_argument("--most", type=positive, default=4, metavar="K", help="for each question; default: 4")
    synthesize = stages.add_parser("synthesize", help="a corpus of new databases, written by a strong model")
    synthesize.add_argument(
        "--model",
        required=True,
        metavar="NAME",
        help="Hugging Face id, folder, provider:name or module:object",
    )
    synthesize.add_argument(
        "--databases", type=positive, default=20, metavar="N", help="default: %(default)s"
    )
    synthesize.add_argument(
        "--questions", type=positive, default=30, metavar="M", help="for each; default: 30"
    )
    synthesize.add_argument("--ban", help="domains not to be written about, one a line", **FILE)
    synthesize.add_argument("--avoid", help="a benchmark in Spider's layout that is measured on", **DIR)
    for parser in (sample, pairs, synthesize):
        parser.add_argument("--out", required=True, help="the folder of what is made", **DIR)
        parser.add_argument("--seed", type=int, default=0, help="of every draw; default: %(default)s")


def warm(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0 and at most 2: all samples would be one")
    return value


def sample(args: argparse.Namespace) -> int:
    """Goes on with what an earlier start left."""
    from ..tuning.evaluation.run_folder import RunFolder
    from ..tuning.synthesis.completions import CompletionsError, read_completions
    from ..tuning.synthesis.samples_file import SamplesFile
    from .evaluation import adapter_of, limited, short_hash
    from .plain import say

    found = read_completions(args.completions) if args.completions else {}
    given = [pair for pair in questions(args) if not found or pair.id in found]
    if not given:
        raise CompletionsError(f"{args.completions} has completions of {min(found)}, but of no question here")
    given = limited(given, args.limit, args.seed)
    if found:
        args.samples = len(found[given[0].id])
    options = {name: getattr(args, name) for name in ("model", "samples", "temperature")}
    options["completions"] = short_hash(repr(sorted(found.items()))) if found else None
    folder = RunFolder(args.out)
    folder.start({**about("samples", args, given), **options, **adapter_of(args)})
    file = SamplesFile(args.out, args.samples)
    file.restore()
    if left := [pair for pair in given if pair.id not in file.done]:
        draw(left, len(given), file, args, found)
    left_out = file.left.total()
    said = f"{file.drawn:,} samples of {len(file.done) - left_out:,} questions, {file.share:.1%} right"
    say(f"{said}, {left_out:,} questions left out: {file.path}")
    return 0


def draw(
    left: "list[Pair]",
    of: int,
    file: "SamplesFile",
    args: argparse.Namespace,
    found: "Mapping[str, tuple[str, ...]]",
) -> None:
    """Ask, unless all is found, label, write down; the model asks on while the workers label."""
    from ..agents.model import LocalModel
    from ..tuning.synthesis.completions import completed
    from ..tuning.synthesis.labels import labelled
    from ..tuning.synthesis.sampling import Sampling, drawn
    from .evaluation import progress

    sampling = Sampling(args.samples, args.temperature, args.seed)
    with ExitStack() as stack:
        cache = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="routesql-")))
        if found:
            given = completed(left, found, cache)
        else:
            model = LocalModel(model=args.model, adapter=args.adapter)
            stack.enter_context(at_work(model))
            given = drawn(left, model, sampling, cache)
        bar = stack.enter_context(progress())
        labels = stack.enter_context(closing(labelled(given)))
        task = bar.add_task("questions", total=of, completed=of - len(left), ex="")
        for _, label in labels:
            file.add(label)
            bar.update(task, advance=1, ex=f"{file.share:.1%} right")


def pairs(args: argparse.Namespace) -> int:
    from ..agents.prompt_hash import prompt_hash
    from ..tuning.data_folder import write_card
    from ..tuning.evaluation.run_folder import RunFolder
    from ..tuning.synthesis.preference_card import card, markdown
    from ..tuning.tasks.samples import SamplesError
    from .evaluation import short_hash
    from .plain import say
    from .tuning import fit, samples_of

    given, left = fit(questions(args), args.judged)
    samples = samples_of([args.samples], given)
    setting = {**about("preference pairs", args, given), "most": args.most, "prompts": prompt_hash()}
    setting["samples_hash"] = short_hash(repr(samples))
    folder = RunFolder(args.out)
    folder.start(setting)
    found, without = preferences_of(given, samples, args.seed)
    left += without
    splits = split_up(found, {pair.example.database for pair in given}, args)
    if not splits["train"]:
        reason = left[0].message if left else "all databases are for validation"
        raise SamplesError(f"{args.samples} makes no pair to train on: {reason}")
    write_preferences(args.out, splits)
    made = card(setting, command(args), splits, found, left)
    write_card(args.out, made, markdown(made), left)
    say(f"{len(splits['train']):,} pairs to train on, {len(splits['validation']):,} to validate: {args.out}")
    return 0


def split_up(
    found: "list[tuple[Preference, ...]]", databases: set[str], args: argparse.Namespace
) -> "dict[str, list[Preference]]":
    """Of each question the first ones; validation has the databases that `tune data` holds out."""
    from ..tuning.mixture import held_out

    validation = held_out(databases, args.seed)
    of: dict[str, list[Preference]] = {"train": [], "validation": []}
    for one in filter(None, found):
        of["validation" if one[0].database in validation else "train"] += one[: args.most]
    return of


def preferences_of(
    given: "list[Pair]", samples: "Mapping[str, tuple[Sample, ...]]", seed: int
) -> "tuple[list[tuple[Preference, ...]], list[LeftOut]]":
    """By database, within it in the corpus's order; and the questions that have none."""
    from ..tuning.synthesis.preference import preferences

    made = by_batch(preferences, given, samples, seed)
    left = [one for part in made for one in part.left_out]
    return [of for part in made for of in part.preferences], left


def by_batch(
    work: "Callable[[list[Batch]], Iterator[tuple[int, Made]]]",
    given: "list[Pair]",
    samples: "Mapping[str, tuple[Sample, ...]]",
    seed: int,
) -> "list[Made]":
    """What is made of the questions that have samples, in the order of their batches."""
    from ..tuning.mixture import batches
    from .evaluation import progress

    asked = [pair for pair in given if pair.id in samples]
    with tempfile.TemporaryDirectory(prefix="routesql-") as cache, progress() as bar:
        parts = batches(asked, samples, Path(cache), seed)
        task = bar.add_task("questions", total=len(asked), ex="")
        made = {}
        for index, one in work(parts):
            made[index] = one
            bar.update(task, advance=len(parts[index].pairs))
    return [made[index] for index in range(len(parts))]


def write_preferences(folder: Path, splits: "Mapping[str, list[Preference]]") -> None:
    from ..tuning.data_folder import writing

    with writing(folder) as files:
        for split, found in splits.items():
            for one in found:
                files.files[split].write(json.dumps(asdict(one), ensure_ascii=False) + "\n")


def synthesize(args: argparse.Namespace) -> int:
    """Goes on with what an earlier start left."""
    from .. import __version__
    from ..tuning.evaluation.run_folder import RunFolder
    from ..tuning.synthesis.attempt import Asked, Attempt
    from ..tuning.synthesis.corpus_folder import CorpusFolder
    from ..tuning.synthesis.prompts import prompts_hash
    from ..tuning.synthesis.selection import Avoid, avoid, ban_list
    from ..tuning.synthesis.strong_model import strong_model
    from ..tuning.synthesis.synthesize import synthesize as make
    from .evaluation import progress, short_hash
    from .plain import say

    ban = ban_list(args.ban) if args.ban else ()
    avoided = avoid(args.avoid) if args.avoid else Avoid()
    model = strong_model(args.model)
    if not args.avoid:
        say("nothing is avoided; --avoid DIR keeps what a benchmark measures on out of the corpus")
    setting = {
        "made": "synthetic corpus",
        "model": args.model,
        "questions_each": args.questions,
        "seed": args.seed,
        "ban_hash": short_hash(repr(ban)),
        "avoid_hash": short_hash(repr((avoided.domains, avoided.questions, sorted(avoided.sqls)))),
        "prompts": prompts_hash(),
        "routesql": __version__,
    }
    lock = RunFolder(args.out)
    lock.start(setting)
    folder = CorpusFolder(args.out, {**setting, "command": command(args)})
    folder.restore()
    with at_work(model), progress() as bar:
        task = bar.add_task("databases", total=args.databases, completed=len(folder.finished), ex="")

        def told(attempt: Attempt) -> None:
            if attempt.reason:
                say(f"dropped: {attempt.domain or 'a reply'}: {attempt.message}")
            bar.update(task, completed=len(folder.finished), ex=f"{folder.questions:,} questions")

        make(model, Asked(args.questions, args.seed, ban, avoided), args.databases, folder, told)
    say(f"{len(folder.finished):,} databases, {folder.questions:,} questions: {args.out}")
    return 0


STAGES: dict[str, Callable[[argparse.Namespace], int]] = {
    "sample": sample,
    "pairs": pairs,
    "synthesize": synthesize,
}


def questions(args: argparse.Namespace) -> "list[Pair]":
    from ..tuning.noise_filter import pairs
    from .tuning import opened

    return pairs(opened(args, [args.split]))


def about(made: str, args: argparse.Namespace, given: "list[Pair]") -> dict[str, Any]:
    """What the data depends on, as in `tune data`."""
    from .. import __version__
    from .tuning import asked_hash

    return {
        "made": made,
        "corpus": args.corpus,
        "split": args.split,
        "questions": len(given),
        "questions_hash": asked_hash(given),
        "seed": args.seed,
        "routesql": __version__,
    }


def at_work(model: Any) -> AbstractContextManager[None]:
    """A local model is loaded, and its questions in flight end with it on an error."""
    from .evaluation import closed_on_error

    return closed_on_error(model) if hasattr(model, "engine") else nullcontext()


def command(args: argparse.Namespace) -> str:
    """As it can be given again."""
    given = {name: value for name, value in vars(args).items() if name not in ("command", "stage")}
    parts = [word for name, value in given.items() if value is not None for word in (f"--{name}", str(value))]
    return shlex.join(["routesql", "tune", args.stage, *parts])

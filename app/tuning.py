"""`routesql tune data`: training examples for the four roles, for who tunes a model."""

import argparse
import shlex
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import __version__
from ..agents.prompt_hash import prompt_hash
from ..tools.errors import SetupError
from ..tuning.corpora import CORPORA, Corpus
from ..tuning.data_card import Tally, card, markdown
from ..tuning.data_folder import write_card, writing
from ..tuning.evaluation.run_folder import RunFolder
from ..tuning.mixture import batches, held_out, mixture
from ..tuning.noise_filter import LeftOut, Pair, pairs, without_duplicates
from ..tuning.noise_judge import without_rejected
from ..tuning.tasks.samples import Sample, read_samples
from .evaluation import limited, progress, short_hash
from .judging import STAGES as JUDGING
from .plain import say
from .synthesis import STAGES as SYNTHESIS
from .training import STAGES as TRAINING


def tune(args: argparse.Namespace) -> int:
    stages: Mapping[str, Callable[[argparse.Namespace], int]] = {
        "data": data,
        **SYNTHESIS,
        **JUDGING,
        **TRAINING,
    }
    return stages[args.stage](args)


def data(args: argparse.Namespace) -> int:
    from ..tuning.length_chart import draw  # first of all: without matplotlib nothing is begun

    splits = list(dict.fromkeys(args.split or ["train"]))
    given = limited(pairs(opened(args, splits)), args.limit, args.seed)
    samples = samples_of(args.samples or [], given)
    kept, left = fit(given, args.judged)
    setting = {**setting_of(args, splits, kept, samples), "questions": len(given)}
    folder = RunFolder(args.out)
    folder.start(setting)
    tally = Tally(tokens_at_hand())
    left += written(kept, samples, args, tally, left)
    found = card(setting, command(args, splits), tally, left)
    write_card(args.out, found, markdown(found), left)
    draw(tally.lengths, args.out / "lengths.png")
    say(summary(found, args.out))
    return 0


def opened(args: argparse.Namespace, splits: Sequence[str]) -> list[Corpus]:
    if args.databases and not args.databases.is_dir():
        raise SetupError(f"no folder {args.databases}; --databases takes one with NAME/NAME.sqlite in it")
    return [CORPORA[args.corpus](args.data, split, args.databases) for split in splits]


def fit(given: Sequence[Pair], judged: Sequence[Path] | None) -> tuple[list[Pair], list[LeftOut]]:
    """Each question once, and without those whose gold SQL a judge rejects."""
    kept, left = without_duplicates(given)
    for path in judged or ():
        kept, rejected = without_rejected(kept, path)
        left += rejected
    return kept, left


def samples_of(paths: Sequence[Path], given: Sequence[Pair]) -> Mapping[str, tuple[Sample, ...]]:
    found: dict[str, tuple[Sample, ...]] = {}
    for path in paths:
        found |= samples_in(path, {pair.id: pair.example.question for pair in given})
    return found


def samples_in(path: Path, asked: Mapping[str, str]) -> Mapping[str, tuple[Sample, ...]]:
    """asked: what is asked here, by id. Raises `SetupError` for samples of other data."""
    found = read_samples(path)
    if not found.keys() & asked.keys():
        raise SetupError(
            f"{path} has samples of {min(found)}, but of no question here, as {min(asked, default='any')}"
        )
    for name, (first, *_) in found.items():
        if first.question and asked.get(name, first.question) != first.question:
            raise SetupError(f"{path} has samples of another {name} than the one here; of other data?")
    return found


def setting_of(
    args: argparse.Namespace,
    splits: Sequence[str],
    given: Sequence[Pair],
    samples: Mapping[str, tuple[Sample, ...]],
) -> dict[str, Any]:
    """What the data depends on."""
    return {
        "made": "training data",
        "corpus": args.corpus,
        "splits": list(splits),
        "questions": len(given),
        "questions_hash": asked_hash(given),
        "samples_hash": short_hash(repr(samples)) if samples else None,
        "seed": args.seed,
        "prompts": prompt_hash(),
        "routesql": __version__,
    }


def asked_hash(given: Sequence[Pair]) -> str:
    return short_hash("\0".join(f"{pair.id} {pair.example.question}\0{pair.example.gold}" for pair in given))


def written(
    kept: Sequence[Pair],
    samples: Mapping[str, tuple[Sample, ...]],
    args: argparse.Namespace,
    tally: Tally,
    before: Sequence[LeftOut],
) -> list[LeftOut]:
    """Make the examples and write them; those questions that have none. before: left out already."""
    left: list[LeftOut] = []
    validation = held_out({pair.example.database for pair in kept}, args.seed)
    with (
        writing(args.out) as files,
        tempfile.TemporaryDirectory(prefix="routesql-") as cache,
        progress() as bar,
    ):
        task = bar.add_task("questions", total=len(kept), ex="")
        for batch, made in mixture(batches(kept, samples, Path(cache), args.seed)):
            split = "validation" if batch.database in validation else "train"
            for line in made.lines:
                files.add(split, line)
                tally.add(split, line)
            left += made.left_out
            bar.update(task, advance=len(batch.pairs), ex=f"{sum(tally.tasks.values()):,} examples")
        if not tally.databases["train"]:
            raise SetupError(f"no question is left to train on{because([*before, *left])}")
    return left


def because(left: Sequence[LeftOut]) -> str:
    return f"; the first is left out: {left[0].message}" if left else ": all databases are for validation"


def tokens_at_hand() -> Callable[[str], int] | None:
    """Counts with the default model's tokenizer where that is on this machine already."""
    from ..agents.model.weights import DEFAULT, available

    location = next((Path(known.location) for known in available() if known.name == DEFAULT), None)
    file = location / "tokenizer.json" if location else None
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError:
        return None
    if file is None or not file.is_file():
        return None
    tokenizer = Tokenizer.from_file(str(file))
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def command(args: argparse.Namespace, splits: Sequence[str]) -> str:
    parts = ["routesql", "tune", "data", "--corpus", args.corpus]
    parts += [word for split in splits for word in ("--split", split)]
    for name in ("samples", "judged"):
        parts += [word for file in getattr(args, name) or [] for word in (f"--{name}", str(file))]
    given = {name: getattr(args, name) for name in ("data", "databases", "out", "limit", "seed")}
    for name, value in given.items():
        parts += [] if value is None else [f"--{name}", str(value)]
    return shlex.join(parts)


def summary(found: Mapping[str, Any], out: Path) -> str:
    train, validation = (sum(counts.values()) for counts in found["examples"].values())
    left = sum(found["left_out"].values())
    return f"{train:,} examples to train on, {validation:,} to validate, {left:,} questions left out: {out}"

"""`routesql eval`, `ablation`, `score`, `compare` and `validate`: benchmarks, for researchers."""

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .. import __version__
from ..agents.prompt_hash import prompt_hash
from ..graph import POLICIES, Policy
from ..tools.errors import SetupError
from ..tuning.corpora import CORPORA, Corpus, Example
from ..tuning.evaluation import ablation as ablations
from ..tuning.evaluation import compare as comparison
from ..tuning.evaluation import report as reports
from ..tuning.evaluation.efficiency import RULE as VES_RULE
from ..tuning.evaluation.efficiency import efficiency
from ..tuning.evaluation.judge import Verdict
from ..tuning.evaluation.linking import linking
from ..tuning.evaluation.predictions import read_predictions
from ..tuning.evaluation.role_effects import role_effects
from ..tuning.evaluation.run_folder import Answer, RunFolder
from ..tuning.evaluation.scoring import score, validated
from .plain import one_line, say

console = Console(stderr=True, highlight=False)


def evaluate(args: argparse.Namespace) -> int:
    corpus = opened(args)
    run(corpus, chosen(corpus, args), POLICIES[args.policy](), args.policy, args, args.out)
    return 0


def ablation(args: argparse.Namespace) -> int:
    """Every step in a folder of its own under --out, and their table."""
    corpus = opened(args)
    examples = chosen(corpus, args)
    found = {
        name: run(corpus, examples, policy(), name, args, args.out / ablations.folder_name(name))
        for name, policy in ablations.STEPS.items()
    }
    text = ablations.markdown(found)
    (args.out / "ablation.md").write_text(text, encoding="utf-8")
    charts().against_calls(found, args.out / "calls.png")
    print(text)
    return 0


def score_file(args: argparse.Namespace) -> int:
    corpus = opened(args)
    predictions = read_predictions(args.predictions, corpus)
    setting = {
        **about(corpus, corpus.examples),
        "predictions": str(args.predictions),
        "predictions_hash": short_hash("\0".join(prediction.sql for prediction in predictions)),
        "suites": args.suites and str(args.suites),
    }
    folder = RunFolder(args.out)
    done = folder.start(setting)
    left = [prediction for prediction in predictions if (prediction.example.id, 0) not in done]
    with progress() as bar:
        task = bar.add_task("", total=len(predictions), completed=len(done), ex="")
        tally = Tally(done.values())
        for _, scored in score(corpus, left, suites=args.suites):
            folder.add(answer := Answer(scored))
            bar.update(task, advance=1, ex=tally.add(answer))
    finish(corpus, setting, folder, args)
    return 0


def compare(args: argparse.Namespace) -> int:
    before, after = RunFolder(args.run_a), RunFolder(args.run_b)
    found = comparison.compare(before, after)
    print(comparison.markdown(found, before.setting(), after.setting()), end="")
    return 0


def validate(args: argparse.Namespace) -> int:
    """Every gold SQL through its own scorer; those that fail or return nothing. Exit 1 if one fails."""
    corpus = opened(args)
    found = {}
    with progress() as bar:
        task = bar.add_task("", total=len(corpus.examples), ex="")
        for example, verdict in validated(corpus):
            found[example.id] = verdict
            bar.advance(task)
    odd = [example for example in corpus.examples if found[example.id] != Verdict("right")]
    for example in odd:
        verdict = found[example.id]
        print(f"{example.id}\t{example.database}\t{verdict.kind or verdict.score}\t", end="")
        print(f"{one_line(verdict.message)}\t{one_line(example.gold)}")
    empty = sum(found[example.id].kind == "no_rows" for example in odd)
    say(f"{len(found):,} gold queries: {len(odd) - empty:,} fail, {empty:,} return no rows")
    return 1 if len(odd) > empty else 0


def run(
    corpus: Corpus,
    examples: Sequence[Example],
    policy: Policy,
    name: str,
    args: argparse.Namespace,
    out: Path,
) -> dict[str, Any]:
    """Go on with the run in this folder, or begin it."""
    from ..agents.model import LocalModel
    from ..tuning.evaluation.evaluate import evaluate as ask_all

    model = LocalModel(model=args.model, adapter=args.adapter)
    loaded = model.engine.loaded.model
    setting = {
        **about(corpus, examples),
        "model": args.model,
        **adapter_of(args),
        "precision": f"{str(loaded.dtype).removeprefix('torch.')} on {loaded.device.type}",
        "policy": name,
        "policy_fields": repr(policy),
        "samples": args.samples,
    }
    folder = RunFolder(out)
    done = folder.start(setting)
    with progress() as bar:
        total = len(examples) * args.samples
        task = bar.add_task(name, total=total, completed=len(done), ex="")
        tally = Tally(done.values())
        with closed_on_error(model):
            ask_all(
                corpus,
                examples,
                model,
                policy,
                folder,
                done,
                samples=args.samples,
                judged=lambda answer: bar.update(task, advance=1, ex=tally.add(answer)),
            )
    return finish(corpus, setting, folder, args)


@contextmanager
def closed_on_error(model: Any) -> Iterator[None]:
    """Questions in flight end at once with the model, and the process need not wait for them."""
    try:
        yield
    except BaseException:
        model.engine.close()
        raise


def finish(
    corpus: Corpus, setting: Mapping[str, Any], folder: RunFolder, args: argparse.Namespace
) -> dict[str, Any]:
    """`report.json`, `report.md`, `predicted.json` (for `score`) and charts, from the folder's answers."""
    answers = list(folder.answers())
    with console.status("judging what each role changed"):
        effects = role_effects(corpus, answers)
    without = getattr(args, "without", None) or ()
    found = reports.report(corpus, setting, answers, effects, without, linking(corpus, answers))
    if getattr(args, "ves", False):
        found |= {"ves": efficiency(corpus, answers)}
        found["rule"]["ves"] = VES_RULE
    text = reports.markdown(found)
    predicted = {answer.scored.id: answer.scored.predicted for answer in answers if answer.sample == 0}
    (folder.path / "report.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (folder.path / "predicted.json").write_text(json.dumps(predicted, indent=1) + "\n", encoding="utf-8")
    (folder.path / "report.md").write_text(text, encoding="utf-8")
    seconds = [answer.usage["seconds"] for answer in answers if answer.usage]
    print(text)
    charts().draw(found, seconds, folder.path)
    return found


def opened(args: argparse.Namespace) -> Corpus:
    if getattr(args, "ves", False) and args.corpus != "bird":
        raise SetupError("--ves is BIRD's score; leave it out, or take --corpus bird")
    if args.databases and not args.databases.is_dir():
        raise SetupError(f"no folder {args.databases}; --databases takes one with NAME/NAME.sqlite in it")
    corpus = CORPORA[args.corpus](args.data, args.split, args.databases)
    if unknown := set(getattr(args, "without", None) or ()) - corpus.databases.keys():
        raise SetupError(f"--without {min(unknown)}: {corpus.name} {corpus.split} has no such database")
    return corpus


def chosen(corpus: Corpus, args: argparse.Namespace) -> list[Example]:
    """All examples, those with the ids in a file, or a seeded sample."""
    if args.ids and args.limit:
        raise SetupError("--ids and --limit both choose questions; give one of them")
    if args.ids:
        try:
            wanted = set(args.ids.read_text(encoding="utf-8").split())
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(f"cannot read {args.ids}: {getattr(error, 'strerror', None) or error}") from None
        if not wanted:
            raise SetupError(f"{args.ids} names no question")
        unknown = wanted - {example.id for example in corpus.examples}
        if unknown:
            raise SetupError(f"{args.ids} names question {min(unknown)}, which {corpus.name} does not have")
        return [example for example in corpus.examples if example.id in wanted]
    return limited(corpus.examples, args.limit, args.seed)


Item = TypeVar("Item")


def limited(given: Sequence[Item], limit: int | None, seed: int) -> list[Item]:
    """All, or a seeded sample in the same order."""
    if limit is None or limit >= len(given):
        return list(given)
    picked = random.Random(seed).sample(range(len(given)), limit)
    return [given[index] for index in sorted(picked)]


def about(corpus: Corpus, examples: Sequence[Example]) -> dict[str, Any]:
    return {
        "corpus": corpus.name,
        "split": corpus.split,
        "questions": len(examples),
        "databases_hash": short_hash(sizes(corpus, examples)),
        "questions_hash": short_hash("\0".join(f"{one.id} {one.question}\0{one.gold}" for one in examples)),
        "routesql": __version__,
    }


def sizes(corpus: Corpus, examples: Sequence[Example]) -> str:
    """Other rows, restored or original, are mostly another size."""
    names = sorted({one.database for one in examples})
    return "\0".join(f"{name} {corpus.databases[name].stat().st_size}" for name in names)


def adapter_of(args: argparse.Namespace) -> dict[str, str | None]:
    """As a run's setting keeps it, with the prompts that go with it; the shipped one's name is `shipped`."""
    from ..agents.model.adapter import choose

    _, folder = choose(args.model, args.adapter)
    if folder is None:
        return {"adapter": None, "adapter_hash": None, "prompts": prompt_hash(few_shot=True)}
    files = sorted(folder.glob("adapter_model*"))
    found = sha256(b"".join(sha256(file.read_bytes()).digest() for file in files)).hexdigest()
    return {"adapter": args.adapter or "shipped", "adapter_hash": found[:12], "prompts": prompt_hash()}


def short_hash(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()[:12]


class Tally:
    """The running accuracy."""

    def __init__(self, answers: Any) -> None:
        self.right = self.n = 0
        for answer in answers:
            self.add(answer)

    def add(self, answer: Answer) -> str:
        self.n += answer.scored.score != "unscored"
        self.right += answer.scored.score == "right"
        return f"EX {100 * self.right / self.n:.1f}" if self.n else ""


def progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[ex]}"),
        TimeRemainingColumn(),
        console=console,
    )


def charts() -> Any:
    from ..tuning.evaluation import charts as module

    return module

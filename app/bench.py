"""What sharing one prefix among roles and questions, and batching callers, is worth on this machine."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import islice

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import BaseMessage, HumanMessage
from rich.console import Console
from rich.table import Table as Grid

from ..agents import continuer, corrector, generator, linker
from ..agents.model import LocalModel
from ..agents.model.weights import DEFAULT
from ..agents.task import Task
from ..tools.errors import RoutesqlError
from ..tools.schema import Column, ForeignKey, Schema, Table

SCHEMA_TOKENS = 1_500
AT_ONCE = 16
Comparison = tuple[str, float, float, str]
"""What, seconds without, seconds with, the ratio wanted."""
PLACES = ["airport", "city", "clinic", "factory", "hotel", "museum", "park", "school", "shop", "stadium"]
THINGS = ["booking", "contract", "delivery", "inspection", "invoice", "payment", "project", "repair", "visit"]
FACTS = [
    ("opened", "DATE"),
    ("size_m2", "INTEGER"),
    ("owner", "TEXT"),
    ("rating", "REAL"),
    ("closed", "DATE"),
]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="routesql.app.bench", description=__doc__)
    parser.add_argument("--model", default=DEFAULT, help="id, folder or .gguf file (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="fewer repeats, shorter answers")
    options = parser.parse_args(argv)
    try:
        run(options.model, options.quick)
    except RoutesqlError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def run(name: str, quick: bool) -> None:
    model = LocalModel(model=name, max_tokens=8 if quick else 32)
    # Every answer runs to its full length, so that both sides of a comparison do the same work.
    model.engine.loaded = replace(model.engine.loaded, stop_tokens=frozenset())
    console = Console()
    console.print(f"{date.today():%Y-%m-%d} · {machine(model)}", soft_wrap=True)
    schema = schema_of(model, SCHEMA_TOKENS)
    model.invoke("Hello")  # the first pass of all prepares kernels
    grid = Grid("what", "without", "with", "ratio", "wanted")
    for what, without, shared, wanted in (
        reuse(model, schema, repeats=1 if quick else 3),
        batching(model, schema),
        *question(model, schema),
    ):
        grid.add_row(what, f"{without:.2f} s", f"{shared:.2f} s", f"{without / shared:.1f} ×", wanted)
    console.print(grid)


def reuse(model: LocalModel, schema: Schema, repeats: int) -> Comparison:
    """Seconds until the first token of a question, the schema's prefix absent and present; the medians."""
    first = model.bind(max_tokens=1)
    without, shared = [], []
    for text in islice(QUESTIONS, repeats):
        prompt = generator.prompt(task(schema, text))
        model.engine.prefixes.clear()
        without.append(seconds(partial(first.invoke, prompt)))
        warm(model, schema)
        shared.append(seconds(partial(first.invoke, prompt)))
    size = model.get_num_tokens_from_messages(generator.prompt(task(schema, QUESTIONS[0])))
    return f"prefill of a second question, {size} tokens", median(without), median(shared), "≥ 4 ×"


def batching(model: LocalModel, schema: Schema) -> Comparison:
    """Seconds for the first calls of 16 questions on one known database, in a row and all at once.

    Half of the row goes before and half after, so that a machine that slows down slows both ways.
    """
    prompts: list[LanguageModelInput] = [
        generator.prompt(task(schema, text)) for text in islice(QUESTIONS, AT_ONCE)
    ]
    half = AT_ONCE // 2
    in_a_row = timed_warm(model, schema, lambda: [model.invoke(prompt) for prompt in prompts[:half]])
    together = timed_warm(model, schema, lambda: model.batch(prompts))
    in_a_row += timed_warm(model, schema, lambda: [model.invoke(prompt) for prompt in prompts[half:]])
    return f"{AT_ONCE} questions at once, not in a row", in_a_row, together, "≥ 1.7 × on a CPU"


def question(model: LocalModel, schema: Schema) -> list[Comparison]:
    """Seconds for the five calls of one question; without: the instruction first, nothing reused.

    The ways take turns call by call, so that whatever else the machine does falls on all of them alike.
    """
    from ..agents.model.prefix import PrefixCache

    nothing, new, known = (PrefixCache(model.engine.prefixes.limit) for _ in range(3))
    total = dict.fromkeys((nothing, new, known), 0.0)
    model.engine.prefixes = known
    model.invoke(generator.prompt(task(schema, OTHER)), max_tokens=1)
    for prompt in calls(schema):
        nothing.clear()
        for cache, messages in ((nothing, instruction_first(prompt)), (new, prompt), (known, prompt)):
            model.engine.prefixes = cache
            total[cache] += seconds(partial(model.invoke, messages))
    what = "five calls of one question: schema first"
    return [(what, total[nothing], total[new], ""), (f"{what}, seen", total[nothing], total[known], "")]


def calls(schema: Schema) -> list[list[BaseMessage]]:
    """Linker, generator before and after linking, corrector, continuer."""
    sql = f"SELECT nam FROM {schema.tables[0].name}"
    plain = task(schema, QUESTIONS[0])
    linked = Task(
        schema, plain.question, links=linker.parse(f"{schema.tables[0].name}: name"), few_shot=False
    )
    wrong = Task(schema, plain.question, sql=sql, error='no column "nam"', few_shot=False)
    return [
        linker.prompt(plain),
        generator.prompt(plain),
        generator.prompt(linked),
        corrector.prompt(wrong),
        continuer.prompt(plain),
    ]


def instruction_first(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """As ROUTE's own prompts: the role's instruction before the schema."""
    rest, _, instruction = str(messages[-1].content).rpartition("\n\n")
    return [*messages[:-1], HumanMessage(f"{instruction}\n\n{rest}")]


def task(schema: Schema, text: str) -> Task:
    return Task(schema, text, few_shot=False)


def warm(model: LocalModel, schema: Schema) -> None:
    """Another question on the database was asked, and nothing else."""
    model.engine.prefixes.clear()
    model.invoke(generator.prompt(task(schema, OTHER)), max_tokens=1)


def timed_warm(model: LocalModel, schema: Schema, work: Callable[[], object]) -> float:
    warm(model, schema)
    return seconds(work)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def schema_of(model: LocalModel, tokens: int) -> Schema:
    """A schema whose prompt is about this long."""
    tables: list[Table] = []
    for place in PLACES:
        for thing in ("", *THINGS):
            tables.append(table(place, thing))
            schema = Schema("sqlite", tuple(tables))
            if model.get_num_tokens_from_messages(generator.prompt(task(schema, ""))) >= tokens:
                return schema
    return schema


def table(place: str, thing: str) -> Table:
    columns = [Column("id", "INTEGER"), Column("name", "TEXT"), *(Column(*fact) for fact in FACTS)]
    if not thing:
        return Table(
            place, tuple(columns), ("id",), rows=((1, place.title(), "1999-05-04", 120, "Ann", 4.5, None),)
        )
    key = f"{place}_id"
    keys = (ForeignKey((key,), place, ("id",)),)
    return Table(f"{place}_{thing}", (*columns, Column(key, "INTEGER")), ("id",), keys)


def machine(model: LocalModel) -> str:
    import torch

    loaded = model.engine.loaded.model
    where = (
        torch.cuda.get_device_name() if loaded.device.type == "cuda" else f"{torch.get_num_threads()} threads"
    )
    dtype = str(loaded.dtype).removeprefix("torch.")
    return f"{model.model} · {dtype} on {loaded.device.type} ({where}) · torch {torch.__version__}"


OTHER = "How many parks are there?"
QUESTIONS = [
    f"{ask} of every {place}{when}?"
    for place in PLACES
    for ask, when in (
        ("What is the name and the owner", " that opened after 2001"),
        ("How high is the average rating", " larger than 100 square metres"),
        ("How many are the visits", " in 2020"),
    )
]


if __name__ == "__main__":
    sys.exit(main())

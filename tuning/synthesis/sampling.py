"""Draw a model's own SQL for the questions of a corpus, several for each, by the generator's live prompt."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from random import Random

from langchain_core.language_models import BaseChatModel

from ...agents import generator
from ...agents.task import Task
from ...graph.asking import accepted
from ...graph.policy import Policy
from ...tools.database import Database
from ...tools.errors import QuestionError
from ..corpora.example import Example
from ..evaluation.evaluate import Asked, answered
from ..noise_filter import Pair
from ..tasks.question import live_task


@dataclass(frozen=True)
class Drawn:
    """All that was drawn for one question."""

    pair: Pair
    sqls: tuple[str, ...]
    """In the order of drawing, repeats and replies without SQL ("") included."""
    cache: Path
    """For the schemas and values of databases, shared by the workers."""


@dataclass(frozen=True)
class Sampling:
    samples: int = 8
    """For each question."""
    temperature: float = 0.8
    seed: int = 0

    def options(self, pair_id: str, sample: int, policy: Policy) -> Mapping[str, float]:
        """Of one call; questions do not share their draws."""
        seed = Random(f"{self.seed} {pair_id} {sample}").getrandbits(31)
        return {"temperature": self.temperature, "seed": seed, "max_tokens": policy.max_tokens}


def drawn(
    pairs: Sequence[Pair], model: BaseChatModel, sampling: Sampling, cache: Path
) -> Generator[Drawn, None, None]:
    """As they come, many questions at once; those of one database follow each other.

    What cannot be asked, a question longer than the policy or the model allows, has replies without SQL.
    """
    ordered = sorted(pairs, key=lambda pair: pair.example.database)
    known = {pair.id: pair for pair in ordered}
    policy = Policy()
    with ExitStack() as stack:
        databases = opened_in(stack, ordered, cache)
        few_shot = not getattr(model, "tuned", False)

        @lru_cache(maxsize=1_000)
        def task_of(name: str) -> Task:
            example = known[name].example
            return replace(live_task(example, databases[example.database], policy), few_shot=few_shot)

        def ask(one: tuple[Example, int]) -> Asked:
            example, sample = one
            try:
                prompt = generator.prompt(task_of(example.id))
                options = accepted(dict(sampling.options(example.id, sample, policy)), model)
                reply = model.bind(**options).invoke(prompt)
            except QuestionError:
                return Asked(example, "", sample)
            return Asked(example, generator.parse(str(reply.text)), sample)

        asked = [(named(pair), sample) for pair in ordered for sample in range(sampling.samples)]
        with closing(whole(answered(ask, asked), sampling.samples)) as found:
            for name, sqls in found:
                yield Drawn(known[name], sqls, cache)


def opened_in(stack: ExitStack, pairs: Sequence[Pair], cache: Path) -> Mapping[str, Database]:
    """Their databases by name, closed with the stack."""
    files = {pair.example.database: pair.file for pair in pairs}
    return {name: stack.enter_context(Database.open(file, cache=cache)) for name, file in files.items()}


def named(pair: Pair) -> Example:
    """The example under the name that is its own among all corpora."""
    return replace(pair.example, id=pair.id)


def whole(asked: Iterable[Asked], samples: int) -> Generator[tuple[str, tuple[str, ...]], None, None]:
    """Each question as soon as its last sample is there."""
    waiting: dict[str, dict[int, str]] = {}
    for one in asked:
        found = waiting.setdefault(one.example.id, {})
        found[one.sample] = one.sql
        if len(found) == samples:
            del waiting[one.example.id]
            yield one.example.id, tuple(found[sample] for sample in range(samples))

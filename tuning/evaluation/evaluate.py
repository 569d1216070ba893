"""Ask the graph every question of a corpus, many at once, and judge the answers as they come."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ...graph import Context, Policy, build_graph
from ...tools import Database
from ...tools.errors import QuestionError
from ..corpora.example import Corpus, Example
from .run_folder import Answer, RunFolder
from .scoring import Prediction, score

CONCURRENT = 40
"""Questions on their way at once: more than the model decodes together, so that its batch stays full."""
SAMPLE_TEMPERATURE = 0.7
"""Where several samples of a question are asked for; one is as the policy says."""


@dataclass(frozen=True, eq=False)
class Asked(Prediction):
    """A prediction, and how the graph came to it."""

    sample: int = 0
    attempts: tuple[Mapping[str, Any], ...] = ()
    usage: Mapping[str, Any] | None = None
    links: Mapping[str, Any] | None = None


def evaluate(
    corpus: Corpus,
    examples: Sequence[Example],
    model: Any,
    policy: Policy,
    folder: RunFolder,
    done: Mapping[tuple[str, int], Answer],
    *,
    samples: int = 1,
    judged: Callable[[Answer], None] = lambda _: None,
) -> None:
    """Each answer goes to the folder as soon as it is judged; those in `done` are not asked again."""
    left = [
        (example, sample)
        for sample in range(samples)
        for example in sorted(examples, key=lambda one: one.database)
        if (example.id, sample) not in done
    ]
    with ExitStack() as stack:
        names = {example.database for example, _ in left}
        databases = {
            name: stack.enter_context(Database.open(corpus.databases[name], cache=None))
            for name in sorted(names)
        }
        graph = build_graph(model)

        def ask(one: tuple[Example, int]) -> Asked:
            example, sample = one
            context = Context(database=databases[example.database], policy=sampled(policy, sample, samples))
            try:
                result = graph.invoke({"question": example.question, "hint": example.hint}, context=context)
            except QuestionError as error:
                refused = {"role": "question", "sql": "", "kind": "refused", "accepted": False}
                return Asked(example, "", sample, ({**refused, "reason": str(error)},))
            attempts = tuple(map(brief, result["attempts"]))
            return Asked(example, result["sql"], sample, attempts, result["usage"], result["links"])

        judging = stack.enter_context(closing(score(corpus, answered(ask, left))))
        for prediction, scored in judging:
            assert isinstance(prediction, Asked)
            answer = Answer(
                scored, prediction.sample, prediction.attempts, prediction.usage, prediction.links
            )
            folder.add(answer)
            judged(answer)


def sampled(policy: Policy, sample: int, samples: int) -> Policy:
    if samples == 1:
        return policy
    return replace(
        policy, temperature=policy.temperature or SAMPLE_TEMPERATURE, seed=policy.seed + 1000 * sample
    )


def brief(attempt: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: attempt[key] for key in ("role", "sql", "accepted", "reason")}
    return {**kept, "kind": attempt["outcome"]["kind"]}


def answered(
    ask: Callable[[tuple[Example, int]], Asked], left: Sequence[tuple[Example, int]]
) -> Iterator[Asked]:
    """As they come; the order of asking is kept, so that one database's questions meet its cached schema."""
    waiting = iter(left)
    pool = ThreadPoolExecutor(CONCURRENT, thread_name_prefix="question")
    try:
        running: set[Future[Asked]] = {pool.submit(ask, one) for one in islice(waiting, CONCURRENT)}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {pool.submit(ask, one) for one in islice(waiting, len(finished))}
            for future in finished:
                yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)

"""What each role changed for better and for worse: the answer before it spoke against the answer after."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...graph.voting import AGREE
from ..corpora.example import Corpus
from .run_folder import Answer
from .scoring import Prediction, executed


class Effect(NamedTuple):
    """Of the questions on which a role spoke."""

    changed: int = 0
    """Its SQL took the place of another."""
    better: int = 0
    worse: int = 0


class Step(NamedTuple):
    role: str
    before: str
    after: str


def role_effects(corpus: Corpus, answers: Sequence[Answer]) -> dict[str, Effect]:
    """Judges the SQLs in between; the answers themselves have been judged."""
    examples = {example.id: example for example in corpus.examples}
    right = {(one.scored.id, one.scored.predicted): one.scored.score == "right" for one in answers}
    changes = [(answer.scored.id, step) for answer in answers for step in steps(answer)]
    wanted = {(name, sql) for name, step in changes for sql in (step.before, step.after) if sql}
    left = sorted(wanted - right.keys())
    predictions = [Prediction(examples[name], sql) for name, sql in left if name in examples]
    for prediction, verdict in executed(corpus, predictions):
        right[prediction.example.id, prediction.sql] = verdict.score == "right"
    effects: dict[str, Effect] = {}
    for name, step in changes:
        before, after = right.get((name, step.before), False), right.get((name, step.after), False)
        old = effects.get(step.role, Effect())
        effects[step.role] = Effect(
            old.changed + 1, old.better + (after and not before), old.worse + (before and not after)
        )
    return effects


def steps(answer: Answer) -> Iterator[Step]:
    """Each time a later role's accepted SQL became the answer; before it there may have been none."""
    current = ""
    for index, attempt in enumerate(answer.attempts):
        if attempt["accepted"] and attempt["sql"] != current:
            # Samples, repaired or not, outvote one another: that is the vote's effect, no role's.
            if index and attempt["role"] != "generator" and AGREE not in attempt["reason"]:
                yield Step(attempt["role"], current, attempt["sql"])
            current = attempt["sql"]

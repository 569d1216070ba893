"""BIRD's valid efficiency score (VES): right answers, weighed by how fast their SQL is beside the gold SQL.

Source: `evaluation_ves.py` of AlibabaResearch/DAMO-ConvAI/bird: the mean over repeated runs of gold time by
predicted time, runs beyond three standard deviations left out; the score is the root of it, and 0 if wrong.
"""

import math
import statistics
from collections.abc import Sequence
from functools import partial

from ..corpora.example import Corpus
from .judge import PredictionError, Question, ratios
from .run_folder import Answer
from .scoring import Prediction, question_of
from .workers import each

REPEATS = 100
RULE = f"BIRD VES: {REPEATS} runs of each right SQL and its gold SQL in turns, in one process"


def efficiency(corpus: Corpus, answers: Sequence[Answer], repeats: int = REPEATS) -> float:
    """A percentage as BIRD gives it: 100 is as fast as the gold SQL and always right. Takes a while."""
    examples = {example.id: example for example in corpus.examples}
    scored = [answer for answer in answers if answer.scored.score != "unscored"]
    right = [
        question_of(corpus, Prediction(examples[answer.scored.id], answer.scored.predicted), None, 30.0)
        for answer in scored
        if answer.scored.score == "right"
    ]
    timed = partial(rooted, repeats=repeats)
    # One worker: two at a time would slow one another.
    scores = each(timed, right, lambda _: 60.0 * repeats, workers=1)
    found = [score for _, score in scores if isinstance(score, float)]
    return 100 * sum(found) / len(scored) if scored else 0.0


def rooted(question: Question, repeats: int) -> float:
    try:
        return math.sqrt(usual_mean(ratios(question, repeats)))
    except PredictionError:
        return 0.0


def usual_mean(values: Sequence[float]) -> float:
    mean, spread = statistics.fmean(values), statistics.pstdev(values)
    return statistics.fmean([value for value in values if mean - 3 * spread <= value <= mean + 3 * spread])

"""A mutation counts only if execution shows it: the SQL fails, or its result is another one."""

from collections import Counter

from sqlglot import exp

from ...graph.nodes import MENDABLE
from ...tools.executor import execute
from ...tools.outcome import Limits, Outcome
from ...tools.repair import repair
from ..evaluation.execution import order_matters, spider_equal
from ..evaluation.judge import Question as Judged
from ..evaluation.judge import judge
from ..tasks.question import Question
from ..wording import patched, query
from . import MUTATIONS
from .mutation import Given, Mutant

TRIES = 3
"""Places tried for one class before the next class has its turn."""
SECONDS = 2.0
"""For each statement; a mutant that takes longer is passed over."""
LIMITS = Limits(seconds=SECONDS)
MENDED = 0.2
"""Of the questions, those whose mutants count though mechanical repair makes them run: only a policy without
it shows them to the model."""


class Noise:
    """What the mutations of one question start from."""

    def __init__(self, question: Question, tree: exp.Query) -> None:
        self.question, self.tree = question, tree
        self.before = tree.sql("sqlite")
        self.spare = tree.copy()
        self.rare = question.random("mended").random() >= MENDED

    def mutant(self, name: str, attempt: int) -> Mutant | None:
        """One of this class, if this attempt finds any; it is wrong for certain."""
        task, random = self.question.task, self.question.random(f"{name} {attempt}")
        mutated = MUTATIONS[name](self.spare, Given(task.schema, task.question, random))
        if mutated is None:
            return None
        self.spare = self.tree.copy()
        sql = patched(self.question.gold, self.before, mutated.sql("sqlite"))
        if not sql or sql == self.question.gold:
            return None
        outcome = execute(self.question.database, sql, limits=LIMITS)
        if not self.wrong(name, sql, outcome) or (self.rare and self.mends(sql, outcome)):
            return None
        return Mutant(f"mutation:{name}", sql, *self.question.said(sql, outcome))

    def mends(self, sql: str, outcome: Outcome) -> bool:
        """Would the graph's mechanical repair make it run before any model is asked?"""
        if outcome.ok:
            return False
        found = repair(sql, self.question.task.schema, question=self.question.task.question)
        return found is not None and execute(self.question.database, found.sql, limits=LIMITS).ok

    def wrong(self, name: str, sql: str, outcome: Outcome) -> bool:
        question = self.question
        if not outcome.ok:
            return outcome.kind in MENDABLE
        if name == "dropped_distinct":  # Spider's scorer does not see it
            same = spider_equal(question.outcome.rows, outcome.rows, order_matters(question.gold))
            return not same and not question.outcome.truncated
        judged = Judged(question.rule, question.gold, sql, (question.file,), SECONDS)
        return judge(judged).score == "wrong"


def mutant(question: Question, used: Counter[str]) -> Mutant | None:
    """One wrong SQL, of the class that was used least so far and has a place here."""
    tree = query(question.gold)
    if tree is None:
        return None
    noise = Noise(question, tree)
    for name in sorted(MUTATIONS, key=lambda name: used[name]):
        for attempt in range(TRIES):
            if found := noise.mutant(name, attempt):
                used[name] += 1
                return found
    return None

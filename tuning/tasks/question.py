"""A question of the corpus with everything its training examples are made of."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random

from ...agents.links import grounded, links_of, union
from ...agents.task import Links, Task
from ...graph.binding import Bound, task_of
from ...graph.collaboration import complaints
from ...graph.nodes import checked, mentioned
from ...graph.policy import Policy
from ...graph.state import State
from ...tools.database import Database
from ...tools.outcome import Outcome
from ..corpora.example import Example, Rule
from .samples import Sample

LINKED = 0.25
"""Of the questions, those that have examples with links in the prompt."""
EXTRA = 3
"""At most so many tables, and columns, that the gold SQL does not read are among such links."""
MISSED = 0.2
"""Of such links, those that lack a column that the gold SQL reads."""


@dataclass(frozen=True)
class Question:
    id: str
    """Corpus, split and the example's own id: `spider-train-12`."""
    example: Example
    rule: Rule
    file: Path
    """The database's."""
    database: Database
    task: Task
    """As every role gets it, of a tuned model."""
    gold: str
    outcome: Outcome
    """What the executor makes of the gold SQL."""
    samples: tuple[Sample, ...] = ()
    """A model's own SQL for this question, labelled."""
    seed: int = 0

    def said(self, sql: str, outcome: Outcome) -> tuple[str, str]:
        return said_of(sql, outcome, self.database)

    @cached_property
    def links(self) -> Links:
        return links_of(self.gold, self.task.schema)

    def random(self, purpose: str) -> Random:
        """Draws that depend on nothing but the seed, the question and what they are for."""
        return Random(f"{self.seed} {self.id} {purpose}")

    @cached_property
    def linked(self) -> Task | None:
        """The task with links in it, for a seeded quarter of the questions.

        The gold SQL's links with a few others, and now and then without one of them, as a linker that errs
        would leave them. Half are without values, which `Policy.route()` does not show.
        """
        random = self.random("linked")
        if random.random() >= LINKED or not self.links.tables:
            return None
        schema = self.task.schema
        tables = [table.name for table in schema.tables]
        tables = random.sample(tables, min(len(tables), random.randint(0, EXTRA)))
        seen = {*self.links.tables, *tables}
        columns = [(t.name, c.name) for t in schema.tables if t.name in seen for c in t.columns]
        columns = random.sample(columns, min(len(columns), random.randint(0, EXTRA)))
        named = self.links
        if named.columns and random.random() < MISSED:
            missed = random.choice(named.columns)
            named = Links(named.tables, tuple(column for column in named.columns if column != missed))
        links = grounded(union(named, Links(tuple(tables), tuple(columns))), schema)
        values = self.task.values if random.random() < 0.5 else ()
        return replace(self.task, links=links, values=values)


def said_of(sql: str, outcome: Outcome, database: Database) -> tuple[str, str]:
    """What the corrector is told of an SQL, as live: error and doubts."""
    return complaints(sql, outcome.as_json(), Bound(None, database, Policy()))


def live_task(example: Example, database: Database, policy: Policy) -> Task:
    """The task as the graph's nodes would make it of this question, for a tuned model.

    Raises `QuestionError`, as the graph does.
    """
    bound = Bound(None, database, policy)
    asked = checked(example.question, example.hint, policy)
    values = [list(value) for value in mentioned(bound, asked["question"])]
    state: State = {"asked": asked, "turns": [], "values": values, "links": None}  # type: ignore[typeddict-item]
    return replace(task_of(state, bound), few_shot=False)

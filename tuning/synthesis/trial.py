"""Does an SQL that a model wrote answer anything on the database that the model made?"""

from dataclasses import replace
from pathlib import Path

from ...agents import generator
from ...graph.policy import Policy
from ...tools.database import Database
from ...tools.executor import execute
from ...tools.outcome import Limits
from ..wording import plain
from .replies import Candidate

SECONDS = 5.0
"""For each statement."""


def tried(given: tuple[Path, tuple[Candidate, ...]]) -> list[tuple[Candidate, str]]:
    """Each with its SQL made plain, and why it is no use; nothing if it is. Meant for a worker process."""
    file, candidates = given
    with Database.open(file, cache=None) as database:
        return [_tried(replace(one, sql=plain(one.sql)), database) for one in candidates]


def _tried(one: Candidate, database: Database) -> tuple[Candidate, str]:
    if generator.parse(one.sql) != one.sql:
        return one, "no_query"
    outcome = execute(database, one.sql, limits=Limits(seconds=SECONDS), written=Policy().dialect)
    if not outcome.ok:
        return one, outcome.kind
    told = any(cell is not None for row in outcome.rows for cell in row)
    return one, "" if told else "no_rows"


def patience(given: tuple[Path, tuple[Candidate, ...]]) -> float:
    """Seconds before a worker is killed."""
    return 60 + 2 * SECONDS * len(given[1])


def rendered(file: Path) -> str:
    """The schema as every role sees it."""
    with Database.open(file, cache=None) as database:
        return database.schema.render()

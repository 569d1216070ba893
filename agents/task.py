"""What a role is asked about: one frozen value for all four roles."""

import re
from dataclasses import dataclass

from ..tools.examples import WorkedExample
from ..tools.schema import Schema
from ..tools.values import Value


@dataclass(frozen=True)
class Links:
    """Schema linking: the tables and columns a question needs, named as the schema names them."""

    tables: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    """(table, column) pairs; every table in here is in `tables` too."""

    def render(self) -> str:
        """One line per table: `singer: Name, "Song Name"`; `*` where only the table is needed."""
        lines = []
        for table in self.tables:
            columns = [written(column) for owner, column in self.columns if owner == table]
            lines.append(f"{written(table)}: {', '.join(columns) or '*'}")
        return "\n".join(lines)


def written(identifier: str) -> str:
    """The identifier in a list of names: quoted unless it is a plain word and no heading of such a list."""
    plain = re.fullmatch(r"\w+", identifier) and not re.fullmatch(r"(?i)tables?|columns?", identifier)
    return identifier if plain else '"' + identifier.replace('"', '""') + '"'


@dataclass(frozen=True)
class Turn:
    """An earlier question of the conversation and the SQL that answered it."""

    question: str
    sql: str


@dataclass(frozen=True)
class Task:
    schema: Schema
    question: str
    hint: str = ""
    """Outside knowledge, as BIRD's `evidence`."""
    turns: tuple[Turn, ...] = ()
    """Earlier turns, oldest first."""
    links: Links | None = None
    sql: str = ""
    """corrector: the SQL under review."""
    error: str = ""
    """corrector: what the database said of it; empty if it ran."""
    doubts: str = ""
    """corrector: that it returned no rows, and what may be the reason."""
    prefix: str = "SELECT"
    """continuer: the beginning of the SQL, to be continued."""
    dialect: str = "sqlite"
    """The SQL the model is asked to write, by sqlglot's name."""
    values: tuple[Value, ...] = ()
    """Stored values that the question mentions."""
    examples: tuple[WorkedExample, ...] = ()
    """Questions on the same schema with their SQL."""
    few_shot: bool = True
    """Show the examples, and spell out the form of the answer: the model was not tuned on these prompts."""

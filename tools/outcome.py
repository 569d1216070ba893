"""What came of a statement: rows, or the kind of failure. A bad SQL is data."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .schema import Cell

OutcomeKind = Literal["ok", "refused", "unknown_name", "syntax", "runtime", "timeout", "too_large"]


@dataclass(frozen=True)
class Limits:
    """Bounds on one statement."""

    rows: int = 1_000
    """More are cut, and the outcome says so."""
    bytes: int = 10_000_000
    """A result larger than this, before cells are cut, is a failure (`too_large`); so is, in SQLite, any one
    value above 1 MB."""
    cell_chars: int = 2_000
    """Longer cells are cut, and the outcome says so."""
    seconds: float = 15.0
    """After this the statement is cancelled (`timeout`); in DuckDB not within one call over huge values."""


@dataclass(frozen=True)
class Outcome:
    kind: OutcomeKind
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    message: str = ""
    """Why it failed, in one line; empty if it ran."""
    position: int | None = None
    """0-based character offset of the fault in the SQL, where known."""
    truncated: bool = False
    """Rows or cells were cut to the limits."""
    seconds: float = 0.0
    sql: str = ""
    """What the engine was given, in its own dialect; empty if nothing ran."""

    @property
    def ok(self) -> bool:
        return self.kind == "ok"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "columns": list(self.columns), "rows": [list(row) for row in self.rows]}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Outcome":
        return cls(**{**value, "columns": tuple(value["columns"]), "rows": tuple(map(tuple, value["rows"]))})


def says_something(rows: Sequence[Sequence[Cell]]) -> bool:
    """Is there anything in a result? An aggregate over no rows is one row of NULLs and zeros."""
    if len(rows) != 1:
        return bool(rows)
    return any(cell is False or cell not in (None, 0) for cell in rows[0])

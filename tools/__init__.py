"""The ground floor: databases, schema, SQL guard, executor. No language model in here."""

from .database import Database
from .errors import (
    DatabaseError,
    GuardError,
    MissingExtra,
    ModelError,
    QuestionError,
    RoutesqlError,
    SetupError,
)
from .executor import execute
from .guard import guard
from .outcome import Limits, Outcome
from .prune import prune
from .schema import Cell, Column, ForeignKey, Schema, Table

__all__ = [
    "Cell",
    "Column",
    "Database",
    "DatabaseError",
    "ForeignKey",
    "GuardError",
    "Limits",
    "MissingExtra",
    "ModelError",
    "Outcome",
    "QuestionError",
    "RoutesqlError",
    "Schema",
    "SetupError",
    "Table",
    "execute",
    "guard",
    "prune",
]

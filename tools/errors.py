"""Every exception routesql raises on purpose.

RoutesqlError
├── SetupError           what the caller gave cannot work; the command line exits with 2
│   ├── DatabaseError    missing, not a database, locked, wrong password, no tables
│   ├── ModelError       weights not found, damaged, or not loadable
│   ├── MissingExtra     an optional package is absent; says which extra brings it
│   └── QuestionError    empty, or longer than the policy allows
└── GuardError           a statement was stopped before it ran; the executor turns it into an Outcome

A bad SQL is data (an `Outcome`), a bad set-up is an exception. Each message is one line, says what to do,
and never holds a password.
"""

from typing import Literal

GuardKind = Literal["refused", "unknown_name", "syntax"]


class RoutesqlError(Exception):
    """Base of all errors raised by routesql."""


class SetupError(RoutesqlError):
    """What the caller gave cannot work."""


class DatabaseError(SetupError):
    """The database cannot be opened or read."""


class ModelError(SetupError):
    """The model cannot be found or loaded."""


class MissingExtra(SetupError):  # noqa: N818  (reads as what it is)
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; run: pip install 'routesql[{extra}]'")


class QuestionError(SetupError):
    """The question cannot be asked as it stands."""


class GuardError(RoutesqlError):
    """A statement was stopped before it ran.

    kind: `refused` (not one read-only statement), `unknown_name` (a table or column the schema lacks),
    `syntax` (does not parse). position: 0-based character offset into the SQL, or None.
    """

    def __init__(self, kind: GuardKind, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.kind: GuardKind = kind
        self.position = position

"""Run SQL within bounds. What came of it is data: an `Outcome`, also where it was refused or failed."""

import re
import time
from dataclasses import replace

from .database import Database
from .errors import DatabaseError, GuardError
from .guard import guard
from .outcome import Limits, Outcome
from .statement import run_on

DEFAULT = Limits()
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
"""An engine's message may quote a cell."""


def execute(database: Database, sql: str, *, limits: Limits = DEFAULT, written: str = "sqlite") -> Outcome:
    """Guard a statement written in the dialect `written`, then run it in the database's own."""
    started = time.monotonic()
    try:
        ready = guard(sql, database.schema, written=written)
    except GuardError as error:
        seconds = time.monotonic() - started
        return Outcome(error.kind, message=str(error), position=error.position, seconds=seconds)
    return run(database, ready, limits)


def run(database: Database, sql: str, limits: Limits = DEFAULT) -> Outcome:
    """Run a statement as it stands: no guard, only the engine's own refusal to write."""
    started = time.monotonic()
    try:
        with database.engine.connect() as connection:
            outcome = run_on(database.engine, connection, sql, limits)
    except DatabaseError as error:
        outcome = Outcome("runtime", message=str(error))
    except database.engine.errors as error:
        failure = database.engine.failure(error, sql)
        outcome = Outcome(failure.kind, message=failure.message)
    if database.private:
        outcome = replace(outcome, message=QUOTED.sub("'…'", outcome.message))
    return replace(outcome, sql=sql, seconds=time.monotonic() - started)

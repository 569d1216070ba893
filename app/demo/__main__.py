"""`make demo`: build the demo database and answer its questions with the default model, the trace shown."""

import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.rule import Rule

from ...agents.model import LocalModel
from ...graph import build_graph
from ...tools.database import Database
from ...tools.errors import RoutesqlError
from ...tools.executor import execute
from ..plain import show_log
from ..terminal import Terminal, run
from .build import build
from .questions import questions

FILE = Path("coffee.sqlite")


def main() -> int:
    """Exit 0 if every question got an SQL that ran."""
    show_log()
    began, console = time.monotonic(), Console(highlight=False)
    with Database.open(build(FILE)) as database:
        model = LocalModel()
        console.print(
            f"{model.model} on {FILE}, a coffee roaster's books ({len(database.schema.tables)} tables)"
        )
        graph = build_graph(model, database)
        asked = [question for question in questions() if question.demo]
        answered = right = 0
        for question in asked:
            console.print(Rule())
            console.print(question.question, style="bold", markup=False)
            terminal = Terminal()
            answer = run(graph, {"question": question.question}, terminal)
            terminal.show(answer)
            answered += answer["status"] == "answered"
            same = same_rows(answer["rows"], execute(database, question.sql).as_json()["rows"])
            right += same
            verdict = "the same rows as" if same else "other rows than"
            console.print(f"{verdict} the reference: {question.sql}", style="dim", markup=False)
    console.print(Rule())
    console.print(
        f"{answered} of {len(asked)} questions answered, {right} of them right, in "
        f"{time.monotonic() - began:.0f} s. The model is small: read the SQL. Go on with:"
    )
    console.print(f'  .venv/bin/routesql ask "Which growers are in Kenya?" --db {FILE}')
    console.print(f"  .venv/bin/routesql chat --db {FILE}")
    return 0 if answered == len(asked) else 1


def same_rows(mine: list[list[Any]], reference: list[list[Any]]) -> bool:
    return sorted(map(repr, mine)) == sorted(map(repr, reference))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RoutesqlError as error:
        sys.exit(f"routesql: {error}")
    except KeyboardInterrupt:
        sys.exit(130)

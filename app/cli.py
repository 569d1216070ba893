"""The command line. Exit 0: answered; 1: no executable SQL found; 2: wrong set-up or arguments; 130: Ctrl-C;
141: whoever read the output has gone.

What takes long to import is imported by the command that needs it, where an interrupt is one line too.
"""

import argparse
import errno
import io
import json
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .arguments import parser
from .interrupt import arm
from .plain import clean, say, show_log

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EXIT_ANSWERED, EXIT_FAILED, EXIT_SETUP, EXIT_INTERRUPTED, EXIT_UNREAD = 0, 1, 2, 130, 141
EVALUATION = {
    "eval": "evaluate",
    "ablation": "ablation",
    "score": "score_file",
    "compare": "compare",
    "validate": "validate",
}
"""Commands in `evaluation.py`, which brings the benchmarks."""


def main(argv: list[str] | None = None) -> int:
    take_any_text()
    args = parser().parse_args(argv)
    show_log()
    warnings.showwarning = one_line_warning  # type: ignore[assignment]
    arm()
    try:
        code = answered(args)
        print(end="", flush=True)
    except KeyboardInterrupt:
        say("interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        drop_output()
        return EXIT_UNREAD
    except OSError as error:
        drop_output()
        where = "cannot write the answer" if error.errno == errno.ENOSPC else error.filename
        say(f"{where}: {error.strerror}" if where else error)
        return EXIT_SETUP
    return code


def answered(args: argparse.Namespace) -> int:
    from ..tools.errors import RoutesqlError

    try:
        return int(command(args.command)(args))
    except RoutesqlError as error:
        say(error)
        return EXIT_SETUP


def command(name: str) -> Callable[[argparse.Namespace], int]:
    if name in EVALUATION:
        from . import evaluation

        found: Callable[[argparse.Namespace], int] = getattr(evaluation, EVALUATION[name])
        return found
    if name == "tune":
        from .tuning import tune

        return tune
    return {"ask": ask, "chat": start_chat, "schema": schema, "models": models}[name]


def take_any_text() -> None:
    """What the terminal cannot show is escaped; what is no text reaches the check of the question."""
    for stream, errors in (
        (sys.stdin, "surrogateescape"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def drop_output() -> None:
    """What is still buffered has nowhere to go: without this, Python says so again at its end."""
    with suppress(OSError), open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def ask(args: argparse.Namespace) -> int:
    from ..graph import POLICIES, build_graph
    from ..tools.database import Database
    from .terminal import Terminal, run

    with Database.open(args.db) as database:
        graph = build_graph(local_model(args.model), database, POLICIES[args.policy]())
        terminal = Terminal(quiet=args.quiet or args.json)
        result = run(graph, {"question": args.question, "hint": args.hint}, terminal)
        if args.json:
            print(json.dumps(as_json(result, args.question, args.model, database.name)))
        else:
            terminal.show(result)
    return EXIT_ANSWERED if result["status"] == "answered" else EXIT_FAILED


def as_json(result: dict[str, Any], question: str, model: str, database: str) -> dict[str, Any]:
    shown = {key: result[key] for key in ("sql", "columns", "rows", "status", "attempts")}
    counts = ("prompt_tokens", "completion_tokens", "cached_tokens", "seconds")
    usage = {key: result["usage"][key] for key in counts}
    return {"question": question, **shown, "usage": usage, "model": model, "database": database}


def start_chat(args: argparse.Namespace) -> int:
    from ..graph import POLICIES
    from ..tools.database import Database
    from .chat import chat

    with Database.open(args.db) as database:
        database.schema  # noqa: B018  (fail before the first question is typed)
        chat(local_model(args.model), database, POLICIES[args.policy]())
    return EXIT_ANSWERED


def schema(args: argparse.Namespace) -> int:
    from ..tools.database import Database

    with Database.open(args.db) as database:
        print(clean(database.schema.render()))
    return EXIT_ANSWERED


def models(args: argparse.Namespace) -> int:  # noqa: ARG001
    from ..agents.model.adapter import shipped
    from ..agents.model.weights import available

    for model in available():
        tuned = ", with a tuned adapter" if shipped(model.name) else ""
        print(f"{model.name:<40} {model.source}, {model.size / 1e6:,.0f} MB{tuned}\n    {model.location}")
    return EXIT_ANSWERED


def local_model(name: str) -> "BaseChatModel":
    from ..agents.model import LocalModel  # brings torch, which not every command needs

    return LocalModel(model=name)


def one_line_warning(message: Warning | str, *_: Any) -> None:
    say(message)


if __name__ == "__main__":
    sys.exit(main())

"""The command line. Exit 0: answered; 1: no executable SQL found; 2: wrong set-up or arguments.

What takes long to import is imported by the command that needs it, where an interrupt is one line too.
"""

import argparse
import io
import json
import logging
import os
import sys
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from .. import __version__
from .interrupt import arm
from .plain import clean, one_line, say

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EXIT_ANSWERED, EXIT_FAILED, EXIT_SETUP, EXIT_INTERRUPTED, EXIT_UNREAD = 0, 1, 2, 130, 141
DEFAULT_MODEL = "Qwen/Qwen2.5-Coder-0.5B-Instruct"
POLICY_NAMES = ("default", "fast", "route")


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_SETUP, f"routesql: {one_line(message)}; see: {self.prog} --help\n")


def main(argv: list[str] | None = None) -> int:
    take_any_text()
    args = parser().parse_args(argv)
    logging.basicConfig(format="routesql: %(message)s", stream=sys.stderr)
    logging.getLogger("routesql").setLevel(logging.INFO)
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
        say(f"{error.filename or 'cannot write the answer'}: {error.strerror or error}")
        return EXIT_SETUP
    return code


def answered(args: argparse.Namespace) -> int:
    from ..tools.errors import RoutesqlError

    try:
        return int(args.command(args))
    except RoutesqlError as error:
        locked = "; end the program that writes to it, then ask again" * str(error).endswith("is locked")
        say(f"{error}{locked}")
        return EXIT_SETUP


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


def parser() -> Parser:
    top = Parser(prog="routesql", description="Ask a database a question in plain English.")
    top.add_argument("--version", action="version", version=f"routesql {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    ask_parser = commands.add_parser("ask", help="answer one question")
    ask_parser.add_argument("question")
    ask_parser.add_argument("--hint", default="", help="outside knowledge that the question needs")
    ask_parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    ask_parser.add_argument("--quiet", action="store_true", help="no trace, only the result")
    ask_parser.set_defaults(command=ask)

    chat_parser = commands.add_parser("chat", help="ask on and on, with follow-ups")
    chat_parser.set_defaults(command=start_chat)
    for with_model in (ask_parser, chat_parser):
        with_model.add_argument(
            "--model",
            default=DEFAULT_MODEL,
            metavar="NAME",
            help="Hugging Face id, folder or .gguf file; default: %(default)s",
        )
        with_model.add_argument("--policy", choices=POLICY_NAMES, default="default")

    schema_parser = commands.add_parser("schema", help="print what the model sees of a database")
    schema_parser.set_defaults(command=schema)
    for with_database in (ask_parser, chat_parser, schema_parser):
        with_database.add_argument(
            "--db", required=True, type=given, metavar="URL_OR_FILE", help="SQLAlchemy URL or file"
        )

    models_parser = commands.add_parser("models", help="list the models at hand and where they come from")
    models_parser.set_defaults(command=models)
    return top


def given(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; give a file or a database URL")
    return text


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
    from ..agents.model.weights import available

    for model in available():
        print(f"{model.name:<40} {model.source}, {model.size / 1e6:,.0f} MB\n    {model.location}")
    return EXIT_ANSWERED


def local_model(name: str) -> "BaseChatModel":
    from ..agents.model import LocalModel  # brings torch, which not every command needs

    return LocalModel(model=name)


def one_line_warning(message: Warning | str, *_: Any) -> None:
    say(message)


if __name__ == "__main__":
    sys.exit(main())

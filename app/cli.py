"""The command line. Exit 0: answered; 1: no executable SQL found; 2: wrong set-up or arguments."""

import argparse
import json
import logging
import sys
import warnings
from typing import Any, NoReturn

from langchain_core.language_models import BaseChatModel

from .. import __version__
from ..agents.model.weights import DEFAULT, available
from ..graph import POLICIES, build_graph
from ..tools.database import Database
from ..tools.errors import RoutesqlError
from .chat import chat
from .terminal import Terminal, run

EXIT_ANSWERED, EXIT_FAILED, EXIT_SETUP, EXIT_INTERRUPTED = 0, 1, 2, 130


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_SETUP, f"routesql: {message}; see: {self.prog} --help\n")


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    logging.basicConfig(format="routesql: %(message)s", stream=sys.stderr)
    logging.getLogger("routesql").setLevel(logging.INFO)
    warnings.showwarning = one_line_warning  # type: ignore[assignment]
    try:
        return int(args.command(args))
    except RoutesqlError as error:
        print(f"routesql: {error}", file=sys.stderr)
        return EXIT_SETUP
    except KeyboardInterrupt:
        print("routesql: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


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
            default=DEFAULT,
            metavar="NAME",
            help="Hugging Face id, folder or .gguf file; default: %(default)s",
        )
        with_model.add_argument("--policy", choices=sorted(POLICIES), default="default")

    schema_parser = commands.add_parser("schema", help="print what the model sees of a database")
    schema_parser.set_defaults(command=schema)
    for with_database in (ask_parser, chat_parser, schema_parser):
        with_database.add_argument(
            "--db", required=True, metavar="URL_OR_FILE", help="SQLAlchemy URL or file"
        )

    models_parser = commands.add_parser("models", help="list the models at hand and where they come from")
    models_parser.set_defaults(command=models)
    return top


def ask(args: argparse.Namespace) -> int:
    with Database.open(args.db) as database:
        graph = build_graph(local_model(args.model), database, POLICIES[args.policy]())
        terminal = Terminal(quiet=args.quiet or args.json)
        result = run(graph, {"question": args.question, "hint": args.hint}, terminal)
        if args.json:
            print(json.dumps(as_json(result, args.question, args.model, database.name), ensure_ascii=False))
        else:
            terminal.show(result)
    return EXIT_ANSWERED if result["status"] == "answered" else EXIT_FAILED


def as_json(result: dict[str, Any], question: str, model: str, database: str) -> dict[str, Any]:
    keys = ("sql", "columns", "rows", "status", "attempts", "usage")
    shown = {key: result[key] for key in keys}
    return {"question": question, **shown, "model": model, "database": database}


def start_chat(args: argparse.Namespace) -> int:
    with Database.open(args.db) as database:
        database.schema  # noqa: B018  (fail before the first question is typed)
        chat(local_model(args.model), database, POLICIES[args.policy]())
    return EXIT_ANSWERED


def schema(args: argparse.Namespace) -> int:
    with Database.open(args.db) as database:
        print(database.schema.render())
    return EXIT_ANSWERED


def models(args: argparse.Namespace) -> int:  # noqa: ARG001
    for model in available():
        print(f"{model.name:<40} {model.source}, {model.size / 1e6:,.0f} MB\n    {model.location}")
    return EXIT_ANSWERED


def local_model(name: str) -> BaseChatModel:
    from ..agents.model import LocalModel  # brings torch, which not every command needs

    return LocalModel(model=name)


def one_line_warning(message: Warning | str, *_: Any) -> None:
    print(f"routesql: {message}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

"""The command line's arguments. Imports nothing heavy: `--help` and a wrong argument answer at once."""

import argparse
from pathlib import Path
from typing import Any, NoReturn

from .. import __version__
from .plain import one_line

EXIT_SETUP = 2
DEFAULT_MODEL = "Qwen/Qwen2.5-Coder-0.5B-Instruct"
POLICY_NAMES = ("default", "fast", "route")
CORPUS_NAMES = ("spider", "spider-syn", "spider-dk", "spider-realistic", "bird")


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_SETUP, f"routesql: {one_line(message)}; see: {self.prog} --help\n")


def parser() -> Parser:
    from .arguments_tuning import add_tuning  # which takes names and types from here

    top = Parser(prog="routesql", description="Ask a database a question in plain English.")
    top.add_argument("--version", action="version", version=f"routesql {__version__}")
    commands = top.add_subparsers(required=True, dest="command", metavar="COMMAND", parser_class=Parser)
    add_questions(commands)
    add_evaluation(commands)
    add_tuning(commands)
    return top


def add_questions(commands: Any) -> None:
    ask = commands.add_parser("ask", help="answer one question")
    ask.add_argument("question")
    ask.add_argument("--hint", default="", help="outside knowledge that the question needs")
    ask.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    ask.add_argument("--quiet", action="store_true", help="no trace, only the result")
    chat = commands.add_parser("chat", help="ask on and on, with follow-ups")
    for parser in (ask, chat):
        add_model(parser)
        parser.add_argument("--policy", choices=POLICY_NAMES, default="default")
    schema = commands.add_parser("schema", help="print what the model sees of a database")
    for parser in (ask, chat, schema):
        parser.add_argument(
            "--db", required=True, type=given, metavar="URL_OR_FILE", help="SQLAlchemy URL or file"
        )
    commands.add_parser("models", help="list the models at hand and where they come from")


def add_evaluation(commands: Any) -> None:
    evaluate = commands.add_parser("eval", help="measure a model on a benchmark")
    evaluate.add_argument("--policy", choices=POLICY_NAMES, default="default")
    ablation = commands.add_parser("ablation", help="measure what each role adds, in one table")
    score = commands.add_parser("score", help="score a file of predictions")
    score.add_argument("--predictions", type=Path, required=True, metavar="FILE")
    score.add_argument("--suites", type=Path, metavar="DIR", help="test-suite databases: the score is TS")
    validate = commands.add_parser("validate", help="run every gold SQL of a benchmark")
    for parser in (evaluate, ablation, score, validate):
        add_corpus(parser)
    for parser in (evaluate, ablation, score):
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    for parser in (evaluate, score):
        parser.add_argument("--ves", action="store_true", help="BIRD's efficiency score too; takes a while")
        parser.add_argument(
            "--without", action="append", metavar="DATABASE", help="count without it, too; may be repeated"
        )
    for parser in (evaluate, ablation):
        add_model(parser)
        add_adapter(parser)
        add_sample(parser)
    compare = commands.add_parser("compare", help="two runs on the same questions")
    compare.add_argument("run_a", type=Path, metavar="RUN_A")
    compare.add_argument("run_b", type=Path, metavar="RUN_B")


def add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME",
        help="Hugging Face id, folder or .gguf file; base:NAME is without the adapter; default: %(default)s",
    )


def add_corpus(parser: argparse.ArgumentParser, split: str = "dev") -> None:
    """split: the default."""
    parser.add_argument("--corpus", choices=CORPUS_NAMES, required=True)
    parser.add_argument("--split", default=split, help="default: %(default)s")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the benchmark's folder")
    parser.add_argument("--databases", type=Path, metavar="DIR", help="where its databases are, if elsewhere")


def add_adapter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--adapter", metavar="DIR", help="a LoRA adapter tuned on the model")


def add_sample(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=positive, metavar="N", help="a sample of so many questions")
    parser.add_argument("--seed", type=int, default=0, help="of that sample; default: %(default)s")
    parser.add_argument("--ids", type=Path, metavar="FILE", help="only the questions with these ids")
    parser.add_argument("--samples", type=positive, default=1, metavar="K", help="sampled answers a question")


def given(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; give a file or a database URL")
    return text


def positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)

"""The arguments of `routesql tune`. Imports nothing heavy, like `arguments.py`."""

from pathlib import Path
from typing import Any

from .arguments import CORPUS_NAMES, positive
from .judging import add_judge
from .synthesis import add_synthesis
from .training import add_training


def add_tuning(commands: Any) -> None:
    tune = commands.add_parser("tune", help="make training data, tune a model on it")
    stages = tune.add_subparsers(required=True, dest="stage", metavar="STAGE", parser_class=type(tune))
    add_data(stages)
    add_synthesis(stages)
    add_judge(stages)
    add_training(stages)


def add_data(stages: Any) -> None:
    data = stages.add_parser("data", help="a corpus's training examples for the four roles")
    data.add_argument("--corpus", choices=CORPUS_NAMES, required=True)
    data.add_argument("--split", action="append", metavar="SPLIT", help="may be repeated; default: train")
    data.add_argument("--data", type=Path, required=True, metavar="DIR", help="the benchmark's folder")
    data.add_argument("--databases", type=Path, metavar="DIR", help="where its databases are, if elsewhere")
    data.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder of what is made")
    data.add_argument(
        "--samples", type=Path, action="append", metavar="FILE", help="of `tune sample`; may be repeated"
    )
    data.add_argument(
        "--judged", type=Path, action="append", metavar="FILE", help="of `tune judge`; may be repeated"
    )
    data.add_argument("--limit", type=positive, metavar="N", help="a sample of so many questions")
    data.add_argument("--seed", type=int, default=0, help="of every draw; default: %(default)s")

"""Schema linking against the gold SQL: how much of what is linked is used, and of what is used is linked."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ...agents.links import links_of
from ...tools import Database
from ...tools.schema import Schema
from ..corpora.example import Corpus
from .run_folder import Answer

Pair = tuple[set[Any], set[Any]]
"""What is linked for one question, and what its gold SQL uses."""


def linking(corpus: Corpus, answers: Sequence[Answer]) -> dict[str, dict[str, float]]:
    """Precision and recall of tables and of columns; empty where no linker was asked.

    Of the links as the generator is told them, completed. Counted over all tables (columns) together, of the
    `n` answers whose gold SQL names any; `whole` is the share of these that miss nothing that is used.
    """
    examples = {example.id: example for example in corpus.examples}
    tables: list[Pair] = []
    columns: list[Pair] = []
    for answer in answers:
        if (links := answer.links) is not None:
            example = examples[answer.scored.id]
            used = links_of(example.gold, schema_of(corpus.databases[example.database]))
            tables.append((set(links["tables"]), set(used.tables)))
            columns.append((set(map(tuple, links["columns"])), set(used.columns)))
    found = {"tables": measured(tables), "columns": measured(columns)}
    return {name: measures for name, measures in found.items() if measures["n"]}


def measured(pairs: Sequence[Pair]) -> dict[str, float]:
    known = [pair for pair in pairs if pair[1]]
    right = sum(len(linked & used) for linked, used in known)
    return {
        "n": len(known),
        "precision": right / max(1, sum(len(linked) for linked, _ in known)),
        "recall": right / max(1, sum(len(used) for _, used in known)),
        "whole": sum(used <= linked for linked, used in known) / max(1, len(known)),
    }


@cache
def schema_of(path: Path) -> Schema:
    with Database.open(path, sample_rows=0, cache=None) as database:
        return database.schema

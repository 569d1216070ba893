"""A file of predictions: an SQL a line, CSV with a `Predict` column, JSON, or completions (JSONL)."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...agents import generator
from ...tools.errors import SetupError
from ..corpora.example import Corpus
from .scoring import Prediction


class PredictionsError(SetupError):
    """A file of predictions that does not belong to the corpus."""


def read_predictions(path: Path, corpus: Corpus) -> list[Prediction]:
    """One for each example, in the corpus's order; JSON may also be an object of SQL by the examples' ids."""
    found = _read(path)
    if isinstance(found, dict):
        return _by_id(path, found, corpus)
    if len(found) != len(corpus.examples):
        raise PredictionsError(
            f"{path} has {len(found):,} predictions, {corpus.name} {corpus.split} has "
            f"{len(corpus.examples):,} questions; give one for each, in order, or JSON of SQL by question id"
        )
    return [Prediction(example, sql) for example, sql in zip(corpus.examples, found, strict=True)]


def _by_id(path: Path, found: dict[str, Any], corpus: Corpus) -> list[Prediction]:
    missing = [example.id for example in corpus.examples if not isinstance(found.get(example.id), str)]
    if missing:
        more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        raise PredictionsError(f"{path} has no SQL for question {missing[0]}{more}")
    return [Prediction(example, _clean(found[example.id])) for example in corpus.examples]


def _read(path: Path) -> Sequence[str] | dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PredictionsError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    if path.suffix == ".json":
        return _json(path, text)
    if path.suffix == ".jsonl":
        return _completions(path, text)
    if path.suffix == ".csv":
        return _csv(path, text)
    return [_clean(line.split("\t")[0]) for line in text.removesuffix("\n").split("\n")]


def _json(path: Path, text: str) -> Sequence[str] | dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise PredictionsError(f"{path} is not JSON: {error}") from None
    if isinstance(found, dict):
        return found
    if isinstance(found, list) and all(isinstance(sql, str) for sql in found):
        return [_clean(sql) for sql in found]
    raise PredictionsError(f"{path} must be a list of SQL strings, or an object of SQL by question id")


def _completions(path: Path, text: str) -> dict[str, Any]:
    """The first completion of each question, as `tuning/training/complete.py` writes them.

    `spider-train-12/generator` is question 12 of Spider's train, and of its validation split.
    """
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            match json.loads(line):
                case {"id": str(name), "completions": [str(completion), *_]}:
                    question, _, role = name.partition("/")
                    if role == "generator":
                        found[question.rpartition("-")[2]] = generator.parse(completion)
                    continue
        except ValueError:
            pass
        raise PredictionsError(f"{path} line {number} is no completion with an id")
    return found


def _csv(path: Path, text: str) -> list[str]:
    csv.field_size_limit(10_000_000)
    try:
        rows = list(csv.DictReader(io.StringIO(text)))
    except csv.Error as error:
        raise PredictionsError(f"{path} is not CSV: {error}") from None
    if not rows or rows[0].get("Predict") is None:
        raise PredictionsError(f"{path} has no column `Predict`")
    return [_clean(row["Predict"] or "") for row in rows]


def _clean(sql: str) -> str:
    """BIRD's own files end each SQL with its database's name; JSON may hold half a character."""
    return sql.split("\t----- bird -----\t")[0].strip().encode(errors="replace").decode()

"""A model's own answers to the questions of a corpus, labelled by execution: SENSE's weak data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...tools.errors import SetupError


class SamplesError(SetupError):
    """A file of samples that cannot be read."""


@dataclass(frozen=True)
class Sample:
    sql: str
    correct: bool
    error: str = ""
    """What the executor said of it; empty if it ran."""
    doubts: str = ""
    """What the corrector is told besides."""
    count: int = 1
    """How often it was drawn."""
    question: str = ""
    """That it answers, where known: corpora may count their questions alike."""


def read_samples(path: Path) -> Mapping[str, tuple[Sample, ...]]:
    """By question id (`spider-train-12`), in the file's order. JSONL: id, sql, correct, and error if any."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SamplesError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    found: dict[str, list[Sample]] = {}
    for number, text in enumerate(lines, start=1):
        if text.strip():
            identity, sample = _read(path, number, text)
            found.setdefault(identity, []).append(sample)
    if not found:
        raise SamplesError(f"{path} holds no samples")
    return {identity: tuple(samples) for identity, samples in found.items()}


def _read(path: Path, number: int, text: str) -> tuple[str, Sample]:
    try:
        match json.loads(text):
            case {"id": str(identity), "sql": str(sql), "correct": bool(correct), **more}:
                error, doubts = (str(more.get(key) or "") for key in ("error", "doubts"))
                count, question = int(str(more.get("count", 1))), str(more.get("question") or "")
                return identity, Sample(sql, correct, error, doubts, count, question)
    except ValueError:
        pass
    form = '{"id": "...", "sql": "...", "correct": true, "error": ""}'
    raise SamplesError(f"{path} line {number} is no sample; a sample is {form}")

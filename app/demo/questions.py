"""Questions about the demo database with the SQL that answers them, from easy to hard."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Question:
    question: str
    sql: str
    """SQLite's dialect; gives at least one row. Ordered totally where it has a LIMIT."""
    demo: bool = False
    """Asked by `make demo`."""


def questions() -> list[Question]:
    entries = json.loads((Path(__file__).parent / "questions.json").read_text(encoding="utf-8"))
    return [Question(**entry) for entry in entries]

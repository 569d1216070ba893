"""One vocabulary for every benchmark."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ...tools.errors import SetupError

Rule = Literal["spider", "bird"]
"""Which official scorer judges the corpus."""


TABLE_KEYS = {"db_id", "table_names_original", "column_names_original", "foreign_keys"}


class CorpusError(SetupError):
    """A benchmark's folder is not as its authors lay it out."""


@dataclass(frozen=True)
class Example:
    id: str
    """Unique in its corpus, the same in every run: the position in the file, or the benchmark's number."""
    database: str
    question: str
    gold: str
    hint: str = ""
    """BIRD's `evidence`."""
    difficulty: str = ""
    """As the benchmark states it; Spider's is computed from the gold SQL when it is scored."""


@dataclass(frozen=True)
class Corpus:
    name: str
    split: str
    rule: Rule
    examples: tuple[Example, ...]
    databases: Mapping[str, Path]
    """The SQLite file of each database that the examples name."""
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Spider's `tables.json` by database, where it is at hand: exact set match needs its foreign keys."""


def read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CorpusError(f"no file {path}; --data takes the benchmark's folder as it is published") from None
    except (OSError, ValueError) as error:
        raise CorpusError(f"cannot read {path}: {str(error).splitlines()[0]}") from None


def read_rows(path: Path, keys: Sequence[str]) -> list[dict[str, Any]]:
    """A file's list of objects, each with these keys."""
    rows = read_json(path)
    if not isinstance(rows, list) or not rows:
        raise CorpusError(f"{path} holds no list of questions")
    for index, row in enumerate(rows):
        missing = [key for key in keys if not isinstance(row, dict) or not isinstance(row.get(key), str)]
        if missing:
            raise CorpusError(f"{path}: question {index} has no {missing[0]!r}")
    return rows


def find_databases(folders: Sequence[Path], examples: Sequence[Example]) -> dict[str, Path]:
    """`NAME/NAME.sqlite` of every database named, in the first folder that has it."""
    names = sorted({example.database for example in examples})
    found = {}
    for name in names:
        paths = [folder / name / f"{name}.sqlite" for folder in folders]
        found[name] = next((path for path in paths if path.is_file()), paths[0])
    missing = [name for name, path in found.items() if not path.is_file()]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise CorpusError(f"no database {found[missing[0]]}{more}; say where they are with --databases")
    return found


def read_tables(path: Path) -> dict[str, Mapping[str, Any]]:
    """Spider's `tables.json`; empty where there is none."""
    if not path.is_file():
        return {}
    entries = read_json(path)
    for entry in entries if isinstance(entries, list) else [entries]:
        if not isinstance(entry, dict) or not entry.keys() >= TABLE_KEYS:
            raise CorpusError(f"{path} is no list of databases as in Spider's tables.json")
    return {entry["db_id"]: entry for entry in entries}

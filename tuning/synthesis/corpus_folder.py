"""A synthetic corpus in Spider's layout, whole after every database: `--corpus spider --data DIR` opens it.

attempts.jsonl                a line for each attempt: all of the rest is made from it
train_spider.json             the questions
tables.json                   the schemas
database/NAME/NAME.sqlite
card.json, card.md            what was kept, what was dropped and why
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...tools.database import Database
from ...tools.schema import Schema
from .attempt import Attempt
from .lines import LinesError, append_lines, read_lines, write_lines, write_whole
from .selection import as_words
from .synthesis_card import card, markdown

PREFIX = "synthetic_"
"""So that no database has the name of a benchmark's."""


NUMBERS = ("INT", "REAL", "NUM", "DEC", "FLOA", "DOUB")


class CorpusFolder:
    def __init__(self, path: Path, setting: Mapping[str, Any]) -> None:
        """setting: for the card."""
        self.path, self.setting = path, setting
        self.attempts: list[Attempt] = []
        self.tables: dict[str, dict[str, Any]] = {}
        self.log = path / "attempts.jsonl"

    @property
    def partial(self) -> Path:
        """Where a database is built."""
        return self.path / "partial.sqlite"

    @property
    def finished(self) -> list[Attempt]:
        return [one for one in self.attempts if one.database]

    @property
    def questions(self) -> int:
        return sum(len(one.kept) for one in self.attempts if one.database)

    def restore(self) -> None:
        """What an earlier start has finished; an attempt that was stopped half-way leaves nothing."""
        self.clear()
        lines = read_lines(self.log, Attempt.__dataclass_fields__)
        try:
            self.attempts = [Attempt.from_json(line) for line in lines]
        except (TypeError, KeyError, ValueError):
            raise LinesError(f"{self.log} is damaged; choose another --out") from None
        write_lines(self.log, lines)
        for one in self.finished:
            self._reflect(one.database)
        self._write()

    def add(self, attempt: Attempt) -> Attempt:
        """With the name that its database got. Its file is moved first: a line says that it is there."""
        if not attempt.reason:
            attempt = replace(attempt, database=self._name(attempt.domain))
            target = self.file(attempt.database)
            target.parent.mkdir(parents=True, exist_ok=True)
            self.partial.replace(target)
            self._reflect(attempt.database)
        append_lines(self.log, [attempt.as_json()])
        self.attempts.append(attempt)
        self._write()
        self.clear()
        return attempt

    def clear(self) -> None:
        for suffix in ("", "-journal"):
            Path(f"{self.partial}{suffix}").unlink(missing_ok=True)

    def file(self, name: str) -> Path:
        return self.path / "database" / name / f"{name}.sqlite"

    def _name(self, domain: str) -> str:
        words = re.sub(r"[^a-z0-9]+", "_", as_words(domain))[:40].strip("_") or "database"
        taken = {one.database for one in self.finished}
        names = (f"{PREFIX}{words}{suffix}" for suffix in ("", *(f"_{n}" for n in range(2, len(taken) + 3))))
        return next(name for name in names if name not in taken)

    def _reflect(self, name: str) -> None:
        with Database.open(self.file(name), cache=None, sample_rows=0) as database:
            self.tables[name] = tables_entry(name, database.schema)

    def _write(self) -> None:
        rows = [
            {
                "db_id": one.database,
                "question": kept.question,
                "query": kept.sql,
                "difficulty": kept.difficulty,
            }
            for one in self.finished
            for kept in one.kept
        ]
        found = card(self.setting, self.attempts)
        for name, value in (
            ("train_spider.json", rows),
            ("tables.json", list(self.tables.values())),
            ("card.json", found),
        ):
            write_whole(self.path / name, json.dumps(value, indent=1, ensure_ascii=False) + "\n")
        write_whole(self.path / "card.md", markdown(found))


def tables_entry(name: str, schema: Schema) -> dict[str, Any]:
    """A database's entry of Spider's `tables.json`; columns are numbered across the tables, from 1."""
    columns = [(at, column) for at, table in enumerate(schema.tables) for column in table.columns]
    owners = [(schema.tables[at].name.lower(), column.name.lower()) for at, column in columns]
    place = {owner: number for number, owner in enumerate(owners, start=1)}
    keys = [place[table.name.lower(), key.lower()] for table in schema.tables for key in table.primary_key]
    links = [
        [place[table.name.lower(), own.lower()], place[link.table.lower(), other.lower()]]
        for table in schema.tables
        for link in table.foreign_keys
        for own, other in zip(link.columns, link.referred, strict=True)
    ]
    return {
        "db_id": name,
        "table_names": [as_words(table.name) for table in schema.tables],
        "table_names_original": [table.name for table in schema.tables],
        "column_names": [[-1, "*"], *([at, as_words(column.name)] for at, column in columns)],
        "column_names_original": [[-1, "*"], *([at, column.name] for at, column in columns)],
        "column_types": ["text", *(kind(column.type) for _, column in columns)],
        "primary_keys": keys,
        "foreign_keys": links,
    }


def kind(declared: str) -> str:
    """Spider's kind of a column, by its declared type."""
    upper = declared.upper()
    if any(word in upper for word in ("DATE", "TIME")):
        return "time"
    if "BOOL" in upper:
        return "boolean"
    return "number" if any(word in upper for word in NUMBERS) else "text"

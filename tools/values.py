"""Which stored values does a question mention? A full-text index of the database's short texts.

Built once, from distinct values read within bounds, and kept in the user's cache folder for a day. It holds
cell values, so the file is the user's alone; columns named private are never read.
"""

import os
import re
import sqlite3
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process
from sqlglot import exp

from .engines.engine import Engine
from .kinds import declared
from .outcome import Limits
from .rendering import CELL_CHARS, identifier, literal
from .schema import Column, Schema, Table
from .statement import run_on

LIFETIME = 24 * 3600
FORM = 2
"""Of the index file; another form is not read."""
ROWS, COLUMN_VALUES, VALUE_CHARS = 100_000, 5_000, CELL_CHARS
"""Of one column: the rows looked at, the distinct values kept, and the length of each."""
COLUMN_SECONDS, ALL_SECONDS = 2.0, 20.0
CANDIDATES = 400
"""Found by the index for one question, then compared one by one."""
LIKE = 90.0
"""rapidfuzz's partial ratio of a value and the question; below it is not mentioned."""
SIMILAR = 60.0
"""Of a stored value named to the corrector and the text it wrote, from 0 to 100."""
_WORD = re.compile(r"\w{3,}")
_COMMON = frozenset(
    """
    all and any are did does each find for from give has have how ids least less list many more most name
    names not number other show than that the their them there total was were what when where which who whose
    with
    """.split()  # noqa: SIM905  (as a list it would fill a page)
)


class Value(NamedTuple):
    table: str
    column: str
    text: str

    def render(self) -> str:
        """As the prompt shows it."""
        return f"{identifier(self.table)}.{identifier(self.column)} = {literal(self.text)}"


@dataclass(frozen=True)
class ValueIndex:
    """A file of its own: it is opened for each search, by any thread."""

    path: Path

    def mentioned(self, question: str, limit: int = 5) -> list[Value]:
        """The values most like a part of the question, best first."""
        words = [word for word in dict.fromkeys(_WORD.findall(question.lower())) if word not in _COMMON]
        if not words or limit < 1:
            return []
        found = self._search(" OR ".join(f'"{word}"' for word in words))
        asked = f" {plain(question)} "
        scored = [(likeness(value.text, asked), len(value.text), value) for value in found]
        ranked = sorted((one for one in scored if one[0] >= LIKE), key=lambda one: (-one[0], -one[1], one[2]))
        return [value for _, _, value in ranked[:limit]]

    def nearest(self, table: str, column: str, text: str) -> str | None:
        """The stored value of a column in the same words, as `English` for `english`.

        None if there is none, if there are two, if the text itself is stored, or if the column has more
        values than the index: a text that is not in there may be stored.
        """
        same = [one for one in self._others(table, column, text) if _same_words(one, text)]
        return same[0] if len(same) == 1 else None

    def similar(self, table: str, column: str, text: str, limit: int = 3) -> list[str] | None:
        """The stored values of a column most like a text that is not stored; None if it is, or may be."""
        others = self._others(table, column, text)
        found = process.extract(
            text, others, scorer=fuzz.WRatio, processor=plain, limit=limit, score_cutoff=SIMILAR
        )
        return [stored for stored, *_ in found] if others else None

    def _others(self, table: str, column: str, text: str) -> list[str]:
        """A column's values, sorted; none if the text is one of them, or if the index has not all of them."""
        rows = self._rows("SELECT text FROM stored WHERE place = ?", f"{table}\0{column}")
        stored = {stored for (stored,) in rows}
        unread = not text.strip() or len(text) > VALUE_CHARS or len(stored) >= COLUMN_VALUES
        return [] if unread or text in stored else sorted(stored)

    def _search(self, match: str) -> list[Value]:
        query = "SELECT place, text FROM cells WHERE cells MATCH ? ORDER BY rank LIMIT ?"
        places = ((place.partition("\0"), text) for place, text in self._rows(query, match, CANDIDATES))
        return [Value(table, column, text) for (table, _, column), text in places]

    def _rows(self, query: str, *values: str | int) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()


def likeness(value: str, asked: str) -> float:
    """Of a value and a question in words, from 0 to 100; 100 if the question has the value word by word."""
    words = plain(value)
    if f" {words} " in asked or f" {words}s " in asked:
        return 100.0
    same_numbers = set(re.findall(r"\d+", words)) <= set(asked.split())
    return fuzz.partial_ratio(words, asked) - 1 if 4 < len(words) < len(asked) and same_numbers else 0.0


def plain(text: str) -> str:
    """Its words alone, in lower case."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _same_words(one: str, other: str) -> bool:
    """But for case, punctuation and a plural's s."""
    left, right = ([word.removesuffix("s") for word in plain(text).split()] for text in (one, other))
    return left == right != []


def index_of(engine: Engine, schema: Schema, folder: Path, key: str, private: Collection[str]) -> ValueIndex:
    """The index in this folder, built if missing or old. Raises OSError, sqlite3.Error, `engine.errors`."""
    target = folder / f"{sha256(f'{FORM} {key}'.encode()).hexdigest()[:32]}.values"
    if is_fresh(target):
        return ValueIndex(target)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in (*folder.glob("*.values"), *folder.glob("*.part")):
        if not is_fresh(old):
            old.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=target.stem, suffix=".part")
    os.close(handle)
    try:
        _fill(Path(name), read(engine, schema, private))
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)
    return ValueIndex(target)


def is_fresh(path: Path) -> bool:
    """Is it there, and of today?"""
    with suppress(OSError):
        return time.time() - path.stat().st_mtime < LIFETIME
    return False


def read(engine: Engine, schema: Schema, private: Collection[str]) -> Iterator[Value]:
    """The distinct short texts of every column that holds text and is not private (as `place` names it)."""
    until = time.monotonic() + ALL_SECONDS
    with engine.connect() as connection:
        for table in schema.tables:
            for column in table.columns:
                seconds = min(COLUMN_SECONDS, until - time.monotonic())
                if seconds <= 0:
                    return
                if holds_text(column) and place(table, column) not in private:
                    sql = distinct(table.name, column.name).sql(engine.dialect)
                    limits = Limits(rows=COLUMN_VALUES, cell_chars=VALUE_CHARS, seconds=seconds)
                    rows = run_on(engine, connection, sql, limits).rows
                    texts = (row[0] for row in rows)
                    yield from (Value(table.name, column.name, t) for t in texts if isinstance(t, str))


def place(table: Table, column: Column) -> str:
    """How `Database.open(private=...)` names a column, in lower case."""
    return f"{table.name}.{column.name}".lower()


def holds_text(column: Column) -> bool:
    return declared(column.type) in ("text", "") and "BLOB" not in column.type.upper()


def distinct(table: str, column: str) -> exp.Select:
    name = exp.column(column, quoted=True)
    short = exp.LTE(this=exp.Length(this=name.copy()), expression=exp.Literal.number(VALUE_CHARS))
    rows = exp.select(name.copy()).from_(exp.table_(table, quoted=True)).limit(ROWS).subquery("rows_read")
    return exp.select(name).distinct().from_(rows).where(short).limit(COLUMN_VALUES)


def _fill(path: Path, values: Iterable[Value]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE VIRTUAL TABLE cells USING fts5(text, place UNINDEXED, tokenize='trigram')")
        rows = ((value.text, f"{value.table}\0{value.column}") for value in values if value.text.strip())
        connection.executemany("INSERT INTO cells (text, place) VALUES (?, ?)", rows)
        # A search by place would read all of the full-text index.
        connection.execute("CREATE TABLE stored AS SELECT place, text FROM cells")
        connection.execute("CREATE INDEX places ON stored (place)")

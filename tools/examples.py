"""Worked examples: questions on a database's own tables with their SQL, filled into templates.

They show a model that was not tuned for it how the tables here join, and how a group, a superlative or a
negation is written, with names that exist. No model makes them: a schema has the same examples for every
question, so they stand behind it in the shared beginning of every prompt.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from string import Formatter
from tomllib import loads
from typing import NamedTuple

from .errors import GuardError
from .guard import guard
from .kinds import declared
from .rendering import CELL_CHARS, NAME_CHARS, fenced, identifier, literal
from .schema import Cell, Column, ForeignKey, Schema, Table

TEMPLATES = loads((Path(__file__).parent / "examples.toml").read_text(encoding="utf-8"))["templates"]
MAX_CHARS = 500
"""Of an example; a longer one, of long names, is left out."""
_LABEL = re.compile(r"(name|title)$", re.IGNORECASE)
_CODE = re.compile(r"((?<!pa|gr)(?<!val|hum)id|code|number|phone|year|ssn)$", re.IGNORECASE)
_NO_SCALAR = re.compile(r"\]|range|point", re.IGNORECASE)
_SINGULAR = (
    (r"(series|species|movie|[sui]s)s?$", r"\1"),
    (r"ies$", "y"),
    (r"(ss|x|ch|sh)es$", r"\1"),
    (r"(?<=\w\w)s$", ""),
)
_PLURAL = (
    (r"(series|species|people|men|ren|info|data|staff|by)$", r"\1"),
    (r"(?<![aeiou])y$", "ies"),
    (r"(s|x|ch|sh)$", r"\1es"),
    (r"$", "s"),
)

Names = dict[str, str]


class WorkedExample(NamedTuple):
    question: str
    sql: str


@lru_cache(maxsize=64)
def worked_examples(schema: Schema, dialect: str = "sqlite") -> tuple[WorkedExample, ...]:
    """Each template that this schema can fill, once, and with one table after another.

    What the guard would refuse in `dialect` and what is too long is left out.
    """
    labels = {table.name: _label(table) for table in schema.tables}
    offers = [*(_of_table(table, labels) for table in schema.tables), *_of_references(schema, labels)]
    filled = (_filled(template, number, offers) for number, template in enumerate(TEMPLATES))
    return tuple(_checked([one for one in filled if one], replace(schema, dialect=dialect)))


def _checked(examples: list[WorkedExample], schema: Schema) -> Iterator[WorkedExample]:
    for question, sql in examples:
        if len(question) + len(sql) <= MAX_CHARS:
            try:
                yield WorkedExample(question, guard(sql, schema))
            except GuardError:
                continue


def _filled(template: Names, number: int, offers: list[Names]) -> WorkedExample | None:
    needed = {name for text in template.values() for _, name, _, _ in Formatter().parse(text) if name}
    able = [names for names in offers if needed <= names.keys()]
    if not able:
        return None
    names = able[number % len(able)]
    return WorkedExample(template["question"].format(**names), template["sql"].format(**names))


def _of_table(table: Table, labels: Mapping[str, Column | None]) -> Names:
    label = labels[table.name]
    names = _counted("table", "tables", table.name)
    names |= _column("label", table, label)
    names |= _column("measure", table, next(_facts(table, "int", "real"), None))
    return names | _column("category", table, next((c for c in _facts(table, "text") if c != label), None))


def _of_references(schema: Schema, labels: Mapping[str, Column | None]) -> Iterator[Names]:
    """From a table's rows to those of one they refer to; if they refer to two, to the other as well."""
    for child in schema.tables:
        match [names for key in child.foreign_keys if (names := _reference(schema, labels, child, key))]:
            case [first, second] if first.get("PARENT") != second.get("PARENT"):
                yield first | {_other(name): text for name, text in second.items()}
                yield second
            case found:
                yield from found


def _other(name: str) -> str:
    return f"other_{name}" if name.islower() else f"OTHER_{name}"


def _reference(schema: Schema, labels: Mapping[str, Column | None], child: Table, key: ForeignKey) -> Names:
    parent = schema.table(key.table)
    if not parent or parent == child or len(key.pairs) != 1 or len(parent.primary_key) > 1:
        return {}
    ((foreign, referred),) = key.pairs
    tables = _counted("child", "children", child.name) | _counted("parent", "parents", parent.name)
    keys = _named("foreign", foreign) | _named("key", referred)
    return tables | keys | _column("label", parent, labels[parent.name])


def _label(table: Table) -> Column | None:
    """What a question calls a row of this table: its name or title, else its first text."""
    texts = list(_facts(table, "text"))
    return next((column for column in texts if _LABEL.search(column.name)), next(iter(texts), None))


def _facts(table: Table, *kinds: str) -> Iterator[Column]:
    """Columns of these kinds that neither tell a row from others nor refer to one."""
    keys = table.keys
    for column in table.columns:
        told = column.name in keys or _CODE.search(column.name) or _NO_SCALAR.search(column.type)
        if declared(column.type) in kinds and not told:
            yield column


def _column(role: str, table: Table, column: Column | None) -> Names:
    """Its name, and two of the cells in its sample rows that are of its kind and whole."""
    if column is None:
        return {}
    names, text = _named(role, column.name), declared(column.type) == "text"
    cells = [cell for cell in dict.fromkeys(table.cells(column)) if _usable(cell, text)]
    for name, cell in zip((f"{role}_value", f"{role}_value_2"), cells, strict=False):
        names |= {name: str(cell), name.upper(): literal(cell)}
    return names


def _usable(cell: Cell, text: bool) -> bool:
    """Is it as a question would name it? One of CELL_CHARS may be cut."""
    if isinstance(cell, str):
        return text and 0 < len(cell) < CELL_CHARS and cell == fenced(cell, CELL_CHARS)
    return not text


def _counted(one: str, many: str, name: str) -> Names:
    """A table's name, as of one row and of several."""
    names = _named(one, name)
    if not names:
        return {}
    single = _inflected(names[one], _SINGULAR)
    return names | {one: single, many: _inflected(single, _PLURAL)}


def _named(role: str, name: str) -> Names:
    """The words of a name, and the identifier; nothing where a prompt cannot show it as it is."""
    words = " ".join(re.findall(r"[^\W_]+", re.sub(r"([a-z])(?=[A-Z])", r"\1 ", name))).lower()
    shown = words and name == fenced(name, NAME_CHARS)
    return {role: words, role.upper(): identifier(name)} if shown else {}


def _inflected(words: str, rules: tuple[tuple[str, str], ...]) -> str:
    """By the first rule that fits."""
    pattern, ending = next((rule for rule in rules if re.search(rule[0], words)), ("$", ""))
    return re.sub(pattern, ending, words, count=1)

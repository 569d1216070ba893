"""Worked examples: questions on a database's own tables with their SQL, filled into templates.

They show a model that was not tuned for it how the tables here join, and how a group, a superlative or a
negation is written, with names that exist. No model makes them: a schema has the same examples for every
question, so they stand behind it in the shared beginning of every prompt.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from string import Formatter
from tomllib import loads
from typing import NamedTuple

import sqlglot

from .kinds import declared
from .prune import WORD
from .rendering import CELL_CHARS, NAME_CHARS, fenced, identifier, literal
from .schema import Column, ForeignKey, Schema, Table

TEMPLATES = loads((Path(__file__).parent / "examples.toml").read_text(encoding="utf-8"))["templates"]
WORDS = 8
"""Of a name; what comes behind is not in the questions."""
LABEL = re.compile(r"(name|title)$", re.IGNORECASE)
CODE = re.compile(r"(id|code|number|phone|year)$", re.IGNORECASE)

Names = dict[str, str]


class WorkedExample(NamedTuple):
    question: str
    sql: str


@lru_cache(maxsize=64)
def worked_examples(schema: Schema, dialect: str = "sqlite") -> tuple[WorkedExample, ...]:
    """Each template that this schema can fill, once, and with one table after another."""
    offers = [*map(_of_table, schema.tables), *_of_references(schema)]
    filled = (_filled(template, number, offers) for number, template in enumerate(TEMPLATES))
    return tuple(WorkedExample(question, _written(sql, dialect)) for question, sql in filter(None, filled))


def _filled(template: Names, number: int, offers: list[Names]) -> list[str]:
    needed = {name for text in template.values() for _, name, _, _ in Formatter().parse(text) if name}
    able = [names for names in offers if needed <= names.keys()]
    return [template[part].format(**able[number % len(able)]) for part in ("question", "sql") if able]


def _written(sql: str, dialect: str) -> str:
    return sql if dialect == "sqlite" else sqlglot.transpile(sql, read="sqlite", write=dialect)[0]


def _of_table(table: Table) -> Names:
    label = _label(table)
    names = _counted("table", "tables", table.name)
    names |= _column("label", table, label)
    names |= _column("measure", table, next(_facts(table, "int", "real"), None))
    names |= _column("category", table, next((each for each in _facts(table, "text") if each != label), None))
    return names | _column("moment", table, next(_facts(table, "time"), None))


def _of_references(schema: Schema) -> Iterator[Names]:
    """From a table's rows to those of one they refer to; if they refer to two, to the other as well."""
    for child in schema.tables:
        match [names for key in child.foreign_keys if (names := _reference(schema, child, key))]:
            case [first, second]:
                yield first | {_other(name): text for name, text in second.items()}
                yield second
            case found:
                yield from found


def _other(name: str) -> str:
    return f"other_{name}" if name.islower() else f"OTHER_{name}"


def _reference(schema: Schema, child: Table, key: ForeignKey) -> Names:
    parent = schema.table(key.table)
    label = parent and _label(parent)
    if not parent or not label or parent == child or len(key.pairs) != 1:
        return {}
    ((foreign, referred),) = key.pairs
    names = _counted("child", "children", child.name) | _counted("parent", "parents", parent.name)
    names |= _named("foreign", foreign) | _named("key", referred)
    return names | _column("label", parent, label)


def _label(table: Table) -> Column | None:
    """What a question calls a row of this table: its name or title, else its first text."""
    texts = list(_facts(table, "text"))
    return next((column for column in texts if LABEL.search(column.name)), next(iter(texts), None))


def _facts(table: Table, *kinds: str) -> Iterator[Column]:
    """Columns of these kinds that neither tell a row from others nor refer to one."""
    keys = {*table.primary_key, *(name for key in table.foreign_keys for name in key.columns)}
    for column in table.columns:
        if declared(column.type) in kinds and column.name not in keys and not CODE.search(column.name):
            yield column


def _column(role: str, table: Table, column: Column | None) -> Names:
    """Its name, and two of the texts in its sample rows."""
    if column is None:
        return {}
    names = _named(role, column.name)
    cells = dict.fromkeys(table.cells(column) if table.rows else ())
    texts = [cell for cell in cells if isinstance(cell, str) and 0 < len(cell.strip()) <= CELL_CHARS]
    for name, text in zip((f"{role}_value", f"{role}_value_2"), texts, strict=False):
        names |= {name: fenced(text, CELL_CHARS), name.upper(): literal(text)}
    return names


def _counted(one: str, many: str, name: str) -> Names:
    """A table's name, as of one row and of several."""
    names = _named(one, name)
    return names | {one: _singular(names[one]), many: _plural(_singular(names[one]))} if names else {}


def _named(role: str, name: str) -> Names:
    """The words of a name, and the identifier; nothing without words."""
    words = " ".join(WORD.findall(name)[:WORDS]).lower()
    return {role: words, role.upper(): identifier(name)} if words and len(name) <= NAME_CHARS else {}


def _singular(words: str) -> str:
    return words[:-3] + "y" if words.endswith("ies") else re.sub("(?<![sui])s$", "", words)


def _plural(words: str) -> str:
    if re.search("(people|series|info|data|staff)$", words):
        return words
    return re.sub("(?<![aeiou])y$", "ie", re.sub("(s|x|ch|sh)$", r"\1e", words)) + "s"

"""A schema as a grammar: the SELECTs over it that name nothing it does not have.

In Lark's notation as llguidance reads it (parametric rules: docs/parametric.md there). Left out, as there are
other ways to say the same: reserved words as names, unless quoted; a table's name as an alias; an ON that
refers to a table joined after it; ORDER BY of a UNION by a column of its first query; a derived table called
T1, or whose columns are named without it; frames of windows and FILTER; more than 8 joins or 15 parentheses.
Looser than SQL: columns of aliases other than T1 to T6; in the select list columns that more than two tables
have; anything after WITH.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..rendering import RESERVED, SIMPLE
from ..schema import Schema, Table
from . import scope
from .functions import functions_of

_QUOTES = {"sqlite": ('""', "``", "[]"), "mysql": ("``",), "duckdb": ('""',), "postgres": ('""',)}
_ANY_QUOTES = ('""', "``")
_DOUBLE_QUOTED_TEXT = ("sqlite", "mysql")
GUESSES = 2
"""A column of more tables than this does not decide what an alias means."""


@lru_cache(64)
def grammar(schema: Schema, dialect: str = "sqlite", *otherwise: str) -> str:
    """The Lark grammar of one SELECT in this dialect (sqlglot's name), or of one of the texts `otherwise`."""
    alone, together = schema.tables[: scope.LOOSE - 1], schema.tables[scope.LOOSE - 1 :]
    numbered = {number: (table,) for number, table in enumerate(alone, 1)}
    groups: dict[int, tuple[Table, ...]] = {**numbered, **({scope.LOOSE: together} if together else {})}
    owners = Counter(name for group in groups.values() for name in {one.lower() for one in _names(group)})
    shared = {name for group in groups.values() for name in _names(group) if owners[name.lower()] > GUESSES}
    return _TEMPLATE.render(
        scope=scope,
        tables={number: _table(group, dialect) for number, group in groups.items()},
        columns={number: _columns(_names(group), dialect) for number, group in groups.items()},
        own={number: _columns(_names(group) - shared, dialect) for number, group in groups.items()},
        shared=_columns(shared, dialect),
        string=r"/'([^'\n]|'')*'" + r'|"([^"\n]|"")*"' * (dialect in _DOUBLE_QUOTED_TEXT) + "/",
        functions="|".join(functions_of(dialect)),
        reserved="|".join(sorted(RESERVED)),
        otherwise=[_either([re.escape(text)]) for text in otherwise],
    )


def _table(group: Iterable[Table], dialect: str) -> str:
    """A table of another database schema, `sales.orders`, is also known by its last part."""
    names = [(table.name, *table.name.rsplit(".", 1)) for table in group]
    forms = [form for whole, *parts in names for form in _forms(parts[-1], dialect) | _forms(whole, dialect)]
    dotted = [_dotted(parts, dialect) for _, *parts in names if len(parts) == 2]
    return _either([*forms, *dotted])


def _dotted(parts: list[str], dialect: str) -> str:
    return r"\.".join(f"({'|'.join(sorted(_forms(part, dialect)))})" for part in parts)


def _names(group: Iterable[Table]) -> set[str]:
    return {column.name for table in group for column in table.columns}


def _columns(names: Iterable[str], dialect: str) -> str:
    return _either(form for name in names for form in _forms(name, dialect))


def _forms(name: str, dialect: str) -> set[str]:
    """The ways to write a name, as regular expressions: plain where that is possible, or quoted."""
    forms = {_quoted(name, quotes) for quotes in _QUOTES.get(dialect, _ANY_QUOTES)}
    if SIMPLE.fullmatch(name) and name.lower() not in RESERVED:
        forms.add(re.escape(name))
    return forms


def _quoted(name: str, quotes: str) -> str:
    opening, closing = quotes[0], quotes[1]
    return re.escape(opening) + re.escape(name.replace(closing, closing * 2)) + re.escape(closing)


def _either(forms: Iterable[str]) -> str:
    """A terminal; a table without columns has none that could be written."""
    pattern = "|".join(sorted(set(forms))) or r"\x00"
    # As Lark and Rust's regular expressions want them.
    for written, wanted in (("/", r"\/"), ("\\\n", r"\n"), ("\\ ", " "), ("\\\r", r"\r"), ("\\\t", r"\t")):
        pattern = pattern.replace(written, wanted)
    return f"/{pattern}/i"


_TEMPLATE = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,
).get_template("select.lark.jinja")

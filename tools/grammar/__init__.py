"""A schema as a grammar: the SELECTs over it that name nothing it does not have.

In Lark's notation as llguidance reads it (parametric rules: docs/parametric.md there). Left out, as there are
other ways to say the same: reserved words as names, unless quoted; an ON that refers to a table joined after
it. Looser than SQL: columns of aliases other than T1 to T6; anything after WITH.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..rendering import RESERVED, SIMPLE
from ..schema import Schema, Table
from . import scope
from .functions import FUNCTIONS

_QUOTES = {"sqlite": ('""', "``", "[]"), "mysql": ("``",), "duckdb": ('""',), "postgres": ('""',)}
_ANY_QUOTES = ('""', "``")
_DOUBLE_QUOTED_TEXT = ("sqlite", "mysql")


@lru_cache(64)
def grammar(schema: Schema, dialect: str = "sqlite", *otherwise: str) -> str:
    """The Lark grammar of one SELECT in this dialect (sqlglot's name), or of one of the texts `otherwise`."""
    alone, together = schema.tables[: scope.LOOSE - 1], schema.tables[scope.LOOSE - 1 :]
    numbered = {number: (table,) for number, table in enumerate(alone, 1)}
    groups: dict[int, tuple[Table, ...]] = {**numbered, **({scope.LOOSE: together} if together else {})}
    return _TEMPLATE.render(
        scope=scope,
        tables={number: _table(group, dialect) for number, group in groups.items()},
        columns={number: _columns(group, dialect) for number, group in groups.items()},
        string=r"/'([^'\n]|'')*'" + r'|"([^"\n]|"")*"' * (dialect in _DOUBLE_QUOTED_TEXT) + "/",
        functions="|".join(FUNCTIONS),
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


def _columns(group: Iterable[Table], dialect: str) -> str:
    names = {column.name for table in group for column in table.columns}
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

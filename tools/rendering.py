"""A schema as the prompt shows it: compact CREATE TABLE statements, then a few rows of each table.

Names, types, comments and cells come from the database and may hold anything, also text that looks like
a part of the prompt. They are kept to one line, cut short, and cannot close a comment or open a chat turn.
"""

import re

from .schema import Cell, Column, ForeignKey, Schema, Table

NAME_CHARS = 120
TYPE_CHARS = 60
COMMENT_CHARS = 120
CELL_CHARS = 60
SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RESERVED = frozenset(
    """
    add all alter and any as autoincrement between case cast check collate commit constraint create
    cross cube current_date current_time current_timestamp current_user default deferrable delete
    describe distinct drop else escape except exists false fetch for foreign from full glob grant group
    having if ilike in index inner insert intersect into is isnull join lateral left like limit lock
    natural not nothing notnull null offset on or order outer partitioned_by primary qualify raise
    references regexp returning revoke right rlike rollback rollup select set table tablesample then to
    transaction true uncache union unique update using values when where window with xor
    """.split()  # noqa: SIM905  (as a list it would fill a page)
)
"""The words SQLite, or a parser of its SQL, takes for something else than a name."""
FENCES = (("*/", "* /"), ("/*", "/ *"), ("<|", "< |"), ("|>", "| >"), ("```", "'''"))


def render(schema: Schema) -> str:
    tables = "\n".join(_create(table) for table in schema.tables)
    samples = "\n".join(_samples(table) for table in schema.tables if table.rows)
    text = f"/* Database schema */\n{tables}"
    return f"{text}\n/* Sample rows */\n{samples}" if samples else text


def identifier(name: str) -> str:
    """A name as SQLite reads it: in double quotes only where it must be."""
    name = fenced(name, NAME_CHARS)
    plain = SIMPLE.fullmatch(name) and name.lower() not in RESERVED
    return name if plain else '"' + name.replace('"', '""') + '"'


def fenced(text: str, limit: int) -> str:
    """Untrusted text on one line, at most `limit` characters, unable to end the place it stands in."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 2 * limit]).split())
    for mark, harmless in FENCES:
        text = text.replace(mark, harmless)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def literal(value: Cell) -> str:
    """A cell as a SQL literal, shortened."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + fenced(value, CELL_CHARS).replace("'", "''") + "'"
    return str(int(value)) if isinstance(value, bool) else str(value)


def _create(table: Table) -> str:
    alone = table.primary_key[0] if len(table.primary_key) == 1 else ""
    lines = [(_column(column, column.name == alone), column.comment) for column in table.columns]
    if len(table.primary_key) > 1:
        lines.append((f"PRIMARY KEY ({_names(table.primary_key)})", ""))
    lines += [(_foreign_key(key), "") for key in table.foreign_keys]
    commas = [","] * (len(lines) - 1) + [""]
    body = [f"{text}{comma}{_comment(note)}" for (text, note), comma in zip(lines, commas, strict=True)]
    return "\n".join((f"CREATE TABLE {identifier(table.name)} ({_comment(table.comment)}", *body, ");"))


def _column(column: Column, primary: bool) -> str:
    words = (identifier(column.name), fenced(column.type, TYPE_CHARS), "PRIMARY KEY" if primary else "")
    return " ".join(filter(None, words))


def _foreign_key(key: ForeignKey) -> str:
    return f"FOREIGN KEY ({_names(key.columns)}) REFERENCES {identifier(key.table)} ({_names(key.referred)})"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(map(identifier, names))


def _comment(text: str) -> str:
    return f" -- {fenced(text, COMMENT_CHARS)}" if text.strip() else ""


def _samples(table: Table) -> str:
    rows = ", ".join(f"({', '.join(map(literal, row))})" for row in table.rows)
    return f"{identifier(table.name)}: {rows}"

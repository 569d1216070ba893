"""Schema linking: which tables and columns does the question need?"""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from langchain_core.messages import BaseMessage

from . import prompts, sqltext
from .links import grouped, named_in
from .task import Links, Task, written

name = "linker"

_LINE_CHARS = 2_000
_LABELS = frozenset({"table", "tables", "column", "columns"})

_PLAIN = r"\w+"
_QUOTED = r'"(?:[^"]|"")*"'
_NAME = rf"(?:{_QUOTED}|{_PLAIN})"
_ENTRY = rf"(?!(?i:tables?|columns?):){_NAME}: (?:\*|{_NAME}(?:, {_NAME})*)"
_LIST = re.compile(rf"{_ENTRY}(?:\n{_ENTRY})*")
_TOKENS = re.compile(rf"{_NAME}|[:\n]")

_ANY = rf"(?:{_NAME}|`[^`\n]*`|\[[^\]\n]*\])"
_ANYS = re.compile(_ANY)
_PAIR = re.compile(rf"({_ANY})\.({_ANY})")
_HEADED = re.compile(rf"(?:table\s+)?({_ANY})\s*[:(](.*)", re.IGNORECASE)
_LABELLED = re.compile(r"[^:.]*\b(table|column)s?\b[^:.]*:(.*)", re.IGNORECASE)
_BARE = re.compile(rf"{_ANY}(?:\s*,\s*{_ANY})*,?")
_MARKUP = re.compile(r"^\s*(?:[-*•]\s+|\d+[.)]\s+)|\*\*|;?\s*$")
_TICKED = re.compile(r"`(\w+\.\w+)`")


def prompt(task: Task) -> list[BaseMessage]:
    return prompts.messages(name, task)


def target(value: Links) -> str:
    return value.render() or "none"


def parse(completion: str) -> Links:
    """The links a completion names, unchecked (see `links.grounded`); JSON, a SQL or chatter will do."""
    text = completion.strip()
    if _LIST.fullmatch(text):
        return _listed(text)
    if sqltext.parses(sql := sqltext.statement(text)):
        return named_in(sql)
    return _loose(sqltext.unwrapped(text))


def _listed(text: str) -> Links:
    tables: list[str] = []
    columns: list[tuple[str, str]] = []
    starts_line = True
    for token in _TOKENS.findall(text):
        if token in (":", "\n"):
            starts_line = token == "\n"
        elif starts_line:
            tables.append(_read(token))
        else:
            columns.append((tables[-1], _read(token)))
    return grouped(tables, columns)


def _loose(text: str) -> Links:
    """Links from `table.column`, `table: columns`, `table(columns)`, or labelled lists in any mix."""
    tables: list[str] = []
    columns: list[tuple[str, str]] = []
    unowned: list[str] = []
    for raw in _lines(text):
        line = _TICKED.sub(r"\1", _MARKUP.sub("", raw)).strip()
        columns += [(_read(table), _read(column)) for table, column in _PAIR.findall(line)]
        line = _PAIR.sub("", line)
        if (found := _HEADED.fullmatch(line)) and found[1].lower() not in _LABELS:
            tables.append(_read(found[1]))
            columns += [(tables[-1], column) for column in _names(found[2])]
        elif found := _LABELLED.fullmatch(line):
            (tables if found[1].lower() == "table" else unowned).extend(_names(found[2]))
        elif _BARE.fullmatch(line) and line.lower() != "none":
            tables += _names(line)
    # A column without a table may be any table's: grounding keeps those that exist.
    return grouped(tables, [*columns, *product(tables, unowned)])


def _lines(text: str) -> list[str]:
    start = re.search(r"[\[{]", text)
    try:
        value = json.JSONDecoder().raw_decode(text, start.start())[0] if start else None
    except (ValueError, RecursionError):
        value = None
    return [line[:_LINE_CHARS] for line in list(_flattened(value)) or text.splitlines()]


def _flattened(value: Any) -> Iterator[str]:
    """JSON as lines: `{"singer": ["Name"]}` is `singer: Name`."""
    if isinstance(value, str):
        yield value if _PAIR.fullmatch(value) else written(value)
    elif isinstance(value, list):
        for item in value:
            yield from _flattened(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            head = key if key.lower() in _LABELS else written(key)
            if isinstance(item, list) and any(isinstance(entry, dict) for entry in item):
                yield from _flattened(item)
            else:
                yield f"{head}: {', '.join(_flattened(item))}"


def _names(text: str) -> list[str]:
    return [_read(found) for found in _ANYS.findall(text)]


def _read(written: str) -> str:
    inner = written[1:-1]
    return {'"': inner.replace('""', '"'), "`": inner, "[": inner}.get(written[:1], written)

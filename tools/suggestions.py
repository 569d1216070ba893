"""What to say of a table or column that does not exist: where it is missing, and what may have been meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from sqlglot import exp

from .errors import GuardError
from .schema import Schema, Table
from .scope import Frame, Relation, Scopes


def unknown_table(table: exp.Table, schema: Schema) -> GuardError:
    written = ".".join(part.name for part in table.parts)
    near = _nearest(table.name, [one.name for one in schema.tables])
    hint = f'; did you mean "{near}"?' if near else ""
    return GuardError("unknown_name", f'no table "{_line(written)}"{hint}', _position(table.this))


def unknown_column(column: exp.Column, scopes: Scopes, schema: Schema) -> GuardError:
    frames = [frame for frame in scopes.frames(column) if frame.relations] or [Frame()]
    if not column.table:
        return missing_column(column.this, frames[0].relations, schema)
    named = [scopes.named(frame, column) for frame in frames]
    relation = next((one for one in named if one is not None), None)
    if relation is not None:
        return missing_column(column.this, [relation], schema)
    return _no_alias(column, [relation for frame in frames for relation in frame.relations], schema)


def _no_alias(column: exp.Column, relations: list[Relation], schema: Schema) -> GuardError:
    written = column.table
    folded = written.lower()
    aliased = next((one for one in relations if one.table and one.table.name.lower() == folded), None)
    if aliased is not None:
        hint = f"{written} is called {aliased.name} here"
    elif any(table.name.lower() == folded for table in schema.tables):
        hint = f"{written} is a table, but not in this FROM"
    else:
        near = _nearest(written, [one.name for one in relations])
        hint = f'did you mean "{near}"?' if near else "it is not in this FROM"
    message = f'no alias "{_line(written)}"; {hint}'
    return GuardError("unknown_name", message, _position(column.args["table"]))


def missing_column(identifier: exp.Identifier, relations: list[Relation], schema: Schema) -> GuardError:
    places = ", ".join(dict.fromkeys(one.table.name if one.table else one.name for one in relations))
    within = f" in {places}" if places else ""
    hint = _hint(identifier.name, relations, schema)
    message = f'no column "{_line(identifier.name)}"{within}{hint}'
    return GuardError("unknown_name", message, _position(identifier))


def _hint(name: str, relations: list[Relation], schema: Schema) -> str:
    """The same name in another table is a better guess than a near name in this one."""
    folded = name.lower()
    holders = [table.name for table in schema.tables if folded in _lowered(table)]
    here = [(one, column) for one in relations for column in (one.columns or {}).values()]
    if holders and not any(column.lower() == folded for _, column in here):
        return f"; {', '.join(holders[:3])} {'has' if len(holders) == 1 else 'have'} it"
    near = _nearest(name, [column for _, column in here])
    if near is None:
        return ""
    owner = next(one.name for one, column in here if column == near)
    if near.lower() == folded:
        return f'; write it in quotes: "{near}"'
    prefix = f"{owner}." if len(relations) > 1 and owner else ""
    return f'; did you mean {prefix}"{near}"?'


def _lowered(table: Table) -> set[str]:
    return {column.name.lower() for column in table.columns}


def _position(identifier: exp.Expr) -> int | None:
    return identifier.meta.get("start")


def _line(name: str) -> str:
    """A name from a statement, fit for a one-line message."""
    return " ".join(name.split())[:80]


def _nearest(name: str, candidates: Iterable[str]) -> str | None:
    scored = [(_likeness(name, candidate), candidate) for candidate in candidates]
    score, best = max(scored, default=(0.0, ""), key=lambda pair: pair[0])
    return best if score >= 0.6 else None


def _likeness(left: str, right: str) -> float:
    """Share of letters in common, or of whole words: `singer_name` is near `Name`."""
    ours, theirs = (set(text.lower().replace("_", " ").split()) for text in (left, right))
    shared = len(ours & theirs)
    plain, other = (text.lower().replace("_", "").replace(" ", "") for text in (left, right))
    words = 0.7 + 0.01 * shared if shared and (ours <= theirs or theirs <= ours) else 0.0
    return max(words, SequenceMatcher(None, plain, other, autojunk=False).ratio())

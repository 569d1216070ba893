"""SQL as a text of tokens: its spacing made plain, and changes of its syntax tree written into it.

sqlglot writes a tree in its own style; a wrong SQL in that style beside right ones in the corpus's would give
itself away. So a change is patched into the text as it stands.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token

from .evaluation.execution import SPACED

Tokens = Sequence[Token]
AGGREGATES = re.compile(r"\b(AVG|COUNT|MAX|MIN|SUM)\b")


def tokens(sql: str) -> Tokens:
    """None of what is no SQL."""
    try:
        return sqlglot.tokenize(sql, "sqlite")
    except SqlglotError:
        return []


def plain(sql: str) -> str:
    """With single spaces, without comments and the semicolon at its end; literals are left alone.

    Operators that no engine reads (`> =`) are mended, as the official scorer does.
    """
    for spaced, joined in SPACED:
        sql = sql.replace(spaced, joined)
    found = tokens(sql)
    while found and found[-1].text == ";":
        found = found[:-1]
    if not found:
        return sql.strip()
    text = sql[found[0].start : found[0].end + 1]
    for left, right in pairwise(found):
        gap = " " if left.end + 1 < right.start else ""
        text += gap + sql[right.start : right.end + 1]
    for spaced, joined in SPACED:
        text = text.replace(spaced, joined)
    return text


def patched(sql: str, before: str, after: str) -> str | None:
    """sql: as people wrote it; before: as sqlglot writes it; after: that with a change. None if it cannot be.

    What is returned reads as `after` does.
    """
    after = after.replace(" ON TRUE", "")  # a JOIN without ON, which sqlglot would write as a comma
    theirs, old, new = tokens(sql), tokens(before), tokens(after)
    place = places(keys(old), keys(theirs))
    text = sql
    for kind, i1, i2, j1, j2 in reversed(SequenceMatcher(None, keys(old), keys(new), False).get_opcodes()):
        if kind != "equal":
            start = theirs[place[i1] - 1].end + 1 if place[i1] else 0
            end = theirs[place[i2]].start if place[i2] < len(theirs) else len(sql)
            start_new = new[j1 - 1].end + 1 if j1 else 0
            end_new = new[j2].start if j2 < len(new) else len(after)
            text = text[:start] + in_style(after[start_new:end_new], sql) + text[end:]
    return text if (meant := normal(after)) and normal(text) == meant else None


def in_style(new: str, sql: str) -> str:
    """A piece of SQL of sqlglot's, with the spacing, operators and letter case of the text it goes into."""
    if " , " in sql:
        new = re.sub(r"(?<! ),", " ,", new)
    if "<>" not in sql:
        new = new.replace("<>", "!=")
    if not AGGREGATES.search(sql):
        new = AGGREGATES.sub(lambda name: name[0].lower(), new)
    return new


def normal(sql: str) -> str | None:
    """As sqlglot writes it; None if it does not parse."""
    try:
        return sqlglot.parse_one(sql, read="sqlite").sql("sqlite")
    except (SqlglotError, RecursionError):
        return None


def keys(found: Tokens) -> list[tuple[str, str]]:
    """Equal where two tokens mean the same: `!=` and `<>`, `count` and `COUNT`."""
    return [(token.token_type.name, _meant(token)) for token in found]


def _meant(token: Token) -> str:
    if token.token_type.name in ("STRING", "IDENTIFIER", "NUMBER"):
        return token.text
    return token.text.upper() if token.token_type.name == "VAR" else ""


def places(ours: list[tuple[str, str]], theirs: list[tuple[str, str]]) -> list[int]:
    """For each boundary between our tokens the one between theirs; where they differ, the next alike."""
    place = [len(theirs)] * (len(ours) + 1)
    for block in SequenceMatcher(None, ours, theirs, False).get_matching_blocks():
        for offset in range(block.size):
            place[block.a + offset] = block.b + offset
    for at in range(len(ours) - 1, -1, -1):
        place[at] = min(place[at], place[at + 1])
    return place


def query(sql: str) -> exp.Query | None:
    """Its syntax tree, if it is one query."""
    try:
        tree = sqlglot.parse_one(sql, read="sqlite")
    except (SqlglotError, RecursionError):
        return None
    return tree if isinstance(tree, exp.Query) else None

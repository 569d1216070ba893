"""SQL out of a completion: what a model wraps around its query, and where the query ends.

Nothing here raises on any text: a completion without SQL is "", a broken statement is returned as it stands
(the guard names what is wrong with it).
"""

import json
import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_NAME = r"""(?:\w+|"[^"]*"|`[^`]*`|\[[^\]]*\])"""
_START = re.compile(
    rf"""\bSELECT\b(?![,.:])(?=\s*\S)
    |\bWITH\s+(?:RECURSIVE\s+)?{_NAME}\s*(?:\([^()]*\)\s*)?\bAS\s*(?:(?:NOT\s+)?MATERIALIZED\s*)?\(""",
    re.IGNORECASE | re.VERBOSE,
)
_NESTED = re.compile(r"(?:\(|\b(?:UNION|INTERSECT|EXCEPT|ALL|DISTINCT|AS))\Z", re.IGNORECASE)
_FENCE = re.compile(r"```(?:[\w+-]*\n|(?:sql\w*|json)\b)?(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_JSON = re.compile(r'\{.*?"(?:sql|query|sql_query)"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL | re.IGNORECASE)
_TOKEN = re.compile(
    r"""```|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]\n]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)|\s+|\w+|.""",
    re.DOTALL,
)
_WORDS = re.compile(
    r"""(?:select|from|where|group|order|by|having|limit|offset|union|intersect|except|all|distinct|join|inner
    |left|right|full|outer|cross|natural|on|using|and|or|not|in|is|as|like|between|exists|case|when|then|else
    |end|asc|desc|with|null|over|partition|rows|range|collate|escape|filter|window|fetch|for|values)\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_OPEN = frozenset(",(=<>+-*/|")
_SENTENCE = re.compile(r"[A-Z][a-z]+ [a-z]+\b")
_LINE = re.compile(r"[#>*]|[^\W\d]\w*(?=[ :,'’]|\Z)")
_TRIES = 8


def statement(completion: str) -> str:
    """The first SQL statement of a completion, without semicolon or trailing comment; "" if it holds none."""
    text = unwrapped(completion)
    starts = [0, *_starts(text)] if begins(text) else _starts(text)
    found = [(start, _ended(text[start:])) for start in starts]
    broken = [sql for start, sql in found if sql[:1].isupper() or _heads_line(text, start)]
    return next((sql for _, sql in found if parses(sql)), broken[0] if broken else "")


def uncommented(sql: str) -> str:
    """The SQL without its comments; a literal that looks like one stays."""
    tokens = (token[0] for token in _TOKEN.finditer(sql))
    return "".join(" " if token.startswith(("--", "/*")) else token for token in tokens).strip()


def begins(text: str) -> bool:
    """Whether the text begins with a statement of its own."""
    return _START.match(text.lstrip("( \n\t")) is not None


def parses(sql: str) -> bool:
    """Whether this is one query as far as its grammar goes."""
    try:
        return isinstance(sqlglot.parse_one(sql, read="sqlite"), exp.Query)
    except (SqlglotError, RecursionError):
        return False


def unwrapped(completion: str) -> str:
    """The completion without thinking, code fence and JSON; text that begins with SQL is left alone."""
    text = completion.strip()
    if begins(text):
        return text
    if text.startswith("<think>") and "</think>" not in text:
        return ""
    text = text.rpartition("</think>")[2].strip()
    blocks = [block.strip() for block in _FENCE.findall(text)]
    with_sql = [block for block in blocks or _INLINE.findall(text) if _START.search(block)]
    if with_sql:
        text = with_sql[0].strip()
    elif blocks and not _START.search(text):
        text = blocks[0]
    return _unescaped(found[1]) if (found := _JSON.match(text)) else text


def preamble(completion: str) -> str:
    """What is said before the first SQL; all of it if there is none."""
    text = completion.rpartition("</think>")[2].strip()
    starts = _starts(text)
    return text[: starts[0]] if starts else text


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False)).strip()
    except ValueError:
        return text.strip()


def _starts(text: str) -> list[int]:
    """Where a statement may begin, likeliest first: heading a line, then in capitals, then any."""
    ranked: list[tuple[bool, bool, int]] = []
    for found in _START.finditer(text):
        start = found.start()
        before = text[:start].rstrip()
        continues = _NESTED.search(before[-12:]) or (ranked and before.endswith(")"))
        if not continues:
            ranked.append((not _heads_line(text, start), not text[start].isupper(), start))
    return [start for _, _, start in sorted(ranked)][:_TRIES]


def _heads_line(text: str, start: int) -> bool:
    before = text[:start].rpartition("\n")[2].strip()
    return before == "" or before.endswith((":", "*"))


def _ended(text: str) -> str:
    """The text up to the end of its first statement."""
    end, last = 0, ""
    breaks: list[int] = []
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word in (";", "```"):
            break
        if word.isspace():
            if _ends(last) and _is_prose(text, token.end(), "\n" in word):
                breaks.append(end)
        elif not word.startswith(("--", "/*")):
            end, last = token.end(), word
    whole = text[:end]
    if parses(whole):
        return whole
    return next((text[:at] for at in breaks[:_TRIES] if parses(text[:at])), whole)


def _ends(word: str) -> bool:
    """Whether a statement can end on this word."""
    return word != "" and word not in _OPEN and not _WORDS.match(word)


def _is_prose(text: str, start: int, new_line: bool) -> bool:
    """Whether what follows at `start` reads as a sentence, not as the rest of the statement."""
    if sentence := _SENTENCE.match(text, start):
        first, _, second = sentence[0].partition(" ")
        return (new_line or not _WORDS.match(first)) and not _WORDS.match(second)
    line = _LINE.match(text, start) if new_line else None
    return line is not None and not _WORDS.match(line[0])

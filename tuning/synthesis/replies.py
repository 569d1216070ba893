"""What a strong model's replies say, whatever is wrapped around it. Nothing here raises on any text."""

import json
import re
from dataclasses import dataclass

_DOMAIN = re.compile(r"^\W*domain\W*?:(.+)$", re.IGNORECASE | re.MULTILINE)
_FENCE = re.compile(r"```\w*\n(.*?)(?:```|\Z)", re.DOTALL)
_CREATE = re.compile(r"\bCREATE\s+TABLE\b", re.IGNORECASE)
DOMAIN_CHARS = 60
QUESTION_CHARS = 500
SQL_CHARS = 2_000


@dataclass(frozen=True)
class Draft:
    domain: str
    script: str
    """CREATE TABLE and INSERT, as the model wrote them: untrusted."""


@dataclass(frozen=True)
class Candidate:
    question: str
    sql: str
    difficulty: str


def draft(reply: str) -> Draft | None:
    """None where the domain or the script is missing. A reply that breaks off loses its last statement."""
    text = reply.rpartition("</think>")[2]
    domain = _DOMAIN.search(text)
    blocks = [block for block in _FENCE.findall(text) if _CREATE.search(block)]
    start = _CREATE.search(text)
    script = "\n".join(blocks) or (text[start.start() :] if start else "")
    script = script[: script.rfind(";") + 1]
    name = " ".join(re.findall(r"[\w'&-]+", domain[1]))[:DOMAIN_CHARS].strip() if domain else ""
    return Draft(name, script) if name and script else None


def candidates(reply: str, difficulty: str) -> list[Candidate]:
    """Every JSON object with a question and its SQL, in a list, in lines or in between."""
    text = reply.rpartition("</think>")[2]
    found = []
    at = text.find("{")
    while at >= 0:
        value, end = _object(text, at)
        match value:
            case {"question": str(question), "sql": str(sql)} | {
                "question": str(question),
                "query": str(sql),
            }:
                found.append(Candidate(" ".join(question.split()), sql.strip(), difficulty))
        at = text.find("{", end)
    return [one for one in found if fits(one)]


def fits(one: Candidate) -> bool:
    return 0 < len(one.question) <= QUESTION_CHARS and 0 < len(one.sql) <= SQL_CHARS


_DECODER = json.JSONDecoder(strict=False)


def _object(text: str, at: int) -> tuple[object, int]:
    """The JSON value that begins here and where it ends; None and the next place where none does."""
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, at + 1

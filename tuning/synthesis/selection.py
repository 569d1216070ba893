"""What is too close to something known: a domain to a banned one, a question to one of a benchmark."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.fuzz import ratio, token_sort_ratio
from rapidfuzz.utils import default_process

from ...graph.policy import normalised
from ...tools.errors import SetupError
from ..corpora.example import read_rows
from .replies import Candidate

QUESTION = 90
"""Of 100, rapidfuzz's `token_sort_ratio`: "older than 30" and "older than 40" are one question."""
SQL = 95
"""Of 100, rapidfuzz's `ratio` of normalised SQLs on one database."""
DOMAIN = 80
AVOIDED = ("dev.json", "test.json")


@dataclass(frozen=True)
class Avoid:
    """What a benchmark that is measured on holds."""

    domains: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    sqls: frozenset[str] = frozenset()


def avoid(folder: Path) -> Avoid:
    """The questions of `dev.json` and `test.json`, in Spider's layout; their databases' names are domains."""
    files = [folder / name for name in AVOIDED if (folder / name).is_file()] or [folder / AVOIDED[0]]
    rows = [row for file in files for row in read_rows(file, ("db_id", "question"))]
    return Avoid(
        tuple(dict.fromkeys(as_words(row["db_id"]) for row in rows)),
        tuple(dict.fromkeys(default_process(row["question"]) for row in rows)),
        frozenset(sql_key(str(row.get("query", ""))) for row in rows if row.get("query")),
    )


def ban_list(path: Path) -> tuple[str, ...]:
    """A domain a line, or a JSON list of them."""
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if text.lstrip().startswith("[") else text.splitlines()
    except (OSError, ValueError) as error:
        raise SetupError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    if not all(isinstance(one, str) for one in found):
        raise SetupError(f"{path} is no list of domains")
    return tuple(one.strip() for one in found if one.strip())


def as_words(name: str) -> str:
    """`concert_singer_2` as `concert singer`."""
    return " ".join(re.findall(r"[^\W\d_]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name))).lower()


def sql_key(sql: str) -> str:
    return normalised(sql).lower()


def banned(domain: str, names: Iterable[str]) -> str:
    """The banned domain that this one is, but for its wording; nothing if there is none."""
    found = process.extractOne(
        as_words(domain), list(map(as_words, names)), scorer=token_sort_ratio, score_cutoff=DOMAIN
    )
    return str(found[0]) if found else ""


def selected(
    given: Sequence[Candidate], avoided: Avoid
) -> tuple[list[Candidate], list[tuple[Candidate, str]]]:
    """Of one database's candidates the kept ones; the others with the reason."""
    kept: list[Candidate] = []
    dropped: list[tuple[Candidate, str]] = []
    for one in given:
        if reason := too_close(one, kept, avoided):
            dropped.append((one, reason))
        else:
            kept.append(one)
    return kept, dropped


def too_close(one: Candidate, kept: Sequence[Candidate], avoided: Avoid) -> str:
    text, sql = default_process(one.question), sql_key(one.sql)
    if sql in avoided.sqls or alike(text, avoided.questions):
        return "near_avoided"
    if alike(text, [default_process(other.question) for other in kept]):
        return "near_question"
    if process.extractOne(sql, [sql_key(other.sql) for other in kept], scorer=ratio, score_cutoff=SQL):
        return "near_sql"
    return ""


def alike(text: str, others: Sequence[str]) -> bool:
    return process.extractOne(text, others, scorer=token_sort_ratio, score_cutoff=QUESTION) is not None

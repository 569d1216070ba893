"""What a strong model is asked, from templates in `prompts/`."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from ...agents.prompts import line, unforgeable

SYSTEM = "You are an expert of databases who writes training data for text-to-SQL."
DIFFICULTIES: Mapping[str, str] = {
    "easy": "One table: a filter, an ordering, or one aggregate over all rows.",
    "medium": "A join of two tables, or GROUP BY with an aggregate, or ORDER BY with LIMIT, with a filter.",
    "hard": "Three or more tables, a subquery, HAVING, or a set operation; two of these where it fits.",
}
"""The three levels that SENSE (arXiv 2408.03256) asks for; what is said of each is ours."""
TABLES = range(3, 7)
FOLDER = Path(__file__).parent / "prompts"


def domain(banned: Sequence[str], random: Random) -> list[BaseMessage]:
    """Asks for a domain, its schema and its rows. random: draws how many tables."""
    return _messages("domain", banned=banned, tables=random.choice(TABLES))


def questions(schema: str, difficulty: str, count: int, asked: Sequence[str]) -> list[BaseMessage]:
    """schema: as rendered. asked: the questions so far."""
    meaning = DIFFICULTIES[difficulty]
    return _messages(
        "questions", schema=schema, difficulty=difficulty, meaning=meaning, count=count, asked=asked
    )


def prompts_hash() -> str:
    """Of the templates as they are written."""
    files = sorted(FOLDER.glob("*.jinja"))
    return sha256("\0".join(file.read_text(encoding="utf-8") for file in files).encode()).hexdigest()[:12]


def _messages(name: str, **given: object) -> list[BaseMessage]:
    text = _TEMPLATES.get_template(f"{name}.jinja").render(given)
    return [SystemMessage(SYSTEM), HumanMessage(text.strip())]


_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,
)
_TEMPLATES.filters.update(unforgeable=unforgeable, line=line)

"""Workers' work in this process, and a strong model that knows three domains by heart."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from routesql.agents.model import ScriptedModel
from routesql.tools.errors import SetupError
from routesql.tuning import noise_filter
from routesql.tuning.corpora import Corpus
from routesql.tuning.noise_filter import Pair

SCRIPT = """
CREATE TABLE {first} ({first}_id INTEGER PRIMARY KEY, name TEXT, town TEXT, size INTEGER);
CREATE TABLE {second} ({second}_id INTEGER PRIMARY KEY,
    {first}_id INTEGER REFERENCES {first}({first}_id), cost REAL);
INSERT INTO {first} VALUES (1, 'Ada', 'Bern', 10), (2, 'Bo', 'Basel', NULL), (3, 'Cy', 'Bern', 30);
INSERT INTO {second} VALUES (1, 1, 4.5), (2, 1, 8.0), (3, 3, 1.0);
"""
DOMAINS = {
    "bee keeping": ("hive", "harvest"),
    "tram depot": ("tram", "repair"),
    "mine rescue": ("mine", "drill"),
}


def schema_reply(domain: str) -> str:
    first, second = DOMAINS[domain]
    return f"Domain: {domain}\n```sql{SCRIPT.format(first=first, second=second)}```"


def question_reply(first: str, second: str) -> str:
    """Two that hold, one that is as good as the first, one that finds nothing and one that fails."""
    return f"""
    {{"question": "Which {first}s are in Bern?", "sql": "SELECT name FROM {first} WHERE town = 'Bern'"}}
    {{"question": "What does the dearest {second} cost?", "sql": "SELECT max(cost) FROM {second};"}}
    {{"question": "Which {first}s are in Bern", "sql": "SELECT name FROM {first} WHERE town LIKE 'Bern'"}}
    {{"question": "Who is in Rome?", "sql": "SELECT name FROM {first} WHERE town = 'Rome'"}}
    {{"question": "What is the colour of each?", "sql": "SELECT colour FROM {first}"}}
    """


def strong(messages: list[BaseMessage]) -> str:
    """The first domain that is not banned, and the same questions for all; hard ones it has none of."""
    text = messages[-1].text
    if "Invent a small SQLite database" in text:
        return schema_reply(next(name for name in DOMAINS if f"- {name}\n" not in text))
    if "Difficulty: easy" in text:
        return question_reply(
            *next(names for names in DOMAINS.values() if f"CREATE TABLE {names[0]}" in text)
        )
    return "I would rather not."


@pytest.fixture
def strong_one() -> ScriptedModel:
    return ScriptedModel(strong)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work of the workers in this process: they take seconds to start."""

    def each(function: Callable[[Any], Any], items: Iterable[Any], *_: Any, **__: Any) -> Iterator[Any]:
        yield from enumerate(map(function, items))

    for module in ("attempt", "labels", "preference"):
        monkeypatch.setattr(f"routesql.tuning.synthesis.{module}.each", each)


@pytest.fixture
def pairs(corpus: Corpus) -> list[Pair]:
    return noise_filter.pairs([corpus])


def refused(call: Callable[..., object], *given: object) -> str:
    """The one line of a `SetupError`."""
    with pytest.raises(SetupError) as error:
        call(*given)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture
def said() -> Callable[..., str]:
    return refused


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    return tmp_path / "partial.sqlite"


@pytest.fixture
def good_script() -> str:
    return SCRIPT.format(first="hive", second="harvest")

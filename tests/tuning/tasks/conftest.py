"""Questions on the database of singers, as the noise filter admits them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from routesql.graph import Policy
from routesql.tools import Database
from routesql.tuning.corpora import Example
from routesql.tuning.noise_filter import LeftOut, Pair, admitted
from routesql.tuning.tasks.question import Question
from routesql.tuning.tasks.samples import Sample

Ask = Callable[..., Question]


@pytest.fixture
def database(singers: Path) -> Iterator[Database]:
    with Database.open(singers, cache=None) as database:
        yield database


@pytest.fixture
def admit(singers: Path, database: Database) -> Callable[..., Question | LeftOut]:
    def build(
        gold: str, text: str = "Who comes from France?", seed: int = 0, samples: tuple[Sample, ...] = ()
    ) -> Question | LeftOut:
        pair = Pair("spider-train-1", Example("1", "singers", text, gold), "spider", singers)
        return admitted(pair, database, Policy(), samples, seed)

    return build


@pytest.fixture
def ask(admit: Callable[..., Question | LeftOut]) -> Ask:
    """`ask(gold, text, seed=..., samples=...)`: a question that is fit to learn from."""

    def build(gold: str, text: str = "Who comes from France?", **more: object) -> Question:
        found = admit(gold, text, **more)
        assert isinstance(found, Question), found
        return found

    return build

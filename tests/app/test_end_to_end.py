"""The whole of it, nothing faked: the default model answers questions on Chinook."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from routesql.agents import LocalModel
from routesql.app.demo import build
from routesql.graph import build_graph
from routesql.tools import Database

README = Path(__file__).parents[2] / "README.md"
DATA = Path(os.environ.get("ROUTESQL_DATA", Path(__file__).parents[3] / "shared" / "data"))
CHINOOK = DATA / "chinook" / "chinook.sqlite"

QUESTIONS: list[tuple[str, list[list[Any]]]] = [
    ("How many artists are there?", [[275]]),
    ("How many tracks are there?", [[3503]]),
    ("How many employees are there?", [[8]]),
    ("How many customers are from Brazil?", [[5]]),
    ("How many invoices were billed to Germany?", [[28]]),
    ("How many tracks cost more than 0.99?", [[213]]),
    ("How many different billing cities are there?", [[53]]),
    ("What is the total of all invoices?", [[pytest.approx(2328.60)]]),
    ("What is the average unit price of the tracks?", [[pytest.approx(1.0508, abs=1e-4)]]),
    ("What is the title of the album with id 1?", [["For Those About To Rock We Salute You"]]),
    ("What is the email of the customer with last name Tremblay?", [["ftremblay@gmail.com"]]),
    (
        "What are the titles of the albums by AC/DC?",
        [["For Those About To Rock We Salute You"], ["Let There Be Rock"]],
    ),
]


@pytest.mark.real_model
@pytest.mark.timeout(400)
@pytest.mark.skipif(not CHINOOK.exists(), reason=f"no Chinook database at {CHINOOK}")
def test_the_default_model_answers_questions_on_chinook() -> None:
    before = CHINOOK.read_bytes()
    with Database.open(CHINOOK, cache=None) as database:
        graph = build_graph(LocalModel(), database)
        answers = graph.batch([{"question": question} for question, _ in QUESTIONS])
    got = {question: answer["rows"] for (question, _), answer in zip(QUESTIONS, answers, strict=True)}
    assert got == dict(QUESTIONS)
    assert sum(answer["usage"]["cached_tokens"] for answer in answers) > 10_000, (
        "the schema is prefilled once"
    )
    assert CHINOOK.read_bytes() == before


@pytest.mark.real_model
def test_the_default_model_answers_the_readmes_questions(tmp_path: Path) -> None:
    asked = re.findall(r'routesql ask "(.+?)" --db coffee.sqlite', README.read_text(encoding="utf-8"))
    assert len(asked) >= 2
    with Database.open(build(tmp_path / "coffee.sqlite"), cache=None) as database:
        answers = build_graph(LocalModel(), database).batch([{"question": question} for question in asked])
    assert [(answer["status"], len(answer["rows"])) for answer in answers] == [
        ("answered", 2),
        ("answered", 1),
    ]

"""Constrained decoding: a text stays within its grammar, whoever is in the batch, or it is said."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer
from transformers import AutoTokenizer

from routesql.agents.model import LocalModel
from routesql.agents.model.constraint import LIMITS
from routesql.agents.model.weights import DEFAULT, resolve
from routesql.tools.grammar import grammar
from routesql.tools.schema import Column, Schema, Table

ANSWER = 'start: "SELECT " NAME (", " NAME)* ";"\nNAME: /name|age|country/'
SQL = (
    "SELECT T1.id, T1.name, T2.id, T2.created_at, T3.id, T1.only_0, T2.only_1, status FROM table_0 AS T1 "
    "JOIN table_1 AS T2 ON T1.id = T2.id JOIN table_2 AS T3 ON T2.id = T3.id WHERE T1.name = 'a' "
    "AND T2.id IN (SELECT id FROM table_1 WHERE only_1 > 3) GROUP BY T1.id ORDER BY count(*) DESC LIMIT 3"
)
FITS = re.compile(r"SELECT (name|age|country)(, (name|age|country))*;")


@pytest.mark.parametrize("temperature", [0.0, 1.5])
def test_a_random_model_writes_what_the_grammar_allows(tiny: LocalModel, temperature: float) -> None:
    replies = [
        tiny.invoke("go", lark=ANSWER, temperature=temperature, seed=seed, max_tokens=200)
        for seed in range(4)
    ]
    for reply in replies:
        text = str(reply.text)
        ended = reply.response_metadata["finish_reason"] == "stop"
        assert FITS.fullmatch(text) if ended else FITS.fullmatch(text[: text.rfind(",")] + ";")
        assert reply.response_metadata["given_up"] == ""
    assert (len({str(reply.text) for reply in replies}) == 1) == (temperature == 0)


def test_rows_with_and_without_a_grammar_decode_together_as_they_do_alone(tiny: LocalModel) -> None:
    def ask(lark: str) -> str:
        return str(tiny.invoke("go", lark=lark).text)

    grammars = ["", ANSWER, 'start: "no"', ""]
    alone = [ask(lark) for lark in grammars]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(ask, grammars))
    assert together == alone
    assert alone[2] == "no"
    assert alone[0] == alone[3] != alone[1]


def test_a_greedy_text_that_the_grammar_allows_is_not_changed(tiny: LocalModel) -> None:
    free = str(tiny.invoke("go", max_tokens=1).text)
    assert tiny.invoke("go", lark=r"start: /(.|\n)*/", max_tokens=1).text == free != ""


@pytest.mark.parametrize("lark", ["this is no grammar", "start: missing", "start: /(/"])
def test_a_grammar_that_cannot_be_read_is_given_up_and_said(tiny: LocalModel, lark: str) -> None:
    reply = tiny.invoke("go", lark=lark)
    assert reply.text == tiny.invoke("go").text
    assert reply.response_metadata["given_up"]
    assert "\n" not in reply.response_metadata["given_up"]


def test_a_dead_end_is_given_up_and_said(tiny: LocalModel) -> None:
    """After a the grammar wants what is both b and not b."""
    reply = tiny.invoke("go", lark='start: "a" NOTHING\nNOTHING: "b" & ~"b"')
    assert reply.response_metadata["given_up"]


def shop(tables: int) -> Schema:
    """Every table has the columns that many databases have everywhere."""
    common = ("id", "name", "created_at", "status")
    names = [(f"table_{number}", *common, f"only_{number}") for number in range(tables)]
    return Schema("sqlite", tuple(Table(name, tuple(map(Column, columns))) for name, *columns in names))


@pytest.mark.parametrize("tables", [3, 8, 26, 50, 100])
def test_tables_that_share_columns_do_not_multiply_the_meanings(tables: int) -> None:
    """A mask is computed before every byte; with too many meanings the matcher would fail."""
    walk(LLTokenizer("byte"), tables)


def walk(tokens: LLTokenizer, tables: int) -> None:
    """Every token of an SQL over three of the tables, each mask computed and within the bounds."""
    text = LLMatcher.grammar_from_lark(grammar(shop(tables)))
    matcher = LLMatcher(tokens, text, limits=LIMITS, log_level=0)
    for token in tokens.tokenize_str(SQL):
        mask = matcher.compute_bitmask()
        assert not matcher.is_error(), matcher.get_error()
        assert mask[token // 8] >> token % 8 & 1
        assert matcher.consume_token(token), matcher.get_error()
    assert matcher.is_accepting()


@pytest.mark.real_model
@pytest.mark.parametrize("tables", [5, 50])
def test_a_vocabulary_of_real_size(tables: int) -> None:
    """A bound on the meanings that 400 tokens kept to once gave up every mask of 150,000."""
    tokenizer: Any = AutoTokenizer.from_pretrained(resolve(DEFAULT))
    tokens = from_tokenizer(tokenizer, 151_936, tokenizer.eos_token_id)
    walk(tokens, tables)


def test_nothing_is_said_of_a_grammar_where_there_is_none(tiny: LocalModel) -> None:
    assert "given_up" not in tiny.invoke("go").response_metadata


def test_a_tokens_grammar_streams(tiny: LocalModel) -> None:
    assert (
        "".join(str(chunk.text) for chunk in tiny.stream("go", lark='start: "SELECT name"')) == "SELECT name"
    )

"""Constrained decoding: a text stays within its grammar, whoever is in the batch, or it is said."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from routesql.agents.model import LocalModel

ANSWER = 'start: "SELECT " NAME (", " NAME)* ";"\nNAME: /name|age|country/'
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
    assert len({str(reply.text) for reply in replies}) == (1 if temperature == 0 else 4)


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


def test_nothing_is_said_of_a_grammar_where_there_is_none(tiny: LocalModel) -> None:
    assert "given_up" not in tiny.invoke("go").response_metadata


def test_a_tokens_grammar_streams(tiny: LocalModel) -> None:
    assert (
        "".join(str(chunk.text) for chunk in tiny.stream("go", lark='start: "SELECT name"')) == "SELECT name"
    )

"""Text as it grows: the pieces add up to what the tokenizer says, and a stop string never shows."""

import random

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from routesql.agents.model import LocalModel
from routesql.agents.model.text import TextStream

TEXTS = [
    "SELECT name FROM singer WHERE age > 20",
    "  two leading spaces,\n\n\ttabs and newlines ",
    "你好，世界 🎉🎊 Grüße, señor! naïve café",
    "",
]


def pieces(tokenizer: PreTrainedTokenizerBase, tokens: list[int], stop: tuple[str, ...] = ()) -> list[str]:
    stream, out = TextStream(tokenizer, stop), []
    for token in tokens:
        out.append(stream.push(token))
        if stream.stopped:
            break
    out.append(stream.flush())
    assert stream.text == "".join(out)
    return out


@pytest.fixture(scope="module")
def sentencepiece() -> PreTrainedTokenizerBase:
    """As Llama and Mistral decode: ▁ for spaces, bytes as <0x41>, the first space stripped."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    tokenizer.decoder = decoders.Sequence(steps)
    special = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=330, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([TEXTS[0]], trainer)
    # Bytes must not count as special, or decoding would skip them.
    tokenizer = Tokenizer.from_str(tokenizer.to_str().replace('"special":true', '"special":false'))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)  # type: ignore[no-untyped-call]


@pytest.fixture(params=["byte level", "sentencepiece"])
def tokenizer(
    request: pytest.FixtureRequest, tiny: LocalModel, sentencepiece: PreTrainedTokenizerBase
) -> PreTrainedTokenizerBase:
    return tiny.engine.loaded.tokenizer if request.param == "byte level" else sentencepiece


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_add_up(text: str, tokenizer: PreTrainedTokenizerBase) -> None:
    tokens = tokenizer.encode(text, add_special_tokens=False)
    parts = pieces(tokenizer, tokens)
    assert "".join(parts) == tokenizer.decode(tokens, skip_special_tokens=True)
    assert "".join(parts).lstrip() == text.lstrip()
    assert all("\ufffd" not in part for part in parts)


def test_pieces_add_up_for_any_characters(tokenizer: PreTrainedTokenizerBase) -> None:
    draw = random.Random(5)
    for _ in range(100):
        text = "".join(draw.choice("aé你🎉 \n\x10SELECT") for _ in range(30))
        tokens = tokenizer.encode(text, add_special_tokens=False)
        assert "".join(pieces(tokenizer, tokens)) == tokenizer.decode(tokens, skip_special_tokens=True)


def test_pieces_add_up_where_bytes_make_no_character(tiny: LocalModel) -> None:
    draw, tokenizer = random.Random(5), tiny.engine.loaded.tokenizer
    for _ in range(100):
        tokens = [draw.randrange(3, len(tokenizer)) for _ in range(30)]
        assert "".join(pieces(tokenizer, tokens)) == tokenizer.decode(tokens, skip_special_tokens=True)


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        (("FROM",), "SELECT name "),
        (("name FROM singer",), "SELECT "),
        (("age", "singer WH"), "SELECT name FROM "),
        (("S",), ""),
        (("> 20;",), "SELECT name FROM singer WHERE age > 20"),
        (("absent",), "SELECT name FROM singer WHERE age > 20"),
    ],
)
def test_stop_strings(stop: tuple[str, ...], expected: str, tokenizer: PreTrainedTokenizerBase) -> None:
    tokens = tokenizer.encode(TEXTS[0], add_special_tokens=False)
    grown = ""
    for part in pieces(tokenizer, tokens, stop):
        grown += part
        assert expected.startswith(grown)
    assert grown == expected

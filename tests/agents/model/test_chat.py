"""LocalModel as a caller sees it."""

import copy
import json
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from routesql.agents.model import LocalModel
from routesql.tools.errors import ModelError, QuestionError

ASK = "How many singers?"


def test_usage_and_metadata(tiny: LocalModel) -> None:
    first, again = tiny.invoke(ASK), tiny.invoke(ASK)
    assert isinstance(first, AIMessage)
    prompt = tiny.get_num_tokens_from_messages([HumanMessage(ASK)])
    assert first.usage_metadata is not None
    assert first.usage_metadata["input_tokens"] == prompt
    assert first.usage_metadata["output_tokens"] == 24
    assert first.usage_metadata["total_tokens"] == prompt + 24
    assert again.usage_metadata is not None
    assert again.usage_metadata["input_token_details"] == {"cache_read": prompt - 1}
    assert first.response_metadata["finish_reason"] == "length"
    assert first.response_metadata["model_name"] == tiny.model
    assert first.response_metadata["seconds"] > 0


def test_every_way_of_calling_gives_the_same(tiny: LocalModel) -> None:
    text = tiny.invoke(ASK).content
    assert "".join(str(chunk.content) for chunk in tiny.stream(ASK)) == text
    assert [answer.content for answer in tiny.batch([ASK] * 3)] == [text] * 3
    assert tiny.bind(max_tokens=24).invoke(ASK).content == text
    assert (tiny | (lambda message: message.content)).invoke(ASK) == text


async def test_every_async_way_gives_the_same(tiny: LocalModel) -> None:
    text = tiny.invoke(ASK).content
    assert (await tiny.ainvoke(ASK)).content == text
    assert "".join([str(chunk.content) async for chunk in tiny.astream(ASK)]) == text
    assert [answer.content for answer in await tiny.abatch([ASK] * 3)] == [text] * 3


def test_it_streams_token_by_token(tiny: LocalModel) -> None:
    chunks = list(tiny.stream(ASK))
    assert len(chunks) > 8
    last = chunks[-1].usage_metadata
    assert last is not None
    assert last["output_tokens"] == 24
    assert [chunk.usage_metadata for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)


def test_stop_strings_end_the_text_and_never_show(tiny: LocalModel) -> None:
    whole = str(tiny.invoke(ASK).content)
    for stop in (whole[5], whole[6:9], whole[:1], whole[-2:]):
        answer = tiny.invoke(ASK, stop=[stop, "absent"])
        assert answer.content == whole[: whole.index(stop)]
        assert answer.response_metadata["finish_reason"] == "stop"
        assert "".join(str(chunk.content) for chunk in tiny.stream(ASK, stop=[stop])) == answer.content


def test_sampling_is_seeded(tiny: LocalModel) -> None:
    hot = tiny.bind(temperature=2.0)
    assert hot.invoke(ASK, seed=1).content == hot.invoke(ASK, seed=1).content
    assert len({hot.invoke(ASK, seed=seed).content for seed in range(4)}) == 4
    assert hot.invoke(ASK).content != hot.invoke(ASK).content
    greedy = tiny.invoke(ASK).content
    assert hot.invoke(ASK, top_k=1).content == greedy
    assert hot.invoke(ASK, top_p=1e-9).content == greedy
    assert tiny.invoke(ASK, temperature=1e-40, seed=(1 << 62) - 1).content == greedy


def test_n_samples_of_one_prompt(tiny: LocalModel) -> None:
    result = tiny.generate([[HumanMessage(ASK)]], n=4, temperature=2.0, seed=5)
    messages: list[Any] = [generation.message for generation in result.generations[0]]  # type: ignore[union-attr]
    assert len({message.content for message in messages}) == 4
    prompt = tiny.get_num_tokens_from_messages([HumanMessage(ASK)])
    cached = [message.usage_metadata["input_token_details"]["cache_read"] for message in messages]
    assert cached[1:] == [prompt] * 3
    assert [
        g.text for g in tiny.generate([[HumanMessage(ASK)]], n=2, temperature=2.0, seed=5).generations[0]
    ] == [message.content for message in messages[:2]]


def test_a_prompt_longer_than_the_context(tiny: LocalModel) -> None:
    with pytest.raises(QuestionError, match="takes at most 511") as caught:
        tiny.invoke("question " * 600)
    assert "\n" not in str(caught.value)


def test_an_answer_ends_with_the_context(tiny: LocalModel) -> None:
    answer = tiny.invoke("7 " * 245, max_tokens=400)
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["total_tokens"] <= 512


def test_models_over_the_same_weights_share_them(tiny: LocalModel, tiny_folder: Path) -> None:
    other = LocalModel(model=str(tiny_folder), dtype="float32", temperature=1.0, cache_bytes=1 << 31)
    assert other.engine is tiny.engine
    assert tiny.engine.prefixes.limit == 1 << 31, "of two bounds the larger holds"
    assert LocalModel(model=str(tiny_folder), dtype="bfloat16").engine is not tiny.engine


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_answers_alike(tiny: LocalModel, duplicate: Callable[[LocalModel], LocalModel]) -> None:
    expected = tiny.invoke(ASK).content
    twin = duplicate(tiny)
    assert twin.invoke(ASK).content == expected
    assert twin.engine is tiny.engine


@pytest.mark.parametrize(("native", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
def test_bfloat16_where_the_processor_has_it(
    native: bool, expected: torch.dtype, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routesql.agents.model.shared._multiplies_bfloat16", lambda: native)
    model = LocalModel(model=str(tiny_folder), device="cpu")
    assert model.engine.loaded.model.dtype == expected


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"max_token": 3}, TypeError, "no option max_token"),
        ({"tools": []}, TypeError, "no option tools"),
        ({"temperature": -1}, ValueError, "temperature"),
        ({"temperature": float("inf")}, ValueError, "temperature"),
        ({"seed": -1}, ValueError, "seed"),
        ({"seed": 1 << 62}, ValueError, "seed"),
        ({"max_batch": 2}, TypeError, "max_batch: set on the LocalModel"),
        ({"cache_bytes": 0, "batch_bytes": 0}, TypeError, "batch_bytes, cache_bytes: set on the LocalModel"),
        ({"model": "/nowhere/model"}, ModelError, "/nowhere/model"),
        ({"adapter": "/nowhere/adapter"}, ModelError, "not an adapter folder"),
        ({"device": "cuda:99"}, ModelError, "CUDA|load"),
    ],
)
def test_wrong_options(tiny: LocalModel, options: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        tiny.invoke(ASK, **options)


def test_nothing_to_answer(tiny: LocalModel, family_folder: Callable[[str], Path]) -> None:
    no_system = LocalModel(model=str(family_folder("mistral")), dtype="float32")
    for model, messages in ((tiny, []), (no_system, []), (no_system, [SystemMessage("")])):
        with pytest.raises(QuestionError, match="no message to answer"):
            model.invoke(messages)


def test_images_are_refused_in_one_line(tiny: LocalModel) -> None:
    image = HumanMessage([{"type": "image", "url": "https://example.org/a.png"}])
    with pytest.raises(ModelError, match="reads text only, not image"):
        tiny.invoke([image])


@pytest.mark.parametrize("broken", ["{", '{"model_type": "no such"}'])
def test_a_damaged_folder(broken: str, tiny_folder: Path, tmp_path: Path) -> None:
    for file in tiny_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "config.json").write_text(broken, encoding="utf-8")
    with pytest.raises(ModelError, match="cannot load") as caught:
        LocalModel(model=str(tmp_path)).invoke(ASK)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("keep", [0, 5, 100, -100])
def test_damaged_weights(keep: int, tiny_folder: Path, tmp_path: Path) -> None:
    for file in tiny_folder.iterdir():
        content = file.read_bytes()
        (tmp_path / file.name).write_bytes(content[:keep] if file.suffix == ".safetensors" else content)
    with pytest.raises(ModelError, match=f"cannot load {tmp_path}: .*header") as caught:
        LocalModel(model=str(tmp_path)).invoke(ASK)
    assert "\n" not in str(caught.value)


def test_layers_that_cannot_be_batched_are_refused(tiny_folder: Path, tmp_path: Path) -> None:
    for file in tiny_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    config["layer_types"] = ["linear_attention", "full_attention", "full_attention"]
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be batched here: linear_attention"):
        LocalModel(model=str(tmp_path)).invoke(ASK)


@pytest.mark.parametrize("missing", ["torch", "transformers", "peft"])
def test_without_the_extra(missing: str) -> None:
    code = f"""
import sys
sys.modules[{missing!r}] = None
from routesql.agents.model import ScriptedModel
from routesql.tools.errors import MissingExtra
try:
    from routesql.agents.model import LocalModel
except MissingExtra as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60)
    assert ran.stderr == ""
    assert ran.stdout == f"{missing} is not installed; run: pip install 'routesql[local]'\n"


@pytest.mark.parametrize("call", [LocalModel.invoke, lambda model, text: list(model.stream(text))])
def test_an_interrupt_ends_the_work(
    tiny: LocalModel, call: Callable[[LocalModel, str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, main = tiny.engine, threading.main_thread().ident
    step = engine._batch.step
    assert main is not None

    def slow(tokens: list[int]) -> torch.Tensor:
        time.sleep(0.1)
        return step(tokens)

    def interrupt() -> None:
        while not engine._rows:
            time.sleep(0.01)
        signal.pthread_kill(main, signal.SIGINT)

    monkeypatch.setattr(engine._batch, "step", slow)
    pressing = threading.Thread(target=interrupt)
    pressing.start()
    with pytest.raises(KeyboardInterrupt):
        call(tiny, ASK)
    pressing.join()
    time.sleep(0.5)
    assert not engine._rows


def test_leaving_the_interpreter_with_a_request_open(tiny_folder: Path) -> None:
    code = f"""
from routesql.agents.model import LocalModel
stream = LocalModel(model={str(tiny_folder)!r}, max_tokens=100_000).stream("hello")
next(stream)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_importing_it_loads_no_torch() -> None:
    code = "import sys; from routesql.agents.model import LocalModel as M; M(); print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60)
    assert ran.stdout == "False\n"

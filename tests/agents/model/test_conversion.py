"""A tiny GGUF, written here, becomes a folder that transformers loads and that gives the same numbers."""

import errno
import sys
from pathlib import Path
from typing import Any

import pytest

from routesql.agents.model import conversion
from routesql.agents.model.conversion import convert
from routesql.agents.model.weights import resolve
from routesql.tools.errors import MissingExtra, ModelError

torch = pytest.importorskip("torch")
gguf = pytest.importorskip("gguf")
numpy = pytest.importorskip("numpy")
transformers = pytest.importorskip("transformers")

HIDDEN, HEADS, KEY_HEADS, INNER, LAYERS = 64, 4, 2, 128, 2
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"


def _vocabulary() -> list[str]:
    from tokenizers.pre_tokenizers import ByteLevel

    return [*sorted(ByteLevel.alphabet()), "SE", *SPECIAL]


def _matrices(tied: bool) -> dict[str, Any]:
    generator = numpy.random.default_rng(0)

    def matrix(*shape: int) -> Any:
        return generator.normal(0, 0.1, shape).astype(numpy.float32)

    narrow, words = HIDDEN * KEY_HEADS // HEADS, len(_vocabulary())
    shapes: dict[str, tuple[int, ...]] = {
        "ffn_up.weight": (INNER, HIDDEN),
        "ffn_gate.weight": (INNER, HIDDEN),
        "ffn_down.weight": (HIDDEN, INNER),
    }
    for name, width in {"attn_q": HIDDEN, "attn_k": narrow, "attn_v": narrow}.items():
        shapes |= {f"{name}.weight": (width, HIDDEN), f"{name}.bias": (width,)}
    shapes |= {
        "attn_output.weight": (HIDDEN, HIDDEN),
        "attn_norm.weight": (HIDDEN,),
        "ffn_norm.weight": (HIDDEN,),
    }
    tensors = {f"blk.{n}.{name}": matrix(*shape) for n in range(LAYERS) for name, shape in shapes.items()}
    tensors |= {"token_embd.weight": matrix(words, HIDDEN), "output_norm.weight": matrix(HIDDEN)}
    return tensors | {"output.weight": tensors["token_embd.weight"] if tied else matrix(words, HIDDEN)}


def _write(path: Path, tied: bool) -> dict[str, Any]:
    writer, tensors = gguf.GGUFWriter(path, "qwen2"), _matrices(tied)
    writer.add_name("Tiny")
    writer.add_block_count(LAYERS)
    writer.add_context_length(512)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    words = _vocabulary()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(words)
    writer.add_token_types([3 if word in SPECIAL else 1 for word in words])
    writer.add_token_merges(["S E"])
    writer.add_eos_token_id(words.index("<|im_end|>"))
    writer.add_pad_token_id(words.index("<|endoftext|>"))
    writer.add_chat_template(TEMPLATE)
    coarse = gguf.GGMLQuantizationType.Q5_0
    for name, tensor in tensors.items():
        if name == "token_embd.weight":
            writer.add_tensor(name, gguf.quantize(tensor, coarse), raw_dtype=coarse)
        else:
            writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tensors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "converted"


@pytest.mark.parametrize("tied", [True, False])
def test_weights_keep_their_values_and_ties(tmp_path: Path, folder: Path, tied: bool) -> None:
    tensors = _write(tmp_path / "tiny.gguf", tied)
    folder.mkdir()
    convert(tmp_path / "tiny.gguf", folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    assert model.dtype == torch.bfloat16
    assert model.config.tie_word_embeddings is tied
    assert not hasattr(model.config, "quantization_config")
    parameters = dict(model.named_parameters())
    expected = {
        "model.embed_tokens.weight": tensors["token_embd.weight"],
        "model.layers.1.self_attn.k_proj.bias": tensors["blk.1.attn_k.bias"],
        "model.layers.0.mlp.down_proj.weight": tensors["blk.0.ffn_down.weight"],
        "model.norm.weight": tensors["output_norm.weight"],
    }
    # A tied matrix is taken from its finer copy, so only the untied one shows the coarse quantisation.
    for name, tensor in expected.items():
        loose = 0.02 if name == "model.embed_tokens.weight" and not tied else 1e-3
        assert torch.allclose(parameters[name].float(), torch.from_numpy(tensor), atol=loose, rtol=0.01), name
    assert ("lm_head.weight" in parameters) is not tied


def test_a_gguf_file_resolves_to_a_chat_model_that_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUTESQL_CACHE", str(tmp_path / "cache"))
    _write(tmp_path / "tiny.gguf", tied=True)
    folder = resolve(str(tmp_path / "tiny.gguf"))
    assert folder.parent == tmp_path / "cache"
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    words = _vocabulary()
    assert [tokenizer.encode(word) for word in SPECIAL] == [[words.index(word)] for word in SPECIAL]
    assert tokenizer.decode(tokenizer.encode("SELECT été 12\n")) == "SELECT été 12\n"
    chat = tokenizer.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False)
    assert chat == "<|im_start|>user\nHi<|im_end|>\n"
    assert tokenizer.model_max_length == 512
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    ends = [words.index("<|im_end|>"), words.index("<|endoftext|>")]
    assert model.generation_config.eos_token_id == ends
    monkeypatch.setattr("routesql.agents.model.weights.convert", None)
    assert resolve(str(tmp_path / "tiny.gguf")) == folder


@pytest.mark.parametrize("keep", [0, 3, 20, 2_000, 20_000])
def test_a_damaged_gguf_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: int) -> None:
    monkeypatch.setenv("ROUTESQL_CACHE", str(tmp_path / "cache"))
    _write(tmp_path / "tiny.gguf", tied=True)
    broken = tmp_path / "broken.gguf"
    broken.write_bytes((tmp_path / "tiny.gguf").read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"broken\.gguf") as raised:
        resolve(str(broken))
    assert "\n" not in str(raised.value)
    assert not [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]


def test_a_full_disk_is_told_apart_from_a_fault_of_the_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors import SafetensorError

    def full(*_: object, **__: object) -> None:
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    with pytest.raises(OSError, match="No space left") as raised:
        conversion._save_weights({"a": torch.zeros(1)}, tmp_path / "model.safetensors")
    assert raised.value.errno == errno.ENOSPC


def test_an_absent_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(MissingExtra, match=r"gguf is not installed; run: pip install 'routesql\[local\]'"):
        convert(tmp_path / "any.gguf", tmp_path)

"""A GGUF file into the folder transformers loads in two seconds: bf16 safetensors, tokenizer, config."""

import logging
import os
import re
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...tools.errors import MissingExtra, ModelError

if TYPE_CHECKING:
    import torch

TURN_ENDS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end|>", "<end_of_turn>")
"""Tokens that end an answer. A GGUF names one; chat models were trained to stop at more than one."""
UNREADABLE = (ValueError, KeyError, IndexError, NotImplementedError, struct.error)
"""What transformers and gguf raise on a damaged file or an architecture they don't know."""
SAME_MATRIX = 0.5
"""Two copies of one matrix differ by their quantisation (0.04 for Q5_0 against Q8_0), two matrices by > 1."""


def require(*packages: str) -> None:
    """Raise `MissingExtra` for the first package that is absent. Imports none of them."""
    for package in packages:
        if find_spec(package) is None:
            raise MissingExtra(package, "local")


def convert(gguf: Path, folder: Path) -> None:
    """Dequantise `gguf` into `folder`. Takes about 40 s and 3 GB of memory for 0.5 billion parameters."""
    require("torch", "transformers", "gguf", "accelerate", "safetensors")
    tokenizer, model = _read(gguf)
    state = model.state_dict()
    model.config.tie_word_embeddings = _tie(state)
    _save_weights(state, folder / "model.safetensors")
    _save_configs(model, tokenizer, folder)


def _read(gguf: Path) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import get_verbosity, set_verbosity

    verbosity = get_verbosity()
    set_verbosity(logging.ERROR)  # it would advise kernels for packed weights, which these won't be
    try:
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.bfloat16)
    except UNREADABLE as error:
        raise ModelError(f"cannot read {gguf} as a GGUF model: {' '.join(str(error).split())}") from error
    finally:
        set_verbosity(verbosity)
    return tokenizer, model


def _save_weights(state: "dict[str, torch.Tensor]", path: Path) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    tensors = {name: tensor.contiguous() for name, tensor in state.items()}
    try:
        save_file(tensors, path, metadata={"format": "pt"})
    except SafetensorError as error:
        code = re.search(r"os error (\d+)", str(error))
        if code is None:
            raise
        raise OSError(int(code[1]), os.strerror(int(code[1]))) from error


def _tie(state: "dict[str, torch.Tensor]") -> bool:
    """Keep one of two copies of a tied embedding; return whether it is tied.

    llama.cpp may write a tied matrix twice, the output copy being the finer one.
    """
    output, embedding = "lm_head.weight", "model.embed_tokens.weight"
    if not {output, embedding} <= set(state):
        return output not in state
    fine, coarse = state[output][:1000].float(), state[embedding][:1000].float()
    if (fine - coarse).norm() > SAME_MATRIX * fine.norm():
        return False
    state[embedding] = state.pop(output)
    return True


def _save_configs(model: Any, tokenizer: Any, folder: Path) -> None:
    config, generation = model.config, model.generation_config
    vars(config).pop("quantization_config", None)
    config.architectures = [type(model).__name__]
    tokenizer.model_max_length = config.max_position_embeddings
    vocabulary = tokenizer.get_added_vocab()
    ends = [vocabulary[token] for token in TURN_ENDS if token in vocabulary]
    generation.eos_token_id = list(dict.fromkeys([tokenizer.eos_token_id, *ends]))
    config.save_pretrained(folder)
    generation.save_pretrained(folder)
    tokenizer.save_pretrained(folder)

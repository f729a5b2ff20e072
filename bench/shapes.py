"""Bases with random weights in the shapes that models have, and what one of them costs to compute.

`small` is for CPUs; the others are as wide and deep as Llama 3.2 1B, Llama 3.1 8B and LLaMA 65B, with the bundled
tokenizer (its 4,096 tokens make the output layer small, on both sides of a comparison).
"""

import json
import platform
import subprocess
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

from tunewright.base import Base, find, load_tokenizer
from tunewright.recipe import BaseSpec

SHAPES: dict[str, dict[str, int]] = {
    "small": {"hidden_size": 256, "intermediate_size": 688, "num_hidden_layers": 6, "num_attention_heads": 8,
              "num_key_value_heads": 4},
    "1b": {"hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16, "num_attention_heads": 32,
           "num_key_value_heads": 8},
    "8b": {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
           "num_key_value_heads": 8},
    "65b": {"hidden_size": 8192, "intermediate_size": 22016, "num_hidden_layers": 80, "num_attention_heads": 64,
            "num_key_value_heads": 64}}
RESULTS = Path(__file__).parent / "results"
PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "RTX 4090": 165e12}
"""Dense bf16 products a second that NVIDIA's data sheets state, by a part of the GPU's name."""


def config_of(shape: str, tokenizer: Any) -> LlamaConfig:
    """The configuration of a shape."""
    return LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=2048, pad_token_id=tokenizer.pad_token_id,
                       bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, **SHAPES[shape])


def make_base(folder: Path, shape: str = "small") -> Base:
    """A Llama with random weights in `folder`: in 32 bits on a CPU, in bf16 where there is a GPU."""
    logging.disable_progress_bar()
    tokenizer = load_tokenizer(find(BaseSpec(name="tiny"), Path()))
    tokenizer.save_pretrained(folder)
    cuda = torch.cuda.is_available()
    torch.manual_seed(0)
    with torch.device("cuda" if cuda else "cpu"):
        model = LlamaForCausalLM._from_config(config_of(shape, tokenizer), dtype=torch.bfloat16 if cuda else None)
    model.save_pretrained(folder)
    del model
    torch.cuda.empty_cache()
    return find(BaseSpec(name=str(folder)), folder)


def machine() -> str:
    """The GPU's name, else the processor's."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    try:
        told = subprocess.run(["lscpu", "--json"], capture_output=True, text=True, check=True).stdout
        return next(row["data"] for row in json.loads(told)["lscpu"] if row["field"] == "Model name:")
    except (OSError, subprocess.CalledProcessError, StopIteration):
        return platform.machine()


def utilisation(model: Any, tokens: int, seconds: float) -> float | None:
    """Share of the GPU's peak that LoRA training of so many tokens in so many seconds uses; None if none is known.

    Counted as if every token were computed by itself: 2 products a weight forward and 2 for the way back to the
    activations (Chowdhery et al., 2022, without attention). Sharing prefixes can so exceed what was truly computed.
    """
    peak = next((flops for name, flops in PEAKS.items() if name in machine()), None)
    if peak is None:
        return None
    weights = sum(weight.numel() for name, weight in model.named_parameters() if "lora_" not in name)
    return round(4 * weights * tokens / seconds / peak, 4)


def keep(name: str, result: dict[str, Any]) -> None:
    """Write a result under the machine's name into bench/results/, where it is compared over time."""
    RESULTS.mkdir(exist_ok=True)
    called = "".join(letter if letter.isalnum() else "-" for letter in machine()).strip("-").lower()
    (RESULTS / f"{called}-{name}.json").write_text(json.dumps({"machine": machine(), **result}, indent=2) + "\n")

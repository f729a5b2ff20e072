"""Writes the model the way transformers reads it; every file is renamed into place."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from pretrain import card
from pretrain.model import Config, Tiny
from pretrain.phrases import HELD_SHARE
from pretrain.template import END, PAD

LIMIT = 8_000_000


def config(c: Config) -> dict[str, Any]:
    """config.json of a Llama."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": c.vocab,
        "hidden_size": c.width,
        "intermediate_size": c.inner,
        "num_hidden_layers": c.layers,
        "num_attention_heads": c.heads,
        "num_key_value_heads": c.kv_heads,
        "head_dim": c.head,
        "max_position_embeddings": c.positions,
        "rms_norm_eps": c.eps,
        "rope_theta": c.theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": c.theta},
        "tie_word_embeddings": True,
        "attention_bias": True,
        "mlp_bias": False,
        "hidden_act": "silu",
        "initializer_range": 0.02,
        "bos_token_id": None,
        "eos_token_id": END,
        "pad_token_id": PAD,
        "dtype": "float16",
        "use_cache": True,
    }


def write(model: Tiny, tokenizer: Path, folder: Path, progress: dict[str, Any]) -> None:
    """Build the folder beside its place, then rename file by file, the weights last."""
    draft = folder.parent / f".{folder.name}.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copyfile(tokenizer / name, draft / name)
    (draft / "config.json").write_text(json.dumps(config(model.c), indent=2) + "\n", "utf-8")
    (draft / "generation_config.json").write_text(
        json.dumps({"do_sample": False, "eos_token_id": END, "pad_token_id": PAD}, indent=2) + "\n", "utf-8"
    )
    state = {k: v.detach().to(torch.float16).contiguous() for k, v in model.named_parameters()}
    save_file(state, draft / "model.safetensors", {"format": "pt"})
    (draft / "README.md").write_text(
        card.text(progress, sum(p.numel() for p in model.parameters()), HELD_SHARE), "utf-8"
    )
    size = sum(p.stat().st_size for p in draft.iterdir())
    if size > LIMIT:
        raise ValueError(f"the export has {size:,} bytes; the limit is {LIMIT:,}")
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(draft.iterdir(), key=lambda p: p.name == "model.safetensors"):
        path.replace(folder / path.name)
    draft.rmdir()

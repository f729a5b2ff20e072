"""Peak memory of one QLoRA step: NF4 with double quantisation, LoRA on all linear layers, activations checkpointed.

The QLoRA paper's headline is a 65B model on one GPU of 48 GB (Dettmers et al., 2023). The base has that shape and
random weights, drawn and quantised layer by layer, so that it never exists whole. On a GPU the peak is the allocator's;
on a CPU it is the process's, and `--shape small` shows that the script runs. Last line: JSON.

    python bench/qlora.py [--shape 65b] [--length 512] [--rank 64] [--keep]
"""

import argparse
import json
import resource
import time
from pathlib import Path
from typing import Any

import torch
from shapes import SHAPES, config_of, keep, machine
from transformers import LlamaForCausalLM

from tunewright.base import find, load_tokenizer
from tunewright.engine import nf4
from tunewright.recipe import BaseSpec, PhaseSpec
from tunewright.train.methods import lora, parameters


def quantised(shape: str, device: str) -> Any:
    """A model of the shape with random weights in four bits; embeddings, norms and head in bf16."""
    config = config_of(shape, load_tokenizer(find(BaseSpec(name="tiny"), Path())))
    with torch.device("meta"):
        model = LlamaForCausalLM._from_config(config, dtype=torch.bfloat16)
    head = model.get_output_embeddings()
    for name, part in list(model.named_modules()):
        if isinstance(part, torch.nn.Linear) and part is not head:
            drawn = torch.nn.Linear(part.in_features, part.out_features, False, device, torch.bfloat16)
            parent, _, leaf = name.rpartition(".")
            setattr(model.get_submodule(parent), leaf, nf4.small(drawn, torch.bfloat16, device, True))
        elif list(part.parameters(recurse=False)):
            part.to_empty(device=device, recurse=False)
            for weight in part.parameters(recurse=False):
                torch.nn.init.normal_(weight, 1.0 if weight.ndim == 1 else 0.0, 0.02)
    model.model.rotary_emb = type(model.model.rotary_emb)(config=config).to(device)
    model.is_loaded_in_4bit = True
    return model


def step(model: Any, length: int, device: str) -> float:
    """One step of AdamW on one record of `length` tokens; the loss."""
    model.activation_checkpointing_enable()
    model.train()
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, 1e-4, fused=True)
    ids = torch.randint(len(model.get_input_embeddings().weight), (1, length), device=device)
    with torch.autocast(device, torch.bfloat16):
        loss = model(input_ids=ids, labels=ids, use_cache=False).loss
    loss.backward()
    optimizer.step()
    return loss.item()


def peak(device: str) -> float:
    """The most memory so far, in GB."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (torch.cuda.max_memory_allocated() if device == "cuda" else kilobytes * 1024) / 1e9


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, default="65b" if torch.cuda.is_available() else "small")
    parser.add_argument("--length", type=int, default=512)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--keep", action="store_true", help="write the result into bench/results/")
    asked = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    began = time.perf_counter()
    model = lora.attach(quantised(asked.shape, device), PhaseSpec(method="qlora", rank=asked.rank))
    loaded = time.perf_counter() - began
    loss = step(model, asked.length, device)
    result = {"shape": asked.shape, "parameters": parameters(model), "length": asked.length, "rank": asked.rank,
              "peak_gb": round(peak(device), 2), "under_48_gb": peak(device) < 48, "loss": round(loss, 3),
              "seconds_to_quantise": round(loaded, 1), "machine": machine()}
    if asked.keep:
        keep(f"qlora-{asked.shape}", result)
    print(json.dumps(result))


if __name__ == "__main__":
    main()

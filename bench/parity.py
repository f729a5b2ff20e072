"""Gradients from a prefix tree against gradients from padding, for every objective, method and shape of model.

Every case trains nothing: it prepares a job as training does, takes the gradients of one step's records as a tree and
padded, both in 32 bits, and compares each weight's. `worst` is the largest difference, as a share of the gradient's
length. A case whose model would not read trees fails the whole. Last line: JSON.

    python bench/parity.py
"""

import argparse
import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig

from tunewright.base import Base, find, load_tokenizer
from tunewright.core.examples import Example, make_example
from tunewright.engine import attention
from tunewright.recipe import BaseSpec, PhaseSpec
from tunewright.train import fit
from tunewright.train.job import Job
from tunewright.train.objectives import KINDS

SIZE = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 3, "num_attention_heads": 4,
        "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 512, "initializer_range": 0.1}
LAYERS = ["sliding_attention", "full_attention", "sliding_attention"]
SHAPES: dict[str, dict[str, Any]] = {
    "llama": {"model_type": "llama"},
    "mistral": {"model_type": "mistral", "sliding_window": 24},
    "gemma": {"model_type": "gemma"},
    "gemma2": {"model_type": "gemma2", "sliding_window": 24, "attn_logit_softcapping": 5.0, "layer_types": LAYERS,
               "final_logit_softcapping": 5.0},
    "gemma3": {"model_type": "gemma3_text", "sliding_window": 24, "layer_types": LAYERS},
    "qwen2": {"model_type": "qwen2", "use_sliding_window": True, "sliding_window": 24, "layer_types": LAYERS},
    "qwen3": {"model_type": "qwen3"},
}
METHODS = ("full", "lora", "qlora")
WANTED = 1e-5


def make_base(folder: Path, shape: dict[str, Any]) -> Base:
    """A model of this shape with random weights, drawn when it is loaded, with the tokenizer of the bundled base."""
    tokenizer = load_tokenizer(find(BaseSpec(name="tiny"), Path()))
    tokenizer.save_pretrained(folder)
    settings = {key: value for key, value in shape.items() if key != "model_type"}
    AutoConfig.for_model(shape["model_type"], **SIZE, **settings, vocab_size=len(tokenizer),
                         pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id,
                         eos_token_id=tokenizer.eos_token_id).save_pretrained(folder)
    return find(BaseSpec(name=str(folder), weights="random"), folder)


def examples(objective: str) -> list[Example]:
    """Records of different lengths, most of which begin alike."""
    system = {"role": "system", "content": "You are brief, and you answer in one word or two, never more than that."}
    asked = ["Which fruit is yellow?", "Which fruit is green, and grows on a tree in the garden?", "Which is blue?"]
    said = ["a banana", "an apple", "none of them"]
    if objective == "pretrain":
        return [make_example(text=f"{question} It is {answer}. " * 3)
                for question, answer in itertools.product(asked, said)]
    prompts = [(system, {"role": "user", "content": question}) for question in asked]
    answers = [({"role": "assistant", "content": answer},) for answer in said]
    if objective == "sft":
        return [make_example(messages=(*prompt, *answer)) for prompt, answer in itertools.product(prompts, answers)]
    return [make_example(prompt=prompt, chosen=one, rejected=other)
            for prompt in prompts for one, other in itertools.combinations(answers, 2)]


def moved(job: Job) -> None:
    """Give every weight that learns a value: a fresh LoRA or head is zero, and hides what is behind it."""
    torch.manual_seed(1)
    with torch.no_grad():
        for name, weight in job.weights.items():
            if "lora_" in name or not weight.any():
                weight.normal_(std=0.1)


def gradients(job: Job) -> dict[str, torch.Tensor]:
    """The gradients of one step over all records, in one pass."""
    job.model.zero_grad()
    job.objective.loss(job.model, job.rows)[0].backward()
    return {name: weight.grad.clone() for name, weight in job.weights.items() if weight.grad is not None}


def apart(job: Job) -> float:
    """The largest difference of a weight's gradients from a tree and from padding, as a share of its length."""
    job.model.eval()
    tree = gradients(job)
    job.model.set_attn_implementation("eager")
    padded = gradients(job)
    assert tree.keys() == padded.keys()
    return max(float((tree[name] - one).norm() / one.norm()) for name, one in padded.items() if one.norm() > 0)


def main() -> None:
    """Compare every case and print the worst."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for shape, settings in SHAPES.items():
            base = make_base(Path(folder) / shape, settings)
            for objective, method in itertools.product((kind for kind in KINDS if kind != "ppo"), METHODS):
                phase = PhaseSpec(objective=objective, method=method, precision="fp32")
                job = fit.prepare(phase, base, examples(objective), [])
                if not attention.installed(job.model):
                    raise SystemExit(f"{shape} {objective} {method}: {job.apart}")
                moved(job)
                found[f"{shape} {objective} {method}"] = apart(job)
                print(f"{shape} {objective} {method}: {found[f'{shape} {objective} {method}']:.1e}", flush=True)
    worst = max(found, key=lambda case: found[case])
    print(json.dumps({"worst": found[worst], "case": worst, "cases": len(found), "wanted": WANTED,
                      "reached": found[worst] <= WANTED}))


if __name__ == "__main__":
    main()

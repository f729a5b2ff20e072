"""A base of two layers with random weights and a byte-level tokenizer, and adapters that make it say other things."""

import warnings
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tunewright.base import Base, find
from tunewright.recipe import BaseSpec

TEMPLATE = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def save_base(folder: Path, *, length: int = 512) -> Path:
    """Write a random Llama (2 layers, width 64) and its tokenizer into `folder`."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: at for at, letter in enumerate(letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|pad|>",
        additional_special_tokens=["<|system|>", "<|user|>", "<|assistant|>"])
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(vocab_size=len(fast), hidden_size=64, intermediate_size=128, num_hidden_layers=2,
                         num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=length,
                         initializer_range=0.2, eos_token_id=fast.eos_token_id, pad_token_id=fast.pad_token_id)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def save_adapter(base: Base, folder: Path, seed: int, rank: int = 4) -> Path:
    """Write a LoRA whose weights are all random, so that its answers differ from the base's."""
    from tunewright.base import load_model

    torch.manual_seed(seed)
    targets = ["q_proj", "v_proj", "down_proj"] if seed % 2 else "all-linear"
    model = load_model(base)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = get_peft_model(model, LoraConfig(r=rank, target_modules=targets, task_type="CAUSAL_LM"))
    for name, weight in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.2)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def random_base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = save_base(tmp_path_factory.mktemp("base"))
    return find(BaseSpec(name=str(folder)), folder)


@pytest.fixture(scope="session")
def adapters(random_base: Base, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three adapters by digest, of different rank and target modules."""
    folder = tmp_path_factory.mktemp("adapters")
    return {f"{seed}" * 64: save_adapter(random_base, folder / str(seed), seed, rank=2 + seed) for seed in (1, 2, 3)}

"""Losses are the same however few logits are computed at once, and however the model treats them."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch.testing import assert_close
from transformers import Gemma2Config, LlamaConfig
from transformers.models.auto import AutoModelForCausalLM

from tunewright.base import quiet_peft
from tunewright.engine.logits import losses

SMALL = {"vocab_size": 60, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "eos_token_id": 1, "bos_token_id": 1,
         "pad_token_id": 0, "initializer_range": 0.3}
IDS = torch.arange(3, 27).view(2, 12)
WANTED = torch.arange(30, 50)


def plain(_):
    return AutoModelForCausalLM.from_config(LlamaConfig(**SMALL))


def capped(_):
    return AutoModelForCausalLM.from_config(Gemma2Config(**SMALL, final_logit_softcapping=2.0, sliding_window=64))


def adapted(model):
    with quiet_peft():
        return get_peft_model(plain(model), LoraConfig(
            task_type="CAUSAL_LM", r=2, target_modules=["q_proj", "lm_head"], init_lora_weights=False))


@pytest.mark.parametrize("make", [plain, capped, adapted])
def test_losses_in_parts_are_those_at_once(make):
    torch.manual_seed(0)
    model, found, widest = make(None), {}, {}
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    for cells in (10_000, 7 * SMALL["vocab_size"]):
        shapes = []
        hook = model.get_output_embeddings().register_forward_hook(
            lambda *args, seen=shapes: seen.append(args[2].shape))
        each = losses(model, {"input_ids": IDS}, lambda hidden: hidden.flatten(0, 1)[2:22], WANTED, cells)
        found[cells] = [each, *torch.autograd.grad((each * torch.arange(20)).sum(), weights)]
        hook.remove()
        widest[cells] = max(shape.numel() // SMALL["vocab_size"] for shape in shapes)
    assert list(widest.values()) == [20, 7]
    for one, other in zip(*found.values(), strict=True):
        assert float(((one - other).norm() / other.norm()).detach()) < 1e-5


def test_afterwards_the_model_is_itself_again():
    torch.manual_seed(0)
    model = plain(None)
    with torch.no_grad():
        before = model(input_ids=IDS).logits
        losses(model, {"input_ids": IDS}, lambda hidden: hidden.flatten(0, 1)[2:22], WANTED, 100)
        assert_close(model(input_ids=IDS).logits, before, rtol=0, atol=0)

import pytest
import torch

from tunewright.base import load_model, quiet_peft
from tunewright.core.errors import Fault
from tunewright.recipe import PhaseSpec
from tunewright.train import methods

IDS = torch.tensor([[5, 9, 30, 31, 40, 41, 7, 1], [6, 6, 8, 90, 91, 3, 2, 1]])


def gradients(model):
    model(input_ids=IDS).logits.square().mean().backward()
    return {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}


def fill(model):
    """Give every adapter weight a value, as if trained: fresh ones have no effect."""
    torch.manual_seed(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_" in name:
                weight.normal_(std=0.1)
    return model


def peft_lora(base):
    from peft import LoraConfig, get_peft_model

    with quiet_peft():
        return get_peft_model(load_model(base), LoraConfig(
            task_type="CAUSAL_LM", r=4, lora_alpha=8, target_modules="all-linear"))


def test_lora_computes_what_peft_computes(base):
    ours, theirs = fill(methods.KINDS["lora"](load_model(base), PhaseSpec(rank=4))), fill(peft_lora(base))
    torch.testing.assert_close(ours(input_ids=IDS).logits, theirs(input_ids=IDS).logits, rtol=1e-5, atol=1e-5)
    mine, other = gradients(ours), gradients(theirs)
    assert mine.keys() == other.keys()
    for name, gradient in mine.items():
        torch.testing.assert_close(gradient, other[name], rtol=1e-4, atol=1e-6)


def test_lora_with_dropout_leaves_the_work_to_peft(base):
    model = methods.KINDS["lora"](load_model(base), PhaseSpec(rank=4, dropout=0.5)).train()
    fill(model)
    assert not torch.equal(model(input_ids=IDS).logits, model(input_ids=IDS).logits)


def test_a_fresh_adapter_changes_nothing(base):
    with torch.no_grad():
        plain = load_model(base)(input_ids=IDS).logits
        tuned = methods.KINDS["lora"](load_model(base), PhaseSpec())(input_ids=IDS).logits
    torch.testing.assert_close(tuned, plain, rtol=0, atol=1e-6)


def test_lora_trains_the_adapter_and_full_trains_everything(base):
    lora = methods.KINDS["lora"](load_model(base), PhaseSpec())
    assert all(("lora_" in name) == weight.requires_grad for name, weight in lora.named_parameters())
    assert all(weight.requires_grad for weight in methods.KINDS["full"](load_model(base), PhaseSpec()).parameters())


def test_lora_takes_the_targets_named(base):
    model = methods.KINDS["lora"](load_model(base), PhaseSpec(targets=("q_proj", "v_proj")))
    assert {name.split(".lora_")[0].rsplit(".", 1)[-1] for name, weight in model.named_parameters()
            if weight.requires_grad} == {"q_proj", "v_proj"}


def test_unknown_targets_are_refused_with_those_that_exist(base):
    with pytest.raises(Fault, match="linear layers are down_proj, gate_proj"):
        methods.KINDS["lora"](load_model(base), PhaseSpec(targets=("query",)))

"""A model reads trees only once it got the same from one as from padding."""

import pytest
import torch
from transformers import LlamaConfig
from transformers.models.auto import AutoModelForCausalLM

from tunewright.engine import attention
from tunewright.engine.lines import Line
from tunewright.engine.parity import settle

CONFIG = {"vocab_size": 60, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
          "num_attention_heads": 4, "num_key_value_heads": 2, "eos_token_id": 1, "bos_token_id": 1, "pad_token_id": 0,
          "initializer_range": 0.2}
BEGIN = list(range(5, 20))
LINES = [Line(torch.tensor(ids), torch.ones(len(ids), dtype=torch.bool))
         for ids in ([*BEGIN, 30, 31], [40, 41, 42], [*BEGIN, 32], [43, 44, 45, 46])]


@pytest.fixture
def model():
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(LlamaConfig(**CONFIG)).train()


def test_a_model_that_gets_the_same_reads_trees(model):
    assert settle(model, LINES, 0, exact=True) is None
    assert attention.installed(model)
    assert settle(model, LINES, 0, exact=True) is None, "and is not asked twice"
    assert model.training
    assert all(weight.grad is None for weight in model.parameters())


def test_one_line_is_enough_to_try(model):
    assert settle(model, LINES[:1], 0, exact=True) is None


def test_a_model_whose_layers_look_at_neighbours_is_found_out(model):
    """A token that mixes with the one before it in the row reads another record's end."""
    layer = model.model.layers[0]
    layer.register_forward_hook(lambda module, args, out: out + out.roll(1, dims=1))
    before = model.config._attn_implementation
    assert "other gradients" in settle(model, LINES, 0, exact=True)
    assert model.config._attn_implementation == before


def test_a_model_that_cannot_take_a_tree_says_so(model):
    model.model.layers[0].self_attn.forward = lambda hidden_states, attention_mask, **_: (
        hidden_states + attention_mask.view(hidden_states.shape) if attention_mask is not None else hidden_states, None)
    assert "do not take a tree (RuntimeError)" in settle(model, LINES, 0, exact=True)
    assert not attention.installed(model)

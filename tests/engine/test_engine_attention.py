"""Attention over a tree is attention under the tree's mask, whichever form computes it."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close
from transformers import BloomConfig, GPT2Config, GptOssConfig, LlamaConfig, Qwen3NextConfig
from transformers.models.auto import AutoModelForCausalLM

from tunewright.engine import attention
from tunewright.engine.tree import plant

SMALL = {"vocab_size": 50, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1,
         "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "eos_token_id": 1, "bos_token_id": 1,
         "pad_token_id": 0}
module = SimpleNamespace(num_key_value_groups=2, is_causal=True, training=False)
trees = st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=9).map(lambda ids: np.array(ids, np.int64)),
                 min_size=1, max_size=7).map(lambda found: plant(found, 1))


def textbook(query, key, value, tree, window, softcap, scaling):
    """Softmax of scores over all nodes, with what is not seen at minus infinity."""
    last, depth = torch.from_numpy(tree.last), torch.from_numpy(tree.depth)
    at = torch.arange(len(last))
    seen = (at <= at[:, None]) & (at[:, None] < last)
    if window:
        seen &= depth[:, None] - depth < window
    scores = query @ key.repeat_interleave(2, 1).transpose(2, 3) * scaling
    if softcap:
        scores = softcap * torch.tanh(scores / softcap)
    mixed = scores.masked_fill(~seen, -torch.inf).softmax(-1) @ value.repeat_interleave(2, 1)
    return mixed.transpose(1, 2)


@settings(max_examples=60)
@given(trees, st.sampled_from([None, 1, 3, 100]), st.sampled_from([None, 2.0]))
def test_attention_over_a_tree_is_that_under_its_mask(tree, window, softcap):
    torch.manual_seed(0)
    inputs = [torch.randn(1, heads, len(tree.ids), 8, dtype=torch.float32, requires_grad=True) for heads in (4, 2, 2)]
    found, _ = attention.attend(module, *inputs, None, tree=tree, scaling=0.4, softcap=softcap, sliding_window=window)
    wanted = textbook(*inputs, tree, window, softcap, 0.4)
    assert_close(found, wanted, rtol=1e-5, atol=1e-6)
    weight = torch.randn_like(wanted)
    for mine, other in zip(torch.autograd.grad(found, inputs, weight), torch.autograd.grad(wanted, inputs, weight),
                           strict=True):
        assert_close(mine, other, rtol=1e-4, atol=1e-5)


@given(trees, st.sampled_from([None, 2]))
def test_the_mask_for_flex_attention_is_the_dense_one(tree, window):
    last, depth = torch.from_numpy(tree.last), torch.from_numpy(tree.depth)
    seen = attention._seen(last, depth, window)
    pairs = [[bool(seen(None, None, torch.tensor(q), torch.tensor(k))) for k in range(len(last))]
             for q in range(len(last))]
    assert pairs == attention._dense(last, depth, window).tolist()


def test_a_cap_without_a_tree_is_causal():
    query, key, value = (torch.randn(2, heads, 6, 8) for heads in (4, 2, 2))
    found, _ = attention.attend(module, query, key, value, None, softcap=2.0, scaling=0.4)
    for row in range(2):
        alone = textbook(*(part[row:row + 1] for part in (query, key, value)), plant([np.arange(6)]), None, 2.0, 0.4)
        assert_close(found[row:row + 1], alone)


def test_a_model_takes_it_and_computes_what_it_did():
    model = AutoModelForCausalLM.from_config(LlamaConfig(**SMALL)).eval()
    ids = torch.arange(2, 22).view(2, 10)
    before = model(input_ids=ids).logits
    assert attention.install(model) is None
    assert attention.install(model) is None, "twice is as good as once"
    assert attention.installed(model)
    assert_close(model(input_ids=ids).logits, before, rtol=0, atol=0)


@pytest.mark.parametrize(("config", "reason"), [
    (Qwen3NextConfig(**SMALL, layer_types=["linear_attention"], num_experts=2, moe_intermediate_size=8,
                     shared_expert_intermediate_size=8), "layers of linear_attention"),
    (BloomConfig(vocab_size=50, hidden_size=16, n_layer=1, n_head=2), "cannot be replaced"),
    (LlamaConfig(**SMALL, attention_dropout=0.1), "at random"),
    (GPT2Config(vocab_size=50, n_embd=16, n_layer=1, n_head=2, attn_pdrop=0.1, bos_token_id=1, eos_token_id=1),
     "at random"),
    (GptOssConfig(**SMALL, num_local_experts=2, num_experts_per_tok=1), "sinks"),
])
def test_a_model_that_cannot_take_it_says_why_and_stays_as_it_was(config, reason):
    model = AutoModelForCausalLM.from_config(config)
    told = attention.install(model)
    assert reason in told
    assert not attention.installed(model)

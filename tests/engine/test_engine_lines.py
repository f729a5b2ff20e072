"""What a model says of lines is the same whether it reads each alone, padded side by side, or as a tree."""

import pytest
import torch
from torch.nn.functional import cross_entropy
from torch.testing import assert_close
from transformers import (
    Gemma2Config,
    Gemma3TextConfig,
    GemmaConfig,
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
    Qwen3Config,
)
from transformers.models.auto import AutoModelForCausalLM

from tunewright.engine import attention
from tunewright.engine.lines import Line, nats

SMALL = {"vocab_size": 60, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "eos_token_id": 1, "bos_token_id": 1,
         "pad_token_id": 0, "initializer_range": 0.2}
LAYERS = ["sliding_attention", "full_attention"]
SHAPES = {
    "llama": LlamaConfig(**SMALL),
    "mistral with a window": MistralConfig(**SMALL, sliding_window=9),
    "gemma": GemmaConfig(**SMALL),
    "gemma 2, capped, with a window": Gemma2Config(
        **SMALL, sliding_window=9, attn_logit_softcapping=2.0, final_logit_softcapping=3.0, layer_types=LAYERS),
    "gemma 3 with a window": Gemma3TextConfig(**SMALL, sliding_window=9, layer_types=LAYERS),
    "qwen 2 with a window": Qwen2Config(**SMALL, use_sliding_window=True, sliding_window=9, layer_types=LAYERS),
    "qwen 3": Qwen3Config(**SMALL),
}


def line(text, *scored):
    ids = torch.tensor(text)
    return Line(ids, torch.isin(torch.arange(len(ids)), torch.tensor(scored)))


TRUNK = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]
LINES = [
    line([*TRUNK, 20, 21, 22], 12, 13, 14),
    line([*TRUNK, 20, 21, 23, 24], 13, 15),  # a twig of the first, on from the same node
    line([*TRUNK, 30, *range(31, 40)], 12, 21),
    line([5, 6, 40, 41, 42], 2, 4),  # another root
    line([*TRUNK, 20, 21, 22], 12, 13, 14),  # the first again
    line([*TRUNK, 50, 51, 52, 53], 12),  # nothing is asked of its end
    line(TRUNK, 3, 11),  # the trunk itself
]


def model_of(shape, tree=False):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(SHAPES[shape], attn_implementation="eager").eval()
    if tree:
        assert attention.install(model) is None
    return model


def alone(model, one):
    """The textbook: one line, all logits, labels moved by one."""
    logits = model(input_ids=one.ids[None], use_cache=False).logits[0, :-1]
    return cross_entropy(logits, one.ids[1:], reduction="none")[one.mask[1:]]


def gradients(model, losses):
    """Gradients of a sum in which no two tokens weigh the same."""
    weights = torch.linspace(1, 2, len(losses))
    return torch.autograd.grad((losses * weights).sum(), list(model.parameters()))


@pytest.mark.parametrize("tree", [False, True], ids=["padded", "tree"])
@pytest.mark.parametrize("shape", SHAPES)
def test_losses_and_gradients_are_those_of_each_line_alone(shape, tree):
    plain, model = model_of(shape), model_of(shape, tree)
    wanted, found = torch.cat([alone(plain, one) for one in LINES]), nats(model, LINES, 0)
    assert_close(found, wanted, rtol=1e-5, atol=1e-5)
    for mine, other in zip(gradients(model, found), gradients(plain, wanted), strict=True):
        assert float((mine - other).norm() / other.norm()) < 1e-5


def test_a_model_that_knows_trees_reads_shared_tokens_once_and_no_end_that_predicts_nothing():
    model, seen = model_of("llama", tree=True), []
    model.get_input_embeddings().register_forward_hook(lambda module, args, out: seen.append(out.shape[1]))
    nats(model, LINES, 0)
    assert seen == [len(TRUNK) + 2 + 3 + 10 - 1 + 4]


def test_logits_are_computed_once_for_each_token_asked_of_a_node():
    model, seen = model_of("llama", tree=True), []
    model.lm_head.register_forward_hook(lambda module, args, out: seen.append(len(out)))
    nats(model, [LINES[0], LINES[0], LINES[2]], 0)
    assert seen == [3 + 2]


def test_checkpointed_activations_change_nothing():
    model = model_of("mistral with a window", tree=True)
    wanted = gradients(model, nats(model, LINES, 0))
    model.train()
    model.activation_checkpointing_enable()
    for mine, other in zip(gradients(model, nats(model, LINES, 0)), wanted, strict=True):
        assert_close(mine, other, rtol=1e-6, atol=1e-7)


def test_lines_of_which_nothing_is_scored_say_nothing():
    assert nats(model_of("llama", tree=True), [LINES[0], line([1, 2, 3])], 0).shape == (3,)

import json
import shutil

import pytest
import torch

from tunewright.base import find, load_model, load_tokenizer
from tunewright.core.errors import Fault
from tunewright.recipe import BaseSpec

SMALL = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 64, "hidden_size": 16,
         "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
         "tie_word_embeddings": True}


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "small"
    path.mkdir()
    (path / "config.json").write_text(json.dumps(SMALL))
    return path


def small(folder, **choices):
    return find(BaseSpec(name="small", **choices), folder.parent)


def weights(model):
    return torch.cat([weight.flatten() for weight in model.parameters()])


def test_random_weights_follow_their_seed_and_nothing_else(folder):
    state = torch.get_rng_state()
    first = weights(load_model(small(folder, weights="random", seed=3)))
    assert torch.equal(torch.get_rng_state(), state), "the caller's random state is not moved"
    torch.manual_seed(99)
    assert torch.equal(weights(load_model(small(folder, weights="random", seed=3))), first)
    assert not torch.equal(weights(load_model(small(folder, weights="random", seed=4))), first)


def test_saved_weights_come_back(folder):
    model = load_model(small(folder, weights="random"))
    model.save_pretrained(folder)
    base = small(folder)
    loaded = load_model(base)
    assert torch.equal(weights(loaded), weights(model))
    assert base.parameters == weights(model).numel()
    assert not loaded.training


@pytest.mark.parametrize(("dtype", "kind"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_weights_take_the_number_format_asked_for(folder, dtype, kind):
    assert load_model(small(folder, weights="random"), dtype=dtype).dtype == kind


def test_tiny_loads_and_its_tokenizer_knows_conversations(tmp_path):
    base = find(BaseSpec(name="tiny"), tmp_path)
    tokenizer = load_tokenizer(base)
    ids = tokenizer("Hello", return_tensors="pt")["input_ids"]
    assert load_model(base)(input_ids=ids).logits.shape[-1] >= len(tokenizer)
    assert tokenizer.chat_template


def test_an_architecture_nobody_knows_is_told(folder):
    (folder / "config.json").write_text(json.dumps({**SMALL, "model_type": "marvel"}))
    with pytest.raises(Fault, match="cannot be loaded") as told:
        load_model(small(folder, weights="random"))
    assert "\n" not in str(told.value)


def test_a_base_without_tokenizer_is_told(folder):
    with pytest.raises(Fault, match="tokenizer of base small cannot be read") as told:
        load_tokenizer(small(folder, weights="random"))
    assert "\n" not in str(told.value)


def test_weights_that_do_not_fit_the_configuration_are_told(folder):
    load_model(small(folder, weights="random")).save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps({**SMALL, "hidden_size": 32}))
    with pytest.raises(Fault, match="cannot be loaded"):
        load_model(small(folder))


def test_weights_that_are_missing_from_the_file_are_told(folder):
    load_model(small(folder, weights="random")).save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps({**SMALL, "num_hidden_layers": 2}))
    with pytest.raises(Fault, match="misses weights"):
        load_model(small(folder))


def test_a_base_can_be_moved(folder, tmp_path):
    load_model(small(folder, weights="random")).save_pretrained(folder)
    before = small(folder).digest
    shutil.copytree(folder, tmp_path / "elsewhere" / "small")
    assert small(tmp_path / "elsewhere" / "small").digest == before

"""What may be written into the base's weights is, and the logits stay; what may not is refused with its reason."""

from importlib.util import find_spec

import pytest
import torch
from spell import train_once, write_base

from tunewright.base import find, load_model
from tunewright.core.errors import Fault
from tunewright.engine import attached
from tunewright.recipe import BaseSpec, PhaseSpec
from tunewright.train.merge import fold, merge

IDS = torch.tensor([[5, 9, 30, 31, 40, 41, 7, 1]])
NEEDS_NF4 = pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
PHASES = {"lora": {}, "dora": {"method": "lora", "dora": True}, "qlora": {}, "bitfit": {}, "ia3": {},
          "hybrid": {"whole": ("layers.1",)}}


@pytest.fixture(scope="module")
def biased(tmp_path_factory):
    folder = write_base(tmp_path_factory.mktemp("bases") / "biased", attention_bias=True, mlp_bias=True)
    return find(BaseSpec(name=str(folder), weights="random"), folder)


def logits(model):
    with torch.no_grad():
        return model(input_ids=IDS).logits


def trained(home, base, dataset, name):
    more = {"method": "bitfit", "added": True} if name == "beft" else {"method": name, **PHASES.get(name, {})}
    return train_once(home, base, dataset, PhaseSpec(**more, steps=2, learning_rate=0.05))


@pytest.mark.parametrize("name", [pytest.param(name, marks=NEEDS_NF4) if name == "qlora" else name for name in PHASES])
def test_the_whole_model_says_what_the_adapter_says(home, biased, dataset, tmp_path, name):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = trained(home, biased, dataset, name)
    whole = merge(model, biased, home.store)
    adapter = attached.read(load_model(biased), home.store.get_folder(model.files, tmp_path / "adapter"))
    path = home.store.get_folder(whole.files, tmp_path / "whole")
    vanilla = AutoModelForCausalLM.from_pretrained(path)
    torch.testing.assert_close(logits(vanilla), logits(adapter), rtol=0, atol=1e-4)
    assert (logits(vanilla) - logits(load_model(biased))).abs().max() > 1e-3
    assert AutoTokenizer.from_pretrained(path).chat_template
    assert (whole.after, whole.adapter, whole.base) == (model.digest, False, model.base)
    assert whole.metrics["merge_difference"] < 1e-5


@pytest.mark.parametrize(("name", "reason"), [
    ("prefix", "method prefix cannot be merged: a prefix is keys and values that no token"),
    ("prompt", "method prompt cannot be merged: a prompt is tokens that stand before a text"),
    ("adapter", "method adapter cannot be merged: a bottleneck is a layer of its own"),
    ("beft", "method bitfit with added biases cannot be merged: they were added where the base's layers have none")])
def test_what_no_weight_can_hold_is_refused_with_its_reason(home, biased, dataset, name, reason):
    with pytest.raises(Fault, match=reason):
        merge(trained(home, biased, dataset, name), biased, home.store)


def test_a_whole_model_has_nothing_to_merge(home, biased, dataset):
    with pytest.raises(Fault, match="is whole already"):
        merge(trained(home, biased, dataset, "full"), biased, home.store)


def test_nothing_is_written_where_logits_differ(home, biased, dataset, tmp_path):
    """An adapter whose weights are so large that rounding alone parts it from its merge."""
    from safetensors.torch import load_file, save_file

    path = home.store.get_folder(trained(home, biased, dataset, "lora").files, tmp_path / "adapter")
    weights = load_file(path / "adapter_model.safetensors")
    save_file({name: weight * float("nan") for name, weight in weights.items()}, path / "adapter_model.safetensors")
    with pytest.raises(Fault, match="the merged model's logits differ"):
        fold(biased, path, tmp_path / "whole")
    assert not (tmp_path / "whole").exists()

"""What every method promises: a share that is trained, a start that the base is near, a folder that comes back."""

import json
from importlib.util import find_spec

import pytest
import torch
from pydantic import ValidationError
from spell import train_once, write_base

from tunewright.base import find, load_model
from tunewright.core.errors import Fault
from tunewright.core.examples import make_example
from tunewright.engine import attached
from tunewright.engine.lines import Line, nats
from tunewright.recipe import BaseSpec, PhaseSpec
from tunewright.train import fit, methods

IDS = torch.tensor([[5, 9, 30, 31, 40, 41, 7, 1], [6, 6, 8, 90, 91, 3, 2, 1]])
LINES = [Line(IDS[0], torch.tensor([False] * 3 + [True] * 5)), Line(IDS[1, :5], torch.tensor([False] * 4 + [True]))]
NEEDS_NF4 = pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
PHASES = {"lora": {}, "rslora": {"method": "lora", "rslora": True}, "dora": {"method": "lora", "dora": True},
          "qlora": {}, "adapter": {}, "houlsby": {"method": "adapter", "placement": "houlsby"}, "prefix": {},
          "prompt": {}, "bitfit": {}, "beft": {"method": "bitfit", "added": True}, "ia3": {},
          "hybrid": {"whole": ("layers.1",)}}
EVERY = [pytest.param(name, marks=NEEDS_NF4) if name == "qlora" else name for name in PHASES]
UNTOUCHED = [name for name in EVERY if name not in ("prefix", "prompt")]
PEFTS = ["lora", "rslora", "dora", "prefix", "prompt", "beft", "ia3", "hybrid"]
pytestmark = [pytest.mark.filterwarnings(f"ignore:.{old}. is deprecated:FutureWarning")  # PEFT asks by old names
              for old in ("is_gradient_checkpointing", "past_key_values")]


@pytest.fixture(scope="module")
def biased(tmp_path_factory):
    """The small base, with biases."""
    folder = write_base(tmp_path_factory.mktemp("bases") / "biased", attention_bias=True, mlp_bias=True)
    return find(BaseSpec(name=str(folder), weights="random"), folder)


def phase(name, **more):
    return PhaseSpec(**{"method": name, **PHASES[name], **more})


def attach(name, base):
    torch.manual_seed(0)
    spec = phase(name)
    return methods.KINDS[spec.method](load_model(base), spec)


def trained(model):
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def logits(model):
    with torch.no_grad():
        return model(input_ids=IDS, use_cache=False).logits[:, -IDS.shape[1]:]


@pytest.fixture
def folder(home, biased, dataset, tmp_path):
    def write(name):
        model = train_once(home, biased, dataset, phase(name, steps=2, learning_rate=0.05))
        return home.store.get_folder(model.files, tmp_path / name), model

    return write


@pytest.mark.parametrize("name", EVERY)
def test_a_step_moves_every_trainable_weight_and_no_other(biased, name):
    model = attach(name, biased)
    before = {key: weight.detach().clone() for key, weight in model.named_parameters()}
    optimizer = torch.optim.SGD(trained(model).values(), 1.0)
    for _ in range(2):  # a LoRA's first matrix has no gradient while the second is zero
        nats(model, LINES, 0).sum().backward()
        optimizer.step()
    moved = {key for key, weight in model.named_parameters() if not torch.equal(before[key], weight)}
    missing = {key for key in trained(model) if key not in moved}
    assert moved <= trained(model).keys()
    # A key's bias adds the same to every score of a query, which the softmax takes away again.
    assert all("k_proj" in key or "embed_tokens" in key for key in missing)


@pytest.mark.parametrize("name", UNTOUCHED)
def test_a_fresh_adapter_changes_nothing(biased, name):
    plain = load_model(biased)
    if name == "qlora":
        from tunewright.engine import nf4

        nf4.quantise(plain, "cpu")
    torch.testing.assert_close(logits(attach(name, biased)), logits(plain), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", EVERY)
def test_layers_computed_again_for_the_backward_pass_give_the_same_gradient(biased, name):
    gradients = []
    for again in (False, True):
        model = attach(name, biased).train()
        if again:
            model.activation_checkpointing_enable({"use_reentrant": False})
        nats(model, LINES, 0).sum().backward()
        gradients.append({key: weight.grad for key, weight in trained(model).items()})
    for key, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][key], gradient, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", EVERY)
def test_what_was_trained_comes_back_from_a_small_folder(biased, home, folder, name):
    path, model = folder(name)
    got = attached.read(load_model(biased), path)
    assert (logits(got) - logits(load_model(biased))).abs().max() > 1e-3
    assert model.adapter
    weights = (path / "adapter_model.safetensors").stat().st_size
    assert weights < 4 * model.trainable + 20_000
    assert not any(weight.requires_grad for weight in got.parameters())


@pytest.mark.parametrize("name", EVERY)
def test_a_reloaded_adapter_has_the_logits_it_was_trained_to(biased, home, dataset, tmp_path, name):
    from tunewright.core.examples import read_examples
    from tunewright.train import export, fit
    from tunewright.train.checkpoint import Course

    job = fit.prepare(phase(name), biased, read_examples(home.store, dataset, "train"), [])
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in job.weights.values():
            weight.add_(0.05 * torch.randn_like(weight))
    export.write(tmp_path, job, biased, dataset, "spell", Course(rows=[{"loss": 1.0}]))
    got = attached.read(load_model(biased), tmp_path)
    torch.testing.assert_close(logits(got), logits(job.model.eval()), rtol=0, atol=2e-5)


@pytest.mark.parametrize("name", PEFTS)
def test_vanilla_peft_loads_the_folder_with_equal_logits(biased, folder, name):
    from peft import PeftModel

    path, _ = folder(name)
    theirs = PeftModel.from_pretrained(load_model(biased), path).eval()
    torch.testing.assert_close(logits(theirs), logits(attached.read(load_model(biased), path)), rtol=0, atol=1e-5)
    assert json.loads((path / "adapter_config.json").read_text())["base_model_name_or_path"] == biased.name


def test_reading_an_adapter_onto_a_twin_leaves_the_weights_they_share(biased, folder):
    model = load_model(biased)
    plain = logits(model)
    for name in ("adapter", "bitfit", "prefix", "ia3"):
        one = attached.twin(model)
        assert one.model.embed_tokens.weight is model.model.embed_tokens.weight
        assert not torch.equal(logits(attached.read(one, folder(name)[0])), plain)
        assert torch.equal(logits(model), plain)


def test_the_card_shows_the_settings_that_the_method_knows(folder):
    card = (folder("houlsby")[0] / "README.md").read_text()
    assert "library_name: tunewright" in card
    assert "| placement | houlsby |" in card
    assert "| rank |" not in card


def test_qlora_keeps_the_base_in_four_bits(biased):
    if find_spec("bitsandbytes") is None:
        pytest.skip("bitsandbytes is not installed")
    model = attach("qlora", biased)
    small = model.get_base_model().model.layers[0].mlp.up_proj.base_layer.weight
    assert small.dtype == torch.uint8
    assert methods.parameters(model) == methods.parameters(attach("lora", biased))


def test_bitfit_on_a_base_without_biases_names_another_way(base):
    with pytest.raises(Fault, match=r"this base has none.*take `\{method: bitfit, added: true\}`.*PEFT's BEFT"):
        attach("bitfit", base)


def test_bitfit_adds_biases_to_a_base_that_has_none_if_asked(base):
    weights = trained(attach("beft", base))
    assert weights
    assert all("v_proj" in name for name in weights)


def test_hybrid_trains_the_layers_of_its_pattern_in_full_and_a_lora_on_the_rest(biased):
    names = trained(attach("hybrid", biased))
    assert {"layers.1" in name for name in names if "lora_" not in name} == {True}
    assert {"layers.0" in name for name in names if "lora_" in name} == {True}
    assert len([name for name in names if "lora_" not in name]) == 16


@pytest.mark.parametrize(("pattern", "said"), [
    ("layers.7", r"no module of this base matches 'layers.7' in `whole`.*called like model\.layers"),
    ("*", "shares between input and output")])
def test_a_pattern_that_cannot_be_is_refused(biased, pattern, said):
    spec = PhaseSpec(method="hybrid", whole=(pattern,))
    with pytest.raises(Fault, match=said):
        methods.KINDS["hybrid"](load_model(biased), spec)


def test_a_rank_above_the_layer_is_refused_with_its_width(base):
    with pytest.raises(Fault, match="rank 33 is above the width of k_proj, which is 32: lower rank"):
        methods.KINDS["lora"](load_model(base), PhaseSpec(rank=33))


def test_a_bottleneck_wider_than_the_base_is_refused(base):
    with pytest.raises(Fault, match="bottleneck 65 is wider than the base, whose width is 64"):
        methods.KINDS["adapter"](load_model(base), PhaseSpec(method="adapter", bottleneck=65))


@pytest.mark.parametrize(("given", "said"), [
    ({"method": "ia3", "rank": 4}, "method ia3 does not know rank: it has no settings of its own"),
    ({"method": "prefix", "rank": 4, "dora": True}, "does not know rank and dora: it knows virtual_tokens"),
    ({"method": "hybrid"}, "method hybrid needs `whole`")])
def test_settings_of_another_method_are_refused_by_name(given, said):
    with pytest.raises(ValidationError, match=said):
        PhaseSpec(**given)


@pytest.mark.parametrize("name", PHASES)
def test_a_phase_that_was_written_out_with_all_its_settings_is_read_again(name):
    assert PhaseSpec.model_validate(phase(name).model_dump(mode="json")) == phase(name)


def test_a_share_outside_the_literature_is_told_with_its_source():
    big, small = 1_000_000_000, 4_000_000
    assert methods.outside(PhaseSpec(method="adapter"), 36_000_000, big) is None
    assert "above the 0.5 to 8 % of its literature (Houlsby" in methods.outside(
        PhaseSpec(method="adapter"), 200_000_000, big)
    assert "below" in methods.outside(PhaseSpec(method="adapter"), 1_000_000, big)
    assert methods.outside(PhaseSpec(method="adapter"), 3_000_000, small) is None, "no paper has models so small"
    assert methods.outside(phase("hybrid"), 1, big) is None
    assert set(methods.RANGES) == set(methods.KINDS) - {"hybrid"}


@pytest.mark.parametrize("name", ["prefix", "prompt"])
def test_learned_tokens_and_the_record_fit_what_the_base_reads_together(biased, name):
    reads = load_model(biased).config.max_position_embeddings
    talk = make_example(messages=({"role": "user", "content": "a"}, {"role": "assistant", "content": "b" * 2 * reads}))
    job = fit.prepare(phase(name, virtual_tokens=reads - 20, length=2 * reads), biased, [talk], [])
    assert job.phase.length == 20
    assert len(job.rows[0].lines[0].ids) == 20
    with pytest.raises(Fault, match="leave no room for a record"):
        fit.prepare(phase(name, virtual_tokens=reads), biased, [talk], [])

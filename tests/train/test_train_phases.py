import json
from importlib.util import find_spec

import pytest
import torch
from liking import conversation, keep, tastes
from spell import Stop, spelling, stop_at

from tunewright import train
from tunewright.base import load_adapter, load_model
from tunewright.core.errors import Fault
from tunewright.core.examples import make_example
from tunewright.core.run import silent, start
from tunewright.engine import attached
from tunewright.lineage import walk
from tunewright.recipe import PhaseSpec

IDS = torch.tensor([[5, 9, 30, 31, 40, 41, 7, 1]])
TEXT = PhaseSpec(objective="pretrain", steps=3, rank=2, batch=4)
TALK = PhaseSpec(steps=3, rank=4, targets=("q_proj", "down_proj"), batch=4)


@pytest.fixture
def mixed(home, tmp_path):
    """Texts, conversations and preferences in one dataset."""
    texts = [make_example(text=word * 3) for word, _ in spelling(8, 1)]
    talks = [conversation(*pair) for pair in spelling(12, 2)]
    return keep(home, tmp_path / "mixed", [*texts, *talks, *tastes(8, 3)], tastes(4, 4))


def make(home, base, dataset, *phases, progress=silent, say=silent):
    run = start(home, "tester", say=say, progress=progress)
    return train.make(phases, base, dataset, "words", run), run


def logits(home, base, model, folder):
    path = home.store.get_folder(model.files, folder)
    with torch.no_grad():
        if model.adapter:
            return load_adapter(load_model(base), path)(input_ids=IDS).logits
        from transformers import AutoModelForCausalLM

        return AutoModelForCausalLM.from_pretrained(path)(input_ids=IDS).logits


def test_each_phase_is_a_model_of_its_own_that_names_the_one_before(home, base, mixed):
    model, run = make(home, base, mixed, TEXT, TALK)
    assert run.fresh == ["train", "train"]
    first, _ = make(home, base, mixed, TEXT)
    assert (model.after, first.after) == (first.digest, None)
    home.store.put_record(mixed)
    assert [link.kind for link in walk(home, home.store.put_record(model))] == ["model", "dataset", "model", "source"]


def test_a_phase_that_was_trained_before_is_not_trained_again(home, base, mixed):
    make(home, base, mixed, TEXT, TALK)
    _, run = make(home, base, mixed, TEXT, TALK.model_copy(update={"steps": 4}))
    assert run.fresh == ["train"]
    assert make(home, base, mixed, TEXT, TALK)[1].fresh == []


def test_lora_on_lora_is_one_adapter_over_the_declared_base_with_the_ranks_added(home, base, mixed, tmp_path):
    stacked, _ = make(home, base, mixed, TEXT, TALK)
    merged, _ = make(home, base, mixed, TEXT, TALK.model_copy(update={"join": "merge"}))
    assert (stacked.adapter, merged.adapter) == (True, False)
    one, other = (logits(home, base, model, tmp_path / name) for name, model in (("s", stacked), ("m", merged)))
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    assert json.loads((tmp_path / "s" / "adapter_config.json").read_text())["r"] == 6


def test_what_an_earlier_phase_learned_is_kept(home, base, mixed, tmp_path):
    first, _ = make(home, base, mixed, TEXT)
    still, _ = make(home, base, mixed, TEXT, TALK.model_copy(update={"learning_rate": 1e-12}))
    torch.testing.assert_close(logits(home, base, still, tmp_path / "still"),
                               logits(home, base, first, tmp_path / "first"), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("phase", [
    PhaseSpec(method="hybrid", whole=("layers.1",), rank=2, steps=2, batch=4),
    pytest.param(PhaseSpec(method="qlora", rank=2, steps=2, batch=4), marks=pytest.mark.skipif(
        find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed"))])
def test_what_a_phase_of_another_method_learned_is_folded_in_and_kept(home, base, mixed, tmp_path, phase):
    first, _ = make(home, base, mixed, phase)
    adapted = attached.read(load_model(base), home.store.get_folder(first.files, tmp_path / "first"))
    still, _ = make(home, base, mixed, phase, phase.model_copy(update={"learning_rate": 1e-12, "method": "full"}))
    assert (still.adapter, still.after) == (False, first.digest)
    torch.testing.assert_close(logits(home, base, still, tmp_path / "still"), adapted(input_ids=IDS).logits,
                               rtol=1e-4, atol=1e-5)


def test_a_full_phase_before_makes_the_result_a_whole_model(home, base, mixed, tmp_path):
    full = PhaseSpec(objective="pretrain", method="full", steps=2, batch=4)
    model, _ = make(home, base, mixed, full, TALK)
    assert not model.adapter
    assert logits(home, base, model, tmp_path / "whole").shape == (1, 8, 262)
    with pytest.raises(Fault, match=r"`join: stack` makes one adapter of plain lora phases only"):
        make(home, base, mixed, full, TALK.model_copy(update={"join": "stack"}))


def test_a_stopped_second_phase_goes_on_to_the_same_model(home, base, mixed):
    def stop(stage, text):
        if phase[-1].startswith("phase 2"):
            stop_at(2)(stage, text)

    phase = [""]
    with pytest.raises(Stop):
        make(home, base, mixed, TEXT, TALK, progress=stop, say=lambda _, text: phase.append(text) if text.startswith(
            "phase") else None)
    resumed, run = make(home, base, mixed, TEXT, TALK)
    assert run.fresh == ["train"]
    for cached in home.cache.iterdir():
        cached.unlink()
    assert make(home, base, mixed, TEXT, TALK)[0] == resumed


@pytest.mark.parametrize(("objective", "wanted"), [("pretrain", "`format: text`"), ("dpo", "`format: preference`"),
                                                   ("reward", "`format: preference`")])
def test_a_phase_without_examples_of_its_shape_says_which_source_it_needs(home, base, dataset, objective, wanted):
    with pytest.raises(Fault, match=f"objective {objective} learns from .* add a source such as {wanted}"):
        make(home, base, dataset, PhaseSpec(objective=objective, steps=1))


def test_a_method_that_cannot_be_folded_stands_alone(home, base, mixed):
    with pytest.raises(Fault, match="method prefix cannot be folded"):
        make(home, base, mixed, TEXT, PhaseSpec(method="prefix", steps=1))

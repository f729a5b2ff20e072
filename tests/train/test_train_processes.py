"""Two processes that train as one."""

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load
from spell import Stop, stop_at

from tunewright import train
from tunewright.core.errors import Fault
from tunewright.core.run import silent, start
from tunewright.recipe import ComputeSpec, PhaseSpec
from tunewright.train import together
from tunewright.train.checkpoint import Shelf
from tunewright.train.join import Start
from tunewright.train.launch import Order


def make(home, base, dataset, phase, processes, progress=silent, say=silent, shard=False):
    run = start(home, "tester", progress=progress, say=say)
    return train.make((phase,), base, dataset, "spell", run, ComputeSpec(processes=processes, shard=shard))


def weights_of(home, model):
    return load(home.store.get(home.store.folder(model.files)["adapter_model.safetensors"]))


def one_of(own, count):
    return SimpleNamespace(accelerator=SimpleNamespace(process_index=own, num_processes=count))


@given(st.lists(st.integers(1, 99), min_size=1, max_size=40), st.integers(1, 5))
def test_every_record_of_a_step_is_in_one_process(sizes, count):
    rows = [SimpleNamespace(size=size) for size in sizes]
    shares = [together.share(one_of(own, count), rows, range(len(rows))) for own in range(count)]
    assert sorted(at for share in shares for at in share) == list(range(len(rows)))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_one_process_takes_all_in_the_order_given():
    assert together.share(one_of(0, 1), [], [3, 1, 2]) == [3, 1, 2]


def test_an_order_comes_back_as_it_was(home, base, dataset, tmp_path):
    run = start(home, "tester")
    order = Order(PhaseSpec(rank=4), Start(base), dataset, "spell", run, Shelf(tmp_path, {"base": base.digest}),
                  ComputeSpec(processes=3, shard=True))
    again = Order.from_json(order.to_json())
    assert again.compute == order.compute
    assert (again.phase, again.start, again.dataset, again.name) == (order.phase, order.start, dataset, "spell")
    assert (again.run.home.path, again.run.folder, again.run.by) == (home.path, run.folder, "tester")
    assert (again.shelf.path, again.shelf.inputs) == (order.shelf.path, order.shelf.inputs)


def test_ppo_in_several_processes_is_refused(home, base, dataset):
    with pytest.raises(Fault, match="objective ppo writes its answers in one process"):
        make(home, base, dataset, PhaseSpec(objective="ppo", ppo={"reward": "length"}), 2)


@pytest.mark.slow
def test_two_processes_equal_one(home, base, dataset):
    phase = PhaseSpec(steps=9, batch=5, batch_tokens=60, validate_every=3, weight_decay=0.1)
    told = []
    one = make(home, base, dataset, phase, 1)
    two = make(home, base, dataset, phase, 2, progress=lambda stage, text: told.append(text.split("/")[0]))
    assert told == [str(step) for step in range(1, 10)]
    assert two.metrics == pytest.approx(one.metrics, rel=1e-5)
    mine, other = weights_of(home, one), weights_of(home, two)
    for name in mine:
        torch.testing.assert_close(other[name], mine[name], rtol=1e-5, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_model_cut_among_two_processes_learns_what_a_whole_one_does(home, base, dataset, method):
    phase = PhaseSpec(method=method, steps=5, batch=3, batch_tokens=40, validate_every=2, weight_decay=0.1)
    one, two = make(home, base, dataset, phase, 1), make(home, base, dataset, phase, 2, shard=True)
    assert two.metrics == pytest.approx(one.metrics, rel=1e-5)
    assert (two.trainable, two.parameters) == (one.trainable, one.parameters)
    mine, other = (load(home.store.get(digest)) for made in (one, two)
                   for name, digest in home.store.folder(made.files).items() if name.endswith(".safetensors"))
    assert mine.keys() == other.keys()
    for name in mine:
        torch.testing.assert_close(other[name], mine[name], rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_a_cut_run_goes_on_bit_for_bit(home, base, dataset):
    phase = PhaseSpec(steps=4, batch=5, dropout=0.2, checkpoint_every=2, validate_every=2)
    with pytest.raises(Stop):
        make(home, base, dataset, phase, 2, progress=stop_at(3), shard=True)
    resumed = make(home, base, dataset, phase, 2, shard=True)
    for cached in home.cache.iterdir():
        cached.unlink()
    assert resumed.digest == make(home, base, dataset, phase, 2, shard=True).digest


@pytest.mark.parametrize(("phase", "processes", "said"), [
    ({}, 1, "there is one: set `processes: 2`"), ({"method": "prompt"}, 2, "method prompt cannot be cut"),
    ({"optimizer": "adamw8bit"}, 2, "goes with optimizer adamw")])
def test_what_cannot_be_cut_is_refused(home, base, dataset, phase, processes, said):
    with pytest.raises(Fault, match=said):
        make(home, base, dataset, PhaseSpec(**phase), processes, shard=True)


@pytest.mark.slow
def test_a_run_of_two_processes_goes_on_bit_for_bit(home, base, dataset):
    phase = PhaseSpec(steps=4, batch=5, dropout=0.2, checkpoint_every=2)
    with pytest.raises(Stop):
        make(home, base, dataset, phase, 2, progress=stop_at(3))
    said = []
    resumed = make(home, base, dataset, phase, 2, say=lambda stage, text: said.append(text))
    for cached in home.cache.iterdir():
        cached.unlink()
    assert resumed.digest == make(home, base, dataset, phase, 2).digest
    assert any(text.startswith("goes on from step 2") for text in said)
    assert resumed.metrics["loss"] != make(home, base, dataset, phase, 1).metrics["loss"], "each drops out its own"


@pytest.mark.slow
def test_a_fault_in_the_processes_is_told_in_its_own_words(home, base, dataset):
    with pytest.raises(Fault, match="raise length") as told:
        make(home, base, dataset, PhaseSpec(steps=1, length=2), 2)
    assert "\n" not in str(told.value)

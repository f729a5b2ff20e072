import pytest
import torch
from safetensors.torch import load
from spell import Stop, stop_at, train_once

from tunewright.core.errors import Fault
from tunewright.core.examples import read_examples
from tunewright.recipe import PhaseSpec
from tunewright.train import compute, fit
from tunewright.train.noise import noisy
from tunewright.train.optimizer import make_optimizer


@pytest.fixture
def job(home, base, dataset):
    def make(**phase):
        return fit.prepare(PhaseSpec(**phase), base, read_examples(home.store, dataset, "train"), [])

    return make


def gradients(job):
    """Loss and gradients of the first four records, in training mode."""
    job.model.train()
    loss, _ = job.objective.loss(job.model, job.rows[:4])
    loss.backward()
    return loss.item(), {name: weight.grad.clone() for name, weight in job.weights.items()}


def test_matrices_decay_and_norms_do_not(job):
    one = job(method="full", weight_decay=0.1)
    decays = {weight: group["weight_decay"] for group in make_optimizer(one).param_groups for weight in group["params"]}
    assert {(weight.ndim >= 2, decays[weight]) for weight in one.weights.values()} == {(True, 0.1), (False, 0.0)}


def test_every_trainable_weight_is_in_one_group(job):
    one = job(lora_plus=16)
    listed = [id(weight) for group in make_optimizer(one).param_groups for weight in group["params"]]
    assert sorted(listed) == sorted(map(id, one.weights.values()))


def test_lora_plus_gives_the_second_matrices_a_higher_rate(job):
    one = job(lora_plus=16)
    shares = {weight: group["share"] for group in make_optimizer(one).param_groups for weight in group["params"]}
    assert {("lora_B" in name, shares[weight]) for name, weight in one.weights.items()} == {(True, 16), (False, 1)}


def test_lora_plus_trains(home, base, dataset):
    model = train_once(home, base, dataset, PhaseSpec(steps=4, lora_plus=4, learning_rate=1e-3))
    plain = train_once(home, base, dataset, PhaseSpec(steps=4, learning_rate=1e-3))
    assert model.metrics["loss"] < plain.metrics["loss"]


def test_lora_plus_without_lora_is_refused(job):
    with pytest.raises(Fault, match="method full trains none: remove lora_plus"):
        make_optimizer(job(method="full", lora_plus=16))


@pytest.mark.parametrize("kind", ["paged_adamw", "paged_adamw8bit"])
def test_an_optimizer_that_needs_a_gpu_is_refused_without_one(job, kind):
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(Fault, match=f"optimizer {kind} moves moments between a CUDA GPU and the CPU"):
        make_optimizer(job(optimizer=kind))


def test_moments_in_8_bits_train_as_well_and_a_stopped_run_keeps_them(home, base, dataset):
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    phase = PhaseSpec(method="full", steps=6, optimizer="adamw8bit", checkpoint_every=2)
    whole = train_once(home, base, dataset, phase)
    for cached in home.cache.iterdir():
        cached.unlink()
    with pytest.raises(Stop):
        train_once(home, base, dataset, phase, stop_at(5))
    kept = load(max(home.path.glob("checkpoints/*/0*/optimizer.safetensors")).read_bytes())
    assert {tensor.dtype for name, tensor in kept.items() if name.endswith("state1")} == {torch.uint8, torch.float32}
    assert train_once(home, base, dataset, phase).digest == whole.digest
    plain = train_once(home, base, dataset, phase.model_copy(update={"optimizer": "adamw"}))
    assert whole.metrics["validation"] == pytest.approx(plain.metrics["validation"], rel=0.02)


def test_noise_moves_the_training_loss_a_little_and_the_validation_loss_not_at_all(job):
    plain, one = job(), job(neftune=5)
    with noisy(one), torch.no_grad():
        one.model.train()
        trained = [one.objective.loss(one.model, one.rows)[0].item() for _ in range(2)]
        one.model.eval()
        validated = one.objective.loss(one.model, one.rows)[0].item()
    plain.model.eval()
    expected = plain.objective.loss(plain.model, plain.rows)[0].item()
    assert validated == expected
    assert len({*trained, expected}) == 3
    assert trained == pytest.approx([expected] * 2, rel=0.2)


def test_noise_stays_within_its_bound_and_goes_when_training_ends(job):
    one = job(neftune=5)
    embed, ids = one.model.get_input_embeddings(), torch.arange(100)[None]
    before = embed(ids)
    embed.train()
    with noisy(one):
        noise = embed(ids) - before
    mean = sum(row.tokens for row in one.rows) / len(one.rows)
    most = 5 / (mean * before.shape[-1]) ** 0.5
    assert 0.9 * most < noise.abs().max() <= most * (1 + 1e-6)
    assert torch.equal(embed(ids), before)


@pytest.mark.parametrize("phase", [{"method": "full"}, {"method": "lora", "dropout": 0.3}])
def test_computing_activations_again_changes_neither_loss_nor_gradients(job, phase):
    found = []
    for again in (False, True):
        one = job(**phase, checkpoint_activations=again)
        torch.manual_seed(7)
        found.append(gradients(one))
    (loss, grads), (again_loss, again_grads) = found
    assert loss == again_loss
    assert grads.keys() == again_grads.keys()
    assert all(torch.equal(grads[name], again_grads[name]) for name in grads)


def test_activations_are_then_computed_twice(job):
    counts = []
    for again in (False, True):
        one = job(checkpoint_activations=again)
        layer, seen = one.model.get_base_model().model.layers[0].mlp, []
        layer.register_forward_pre_hook(lambda *_, seen=seen: seen.append(1))
        gradients(one)
        counts.append(len(seen))
    assert counts == [1, 2]


def test_a_base_that_cannot_compute_again_is_refused(job):


    one = job()
    with pytest.raises(Fault, match="cannot compute activations a second time"):
        compute.ready(one.accelerator, torch.nn.Linear(2, 2), PhaseSpec(checkpoint_activations=True))



import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load
from spell import make_dataset, train_once

from tunewright.core.errors import Fault
from tunewright.core.examples import read_examples
from tunewright.recipe import PhaseSpec
from tunewright.train import fit, watch

Losses = st.lists(st.floats(0, 10), min_size=40, max_size=60)


def rows(losses):
    return [{"loss": loss} for loss in losses]


@given(Losses)
def test_a_loss_that_stays_in_its_band_is_never_suspect(noise):
    assert watch.streak(rows(3 + loss / 20 for loss in noise)) == 0


@given(Losses)
def test_a_falling_loss_is_never_suspect(losses):
    assert watch.streak(rows(sorted(losses, reverse=True))) == 0


@given(Losses, st.floats(20, 1e6), st.integers(0, watch.STREAK))
def test_steps_far_above_the_level_are_counted(losses, far, count):
    below = [1 + loss / 20 for loss in losses]
    assert watch.streak(rows([*below, *[far] * count])) == count


def test_one_bad_batch_is_no_divergence():
    assert watch.streak(rows([2.0] * 40 + [90.0] + [2.0])) == 0


def test_the_first_steps_have_no_level_yet():
    assert watch.streak(rows([1.0, 90.0, 90.0, 90.0, 90.0])) == 0


def test_a_loss_that_grows_from_the_start_is_seen_though_its_level_grows_with_it():
    assert watch.streak(rows(1.2 ** step for step in range(60))) == watch.STREAK


@pytest.fixture
def job(home, base, dataset):
    def make(**phase):
        return fit.prepare(PhaseSpec(**phase), base, read_examples(home.store, dataset, "train"), [])

    return make


@pytest.mark.parametrize(("count", "said"), [(1, "row 1"), (3, "row 1, row 2, row 3"),
                                             (5, "row 1, row 2, row 3 and 2 more")])
def test_records_are_named_by_source_and_row(job, count, said):
    assert watch.places(job(), range(count)) == said


def test_a_loss_that_is_no_number_names_step_and_records_and_keeps_the_last_good_checkpoint(home, base, dataset):
    phase = PhaseSpec(method="full", learning_rate=1e18, clip=1e30, epochs=20, checkpoint_every=1, warmup=0.9)
    with pytest.raises(Fault, match=r"no longer a number at step \d+ \(words\.csv row \d+, .* and 13 more\)") as told:
        train_once(home, base, dataset, phase)
    assert "\n" not in str(told.value)
    kept = max((home.path / "checkpoints").glob("*/0*/weights.safetensors"))
    assert all(torch.isfinite(weight).all() for weight in load(kept.read_bytes()).values())


def test_a_divergence_names_its_first_step_and_keeps_the_checkpoint_from_before(home, base, tmp_path):
    data = make_dataset(home, tmp_path / "w", train=48, validation=0)
    phase = PhaseSpec(method="full", epochs=20, batch=8, checkpoint_every=1, learning_rate=20, warmup=0.95, clip=1e9)
    with pytest.raises(Fault, match=r"the loss rose from \S+ to \S+ at step (\d+) \(words\.csv row") as told:
        train_once(home, base, data, phase)
    rose = int(str(told.value).split("at step ")[1].split()[0])
    kept = max((home.path / "checkpoints").glob("*/0*")).name
    assert int(kept) == rose - 1

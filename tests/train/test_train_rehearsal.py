from dataclasses import replace

import pytest
import torch

from tunewright.core.errors import Fault
from tunewright.core.examples import read_examples
from tunewright.recipe import PhaseSpec
from tunewright.train import fit
from tunewright.train.rehearsal import rehearse


@pytest.fixture
def job(home, base, dataset):
    def make(**phase):
        made = fit.prepare(PhaseSpec(**phase), base, read_examples(home.store, dataset, "train"), [])
        return replace(made, sources=("words.csv",))

    return make


class Watched:
    """An objective that notes which rows it sees, and may answer with something else than the loss."""

    def __init__(self, objective, answer=lambda loss, rows: loss):
        self.objective, self.chat, self.answer, self.seen = objective, objective.chat, answer, []

    def loss(self, model, rows):
        self.seen.append([row.place[1] for row in rows])
        loss, figures = self.objective.loss(model, rows)
        return self.answer(loss, rows), figures


@pytest.mark.parametrize("phase", [{"method": "lora", "dropout": 0.5}, {"method": "full", "weight_decay": 0.1}])
def test_a_rehearsal_leaves_no_trace(job, phase):
    one = job(**phase)
    before = {name: weight.detach().clone() for name, weight in one.model.state_dict().items()}
    state, training = torch.get_rng_state(), one.model.training
    rehearse(one)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], weight) for name, weight in one.model.state_dict().items())
    assert all(weight.grad is None for weight in one.weights.values())
    assert one.model.training == training


def test_the_longest_records_come_first_and_then_those_of_the_first_step(job):
    one = job(batch=4)
    watched = Watched(one.objective)
    rehearse(replace(one, objective=watched))
    sizes = {row.place[1]: row.size for row in one.rows}
    assert sorted(sizes[row] for row in watched.seen[0]) == sorted(sizes.values())[-4:]
    assert sorted(row for part in watched.seen[1:] for row in part) == sorted(
        one.rows[at].place[1] for at in next(one.batches.since(0)))


def test_what_does_not_fit_the_memory_is_told_with_its_records(job):
    def exhausted(loss, rows):
        raise torch.OutOfMemoryError

    one = job(batch=2)
    with pytest.raises(Fault, match=r"\d+ tokens in one pass \(words\.csv row \d+, words\.csv row \d+\), do not fit"):
        rehearse(replace(one, objective=Watched(one.objective, exhausted)))
    assert all(weight.grad is None for weight in one.weights.values())


def test_a_loss_that_is_no_number_is_told_before_the_first_step_with_the_record_that_makes_it_so(job):
    one = job(batch=48)
    poisoned = Watched(one.objective, lambda loss, rows: loss * (
        float("nan") if any(row.place[1] == 7 for row in rows) else 1))
    with pytest.raises(Fault, match=r"no longer a number at step 1 \(words\.csv row 7\)"):
        rehearse(replace(one, objective=poisoned))


def test_a_loss_that_teaches_nothing_is_told(job):
    one = job(batch=2)
    with pytest.raises(Fault, match="no gradient of the first records"):
        rehearse(replace(one, objective=Watched(one.objective, lambda loss, rows: loss * 0)))


def test_the_time_of_a_token_is_measured(job):
    rehearsed = rehearse(job())
    assert rehearsed.seconds > 0
    assert (rehearsed.memory is None) == (not torch.cuda.is_available())

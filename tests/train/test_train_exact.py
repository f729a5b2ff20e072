from dataclasses import replace

import pytest
import torch
from spell import train_once

from tunewright.core.errors import Fault
from tunewright.core.examples import read_examples
from tunewright.recipe import PhaseSpec
from tunewright.train import fit
from tunewright.train.exact import exact


@pytest.fixture
def job(home, base, dataset):
    """A job whose model knows its first eight records nearly by heart, which are also its validation records."""
    examples = read_examples(home.store, dataset, "train")[:8]
    made = fit.prepare(PhaseSpec(method="full", answers=8, learning_rate=3e-3), base, examples, examples)
    optimizer = torch.optim.AdamW(made.model.parameters(), 3e-3)
    for _ in range(60):
        made.objective.loss(made.model, made.rows)[0].backward()
        optimizer.step()
        optimizer.zero_grad()
    return made


def greedy(job, row):
    """The tokens that greedy decoding gives to the row's prompt, as many as are expected."""
    ids = row.lines[0].ids
    start = int(row.lines[0].mask.nonzero()[0])
    said = ids[:start]
    with torch.no_grad():
        while len(said) < len(ids):
            said = torch.cat([said, job.model(input_ids=said[None], use_cache=False).logits[0, -1:].argmax(-1)])
    return said


def test_it_is_what_greedy_decoding_gives(job):
    right = sum(torch.equal(greedy(job, row), row.lines[0].ids) for row in job.validation)
    assert exact(job) == {"exact": right / 8}
    assert right > 0


def test_only_as_many_records_as_asked_for_are_looked_at(job):
    wrong = replace(job.validation[0].lines[0], ids=job.validation[0].lines[0].ids.flip(0))
    worse = [*job.validation[:7], replace(job.validation[7], lines=(wrong,))]
    seven = job.phase.model_copy(update={"answers": 7})
    assert exact(replace(job, phase=seven, validation=worse)) == exact(replace(job, phase=seven))


def test_unless_asked_for_there_is_none(job):
    assert exact(replace(job, phase=job.phase.model_copy(update={"answers": None}))) == {}


def test_the_model_goes_on_training_afterwards(job):
    job.model.train()
    exact(job)
    assert job.model.training


def test_an_objective_without_right_answers_is_refused_before_the_first_step(home, base, dataset):
    with pytest.raises(Fault, match="objective pretrain knows no right answer"):
        examples = read_examples(home.store, dataset, "train")
        one = fit.prepare(PhaseSpec(answers=2), base, examples, examples)
        exact(replace(one, phase=PhaseSpec(objective="pretrain", answers=2)))


def test_it_is_in_the_metrics_of_each_validation(home, base, dataset):
    train_once(home, base, dataset, PhaseSpec(steps=2, validate_every=2, answers=4))
    assert '"exact": 0.0' in (max(home.runs.iterdir()) / "train" / "metrics.jsonl").read_text().splitlines()[-1]

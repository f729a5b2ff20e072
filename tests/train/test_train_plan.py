import pytest

from tunewright.core.examples import read_examples
from tunewright.recipe import PhaseSpec
from tunewright.train import fit
from tunewright.train.plan import plan


@pytest.fixture
def job(home, base, dataset):
    def make(**phase):
        return fit.prepare(PhaseSpec(**phase), base, read_examples(home.store, dataset, "train"),
                           read_examples(home.store, dataset, "validation"))

    return make


def test_the_plan_counts_what_will_be_done(job):
    planned = plan(job(epochs=2, rank=4))
    assert (planned.steps, planned.method) == (6, "lora r4")
    assert planned.tokens == 2 * sum(row.tokens for row in job().rows)
    assert planned.seconds > 0
    assert 0 < planned.share < 0.1


def test_full_training_trains_everything_and_needs_more_memory(job):
    full, lora = plan(job(method="full")), plan(job(rank=1))
    assert full.share == 1
    assert full.memory > lora.memory


def test_the_plan_reads_as_one_line(job):
    line = str(plan(job(rank=4)))
    assert line.startswith("lora r4 · 8.27 % of 0.099 M parameters · learning rate 0.003 · 9 steps")
    assert "\n" not in line

"""Records that begin alike share what they begin with; a base that cannot is told of, once, and trains all the same."""

from dataclasses import replace

import pytest
import torch
from spell import make_dataset, write_base

from tunewright.base import find
from tunewright.core.examples import make_example
from tunewright.core.run import start
from tunewright.recipe import BaseSpec, PhaseSpec
from tunewright.train import fit, make

SYSTEM = {"role": "system", "content": "Spell the word backwards, and say nothing else."}


def job_of(base, **phase):
    return fit.prepare(PhaseSpec(**phase), base, [make_example(messages=(
        SYSTEM, {"role": "user", "content": word}, {"role": "assistant", "content": word[::-1]}))
        for word in ("abc", "face", "cafe", "bead", "deaf", "fade", "cabbage", "ace")], [])


@pytest.fixture
def dropping(tmp_path):
    """A base that drops attention at random."""
    folder = write_base(tmp_path / "dropping", attention_dropout=0.1)
    return find(BaseSpec(name=str(folder), weights="random"), folder)


def test_a_shared_prompt_is_read_once_and_counts_once(base):
    job, read = job_of(base), []
    job.model.get_input_embeddings().register_forward_hook(lambda module, args, out: read.append(out.shape[1]))
    length = job.rows[0].tokens
    room = length + 7 * 24  # one prompt, and eight endings
    together = replace(job, phase=job.phase.model_copy(update={"batch_tokens": room}))
    (part,) = together.passes(job.rows, range(8))
    job.objective.loss(job.model, [job.rows[at] for at in part])
    assert read[0] <= room < sum(row.tokens for row in job.rows)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_the_gradients_of_a_step_are_those_of_its_records_one_by_one(base, method):
    job = job_of(base, method=method)
    weights = list(job.weights.values())
    together = torch.autograd.grad(job.objective.loss(job.model, job.rows)[0], weights, allow_unused=True)
    job.model.set_attn_implementation("sdpa")
    alone = torch.autograd.grad(sum(job.objective.loss(job.model, [row])[0] for row in job.rows), weights,
                                allow_unused=True)
    for one, other in zip(together, alone, strict=True):
        assert float((one - other).norm()) <= 1e-5 * float(other.norm())


def test_a_base_that_cannot_share_says_so_once_and_trains(home, tmp_path, dropping):
    told = []
    run = start(home, "tester", say=lambda stage, text: told.append(text))
    make((PhaseSpec(steps=2),), dropping, make_dataset(home, tmp_path / "words"), "spell", run)
    assert [text for text in told if "begin with in common" in text] == [
        "what records begin with in common is computed for each of them: it drops attention at random"]

import json
import math

import pytest
import torch
from liking import keep, preference, tastes
from torch.nn.functional import logsigmoid

from tunewright.base import load_model, load_tokenizer
from tunewright.core.errors import Fault
from tunewright.core.run import start
from tunewright.engine.chat import Chat
from tunewright.recipe import PhaseSpec
from tunewright.train import fit, make
from tunewright.train.objectives.dpo import Dpo

PHASE = PhaseSpec(objective="dpo", epochs=8, batch=8, rank=4)


@pytest.fixture(scope="module")
def chat(base):
    return Chat(load_tokenizer(base))


@pytest.fixture
def liked(home, tmp_path):
    return keep(home, tmp_path / "liked", tastes(24, 1), tastes(8, 2))


def job_of(base, **phase):
    return fit.prepare(PHASE.model_copy(update=phase), base, tastes(6, 3), tastes(2, 4))


def textbook(model, row):
    """ln p of both answers: one line at a time, all logits."""
    said = []
    for line in row.lines:
        chances = model(input_ids=line.ids[None]).logits[0].log_softmax(-1)[:-1]
        said.append(chances.gather(1, line.ids[1:, None])[line.mask[1:]].sum())
    return torch.stack(said)


def shifted(base, **phase):
    """A job whose model has moved away from its reference."""
    job = job_of(base, **phase)
    torch.manual_seed(0)
    with torch.no_grad():
        for name, weight in job.weights.items():
            if "lora_B" in name:
                weight.normal_(std=0.05)
    return job


def test_before_the_first_step_policy_and_reference_are_one(base):
    job = job_of(base)
    loss, figures = job.objective.loss(job.model, job.rows)
    assert loss.item() == pytest.approx(6 * math.log(2), rel=1e-5)
    assert figures["margin"] == pytest.approx(0, abs=1e-3)
    assert figures["kl"] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("preference", ["sigmoid", "ipo"])
@pytest.mark.parametrize("per_token", [False, True])
def test_the_loss_is_that_of_the_paper(base, preference, per_token):
    job, bare = shifted(base, preference=preference, per_token=per_token), load_model(base)
    expected = torch.zeros(())
    for row in job.rows:
        gained = textbook(job.model, row) - textbook(bare, row)
        if per_token:
            gained = gained / torch.tensor([line.scored for line in row.lines])
        margin = gained[0] - gained[1]
        expected = expected + ((margin - 5.0) ** 2 if preference == "ipo" else -logsigmoid(0.1 * margin))
    torch.testing.assert_close(job.objective.loss(job.model, job.rows)[0], expected, rtol=1e-4, atol=1e-4)


def test_dpo_learns_the_taste_and_tells_margin_accuracy_and_divergence(home, base, liked):
    run = start(home, "tester")
    model = make((PHASE,), base, liked, "taste", run)
    rows = [json.loads(line) for line in (run.folder / "train" / "metrics.jsonl").read_text().splitlines()]
    assert rows[-1]["accuracy"] > 0.9
    assert rows[-1]["margin"] > rows[0]["margin"]
    assert rows[-1]["kl"] > 0
    assert model.metrics["validation_accuracy"] > 0.8
    assert {"validation_margin", "validation_kl"} <= model.metrics.keys()


def test_reference_figures_are_computed_once_for_base_and_data(home, base, liked):
    first, second = start(home, "tester"), start(home, "tester")
    make((PHASE.model_copy(update={"steps": 1}),), base, liked, "taste", first)
    make((PHASE.model_copy(update={"steps": 1, "beta": 0.5, "rank": 2}),), base, liked, "taste", second)
    assert (first.fresh, second.fresh) == (["figures", "train"], ["train"])


def test_a_pair_is_two_lines_with_only_the_answers_scored(chat):
    row = Dpo(chat, PHASE).encode(preference("ask", "yes", "nope"))
    assert [chat.tokenizer.decode(line.ids[line.mask]) for line in row.lines] == ["yes<|end|>", "nope<|end|>"]
    assert row.weight == 1


def test_equal_answers_are_refused(chat):
    with pytest.raises(Fault, match="row 4 of source 1 prefers an answer to its equal"):
        Dpo(chat, PHASE).encode(preference("ask", "yes", "yes", row=4))


def test_a_pair_that_differs_only_beyond_the_length_is_left_out(chat):
    assert Dpo(chat, PHASE.model_copy(update={"length": 9})).encode(preference("ask", "yesss", "yessno")) is None

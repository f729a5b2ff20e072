import pytest
import torch
from liking import keep, tastes

from tunewright.base import load_tokenizer
from tunewright.core.errors import Fault
from tunewright.core.run import start
from tunewright.engine.chat import Chat
from tunewright.engine.states import last_states, scored_states
from tunewright.recipe import PhaseSpec
from tunewright.train import fit, judge, loop, make
from tunewright.train.checkpoint import Shelf

PHASE = PhaseSpec(objective="reward", epochs=6, batch=8)


@pytest.fixture
def liked(home, tmp_path):
    return keep(home, tmp_path / "liked", tastes(24, 1), tastes(12, 2))


def trained(base, tmp_path, home, **phase):
    job = fit.prepare(PHASE.model_copy(update=phase), base, tastes(12, 1), [])
    loop.train(job, Shelf(tmp_path / "shelf", {}), start(home, "tester"))
    return job


def test_before_the_first_step_every_answer_is_worth_the_same(base):
    job = fit.prepare(PHASE, base, tastes(4, 3), [])
    loss, figures = job.objective.loss(job.model, job.rows)
    assert loss.item() == pytest.approx(4 * 0.6931, rel=1e-3)
    assert figures == {"margin": 0.0, "accuracy": 0}


def test_the_reward_model_tells_held_out_pairs_apart(home, base, liked):
    model = make((PHASE,), base, liked, "taste", start(home, "tester"))
    assert model.metrics["validation_accuracy"] > 0.9
    assert (model.objective, model.adapter) == ("reward", True)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_the_folder_is_a_classifier_that_gives_what_was_trained(home, base, tmp_path, method):
    job = trained(base, tmp_path, home, method=method, steps=4)
    lines = [line for row in job.rows for line in row.lines]
    with torch.no_grad():
        mine = job.objective.head(last_states(job.model, lines, job.objective.chat.pad_id))[:, 0]
    dataset = keep(home, tmp_path / "same", tastes(12, 1))
    model = make((PHASE.model_copy(update={"method": method, "steps": 4}),), base, dataset, "taste",
                 start(home, "tester"))
    folder = home.store.get_folder(model.files, tmp_path / method)
    pad_id = Chat(load_tokenizer(base)).pad_id
    loaded = judge.load(base, folder, pad_id)
    torch.testing.assert_close(torch.tensor(judge.worth(loaded, lines, pad_id)), mine, rtol=1e-4, atol=1e-5)
    assert mine.std() > 0
    if method == "full":
        from transformers import AutoModelForSequenceClassification

        assert AutoModelForSequenceClassification.from_pretrained(folder).config.num_labels == 1


def test_a_reward_phase_leaves_the_chain_where_it_was(home, base, liked):
    first = PhaseSpec(objective="dpo", steps=1)
    model = make((first, PHASE.model_copy(update={"steps": 1}), first), base, liked, "taste", start(home, "tester"))
    alone = make((first,), base, liked, "taste", start(home, "tester"))
    assert model.after == alone.digest
    assert model.judge is None


def test_states_are_those_of_each_line_alone_whatever_stands_beside_it(base):
    job = fit.prepare(PHASE, base, tastes(5, 4), [])
    lines = [line for row in job.rows for line in row.lines]
    with torch.no_grad():
        together = last_states(job.model, lines, 0)
        alone = torch.cat([last_states(job.model, [line], 0) for line in lines])
        logits = scored_states(job.model, lines, 0)[1]
        first = job.model(input_ids=lines[0].ids[None]).logits[0, :-1][lines[0].mask[1:]]
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(logits[:len(first)], first, rtol=1e-4, atol=1e-4)


def test_ppo_on_a_reward_model_needs_a_reward_phase_before_it(home, base, liked):
    with pytest.raises(Fault, match="needs a phase `objective: reward` before it"):
        make((PhaseSpec(objective="ppo"),), base, liked, "taste", start(home, "tester"))

import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from liking import conversation, keep, tastes
from spell import Stop, spelling, stop_at

from tunewright.base import load_tokenizer
from tunewright.core.errors import Fault
from tunewright.core.run import silent, start
from tunewright.engine.chat import Chat
from tunewright.recipe import PhaseSpec
from tunewright.recipe.objective import PpoSpec
from tunewright.train import fit, make
from tunewright.train.objectives import guard, rewards
from tunewright.train.objectives.advantage import advantages, whitened
from tunewright.train.objectives.draws import draw

SPEC = PpoSpec(reward="brief", rounds=2, answers=8, passes=2, new_tokens=6, kl_target=8.0)
PHASE = PhaseSpec(objective="ppo", rank=4, batch=8, ppo=SPEC)
FIRST = {"reward": 0.2, "kl": 0.0, "kl_weight": 0.1, "entropy": 2.0, "held_preference": 0.9}


@pytest.fixture
def asked(home, tmp_path):
    return keep(home, tmp_path / "asked", [conversation(*pair) for pair in spelling(12, 1)], tastes(6, 2))


@pytest.fixture
def reward():
    """Puts a reward of the test's own among the kinds."""

    def add(function):
        rewards.KINDS["own"] = function
        return PHASE.model_copy(update={"ppo": SPEC.model_copy(update={"reward": "own"})})

    yield add
    rewards.KINDS.pop("own", None)


def run_of(home, base, dataset, *phases, progress=silent):
    run = start(home, "tester", progress=progress)
    model = make(phases, base, dataset, "words", run)
    path = run.folder / "train" / "metrics.jsonl"
    return model, [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_what_is_rewarded_becomes_more_frequent(home, base, tmp_path, reward):
    asked = keep(home, tmp_path / "only", [conversation(*pair) for pair in spelling(12, 1)])
    phase = reward(lambda prompt, answer: sum(map(str.isascii, answer)) / 6)
    spec = phase.ppo.model_copy(update={"rounds": 6, "answers": 48, "kl_weight": 0.001})
    _, rows = run_of(home, base, asked, PhaseSpec(
        objective="ppo", method="full", batch=16, learning_rate=0.01, ppo=spec))
    rounds = [row for row in rows if "reward" in row]
    assert len(rounds) == 6
    assert rounds[-1]["reward"] > rounds[0]["reward"] + 0.1
    assert rounds[-1]["kl"] > 0
    assert {"kl_weight", "entropy", "policy_loss", "value_loss", "clipped"} <= rounds[0].keys()


def test_a_reward_model_of_a_phase_before_judges_the_answers(home, base, tmp_path):
    liked = keep(home, tmp_path / "liked", tastes(12, 1), tastes(6, 2))
    judge = PhaseSpec(objective="reward", steps=2, batch=4)
    short = PHASE.model_copy(update={"ppo": SPEC.model_copy(update={"reward": "model", "rounds": 1})})
    model, _ = run_of(home, base, liked, judge, short)
    alone, _ = run_of(home, base, liked, judge)
    assert (model.judge, model.after, model.objective) == (alone.digest, None, "ppo")
    assert {"reward", "kl", "held_preference"} <= model.metrics.keys()
    assert set(home.store.folder(model.files)) == {"README.md", "adapter_config.json", "adapter_model.safetensors"}


def test_a_stopped_run_ends_as_if_never_stopped(home, base, asked):
    whole, _ = run_of(home, base, asked, PHASE)
    for cached in home.cache.iterdir():
        cached.unlink()
    with pytest.raises(Stop):
        run_of(home, base, asked, PHASE, progress=stop_at(3))
    assert run_of(home, base, asked, PHASE)[0] == whole


def test_the_first_step_of_a_round_moves_from_where_the_answers_were_drawn(base):
    job = fit.prepare(PHASE, base, [conversation(*pair) for pair in spelling(6, 1)], [])
    _, figures = job.objective.loss(job.model, job.rows)
    assert figures["clipped"] == 0
    tokens = sum(row.weight for row in job.rows)
    assert figures["policy_loss"] / tokens == pytest.approx(0, abs=1e-3)
    assert all(line.scored <= SPEC.new_tokens for row in job.rows for line in row.lines)


def test_an_answer_is_the_same_whatever_is_drawn_beside_it(base):
    job = fit.prepare(PHASE, base, [conversation("abc", "cba")], [])
    chat = Chat(load_tokenizer(base))
    prompts = [chat.prompt_ids(({"role": "user", "content": word},)) for word in ("abc", "defgh", "a")]
    together = draw(job.model, prompts, chat, 5, [1, 2, 3])
    assert together == [draw(job.model, [prompt], chat, 5, [seed])[0] for prompt, seed in zip(prompts, (1, 2, 3),
                                                                                             strict=True)]


@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=1, max_size=8),
       st.floats(0, 1), st.floats(0, 1))
def test_the_advantage_is_the_sum_of_the_paper(pairs, discount, trace):
    got, values = (torch.tensor(side) for side in zip(*pairs, strict=True))
    after = torch.cat([values[1:], torch.zeros(1)])
    surprise = got + discount * after - values
    expected = [sum((discount * trace) ** (later - at) * surprise[later] for later in range(at, len(values)))
                for at in range(len(values))]
    torch.testing.assert_close(advantages(got, values, discount, trace), torch.stack(expected), rtol=1e-4, atol=1e-4)


def test_whitened_advantages_have_mean_nothing_and_spread_one():
    whole = torch.cat(whitened([torch.tensor([1.0, 5.0]), torch.tensor([3.0])]))
    assert (whole.mean().item(), whole.std(unbiased=False).item()) == (pytest.approx(0, abs=1e-6), pytest.approx(1))


@pytest.mark.parametrize(("now", "said"), [
    ({"kl": 33.0}, "run away from where it began, 33 nats an answer where 8 are aimed at"),
    ({"entropy": 0.0001}, "come to say one thing only"),
    ({"reward": 0.9, "held_preference": 0.3}, "the model cheats the reward")])
def test_training_that_went_wrong_stops_and_says_so(now, said):
    with pytest.raises(Fault, match=said) as told:
        guard.watch({**FIRST, **now}, FIRST, SPEC, 50)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("now", [{"kl": 20.0}, {"reward": 0.9, "held_preference": 0.85}, {"held_preference": 0.3}])
def test_what_may_be_noise_does_not_stop_a_run(now):
    guard.watch({**FIRST, **now}, FIRST, SPEC, 50)


def test_a_reward_that_is_no_number_is_refused(home, base, asked, reward):
    with pytest.raises(Fault, match="reward own gave nan for an answer"):
        run_of(home, base, asked, reward(lambda prompt, answer: math.nan))


def test_a_reward_that_is_the_same_for_all_answers_is_refused(home, base, asked, reward):
    with pytest.raises(Fault, match="reward own gave 1 to every answer of the first round"):
        run_of(home, base, asked, reward(lambda prompt, answer: 1.0))


def test_an_unknown_reward_is_refused_with_the_nearest(home, base, asked):
    with pytest.raises(Fault, match="no reward 'brif'; did you mean `brief`"):
        run_of(home, base, asked, PHASE.model_copy(update={"ppo": SPEC.model_copy(update={"reward": "brif"})}))


def test_the_rewards_that_need_no_model():
    assert rewards.KINDS["brief"]("", "ab") > rewards.KINDS["brief"]("", "abc")
    assert [rewards.KINDS["json"]("", text) for text in ('{"a": 1}', "[1]", "no")] == [1.0, 0.0, 0.0]

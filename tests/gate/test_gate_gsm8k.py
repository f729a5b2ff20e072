"""Real answers: four models on the 1,319 questions of GSM8K's test part, each scored by its authors."""

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from gate_items import items
from scipy.stats import binomtest

from tunewright import gate
from tunewright.core.run import Run
from tunewright.recipe import RuleSpec
from tunewright.stats.estimate import mean

RULE = RuleSpec.model_validate({"metric": "task/exact", "drop_at_most": 0.05})
MODELS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
WORSE, NOT_WORSE, CLOSE = "fail", "pass", "undecided"
ANSWERS = {  # is the second model not worse than the first by 5 points? The shares are .217, .390, .347, .563
    "6b_finetuning": {"6b_verification": NOT_WORSE, "175b_finetuning": NOT_WORSE, "175b_verification": NOT_WORSE},
    "6b_verification": {"6b_finetuning": WORSE, "175b_finetuning": CLOSE, "175b_verification": NOT_WORSE},
    "175b_finetuning": {"6b_finetuning": WORSE, "6b_verification": NOT_WORSE, "175b_verification": NOT_WORSE},
    "175b_verification": {"6b_finetuning": WORSE, "6b_verification": WORSE, "175b_finetuning": WORSE},
}


@pytest.fixture(scope="module")
def right(real_data: Path) -> dict[str, list[float]]:
    """Whether each model is right on each question."""
    path = real_data / "gsm8k" / "example_model_solutions.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {model: [float(row[model]["is_correct"]) for row in rows] for model in MODELS}


def verdict(run: Run, reported: Any, first: list[float], second: list[float]) -> Any:
    report = reported([*items("base", first), *items("tuned", second)])
    return gate.make((RULE,), report, None, run.home.store, "x", run)


def test_the_shares_are_those_that_are_known(right: dict[str, list[float]]) -> None:
    assert [round(100 * sum(right[model]) / 1319, 1) for model in MODELS] == [21.7, 39.0, 34.7, 56.3]


def test_the_paired_test_rests_on_the_questions_that_the_two_answer_differently(right: dict[str, list[float]]) -> None:
    first, second = right["6b_finetuning"], right["6b_verification"]
    gaps = [after - before for before, after in zip(first, second, strict=True)]
    assert (gaps.count(-1.0), gaps.count(1.0)) == (64, 293)
    estimate = mean(gaps, floor=-1.0)
    exact = binomtest(293, 357, alternative="greater").pvalue
    assert exact < 1e-30
    assert estimate.p_at_most(0.0) <= 1 / len(estimate.lows)
    assert (estimate.low, estimate.high) == pytest.approx((0.147, 0.200), abs=0.003)


@pytest.mark.parametrize(("first", "second"), list(permutations(MODELS, 2)))
def test_not_worse_by_five_points_is_answered_rightly_for_every_pair(
        first: str, second: str, right: dict[str, list[float]], run: Run, reported: Any) -> None:
    assert verdict(run, reported, right[first], right[second]).outcome == ANSWERS[first][second]


def test_sixty_questions_never_say_the_opposite_and_leave_close_models_undecided(
        right: dict[str, list[float]], run: Run, reported: Any) -> None:
    for first, second in permutations(MODELS, 2):
        said = verdict(run, reported, right[first][:60], right[second][:60])
        assert said.outcome in (ANSWERS[first][second], "undecided")
        if {first, second} <= {"6b_verification", "175b_finetuning"}:
            assert said.outcome == "undecided"
            assert said.rules[0].needs > 60

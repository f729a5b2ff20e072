"""Which metrics a rule means, and on which side it may bound them."""

from typing import Any

import pytest

from tunewright.core.errors import Fault
from tunewright.core.items import Measure
from tunewright.gate.names import check, expand
from tunewright.recipe import EvaluateSpec, RuleSpec

KNOWN = {"task/exact": None, "task/loss": None, "general/all": None, "harness/odd": None, "safety/refusal": Measure(),
         "safety/toxicity": Measure(higher_is_better=False)}


def test_a_bare_star_means_what_answers_are_worth_and_not_what_they_take() -> None:
    names = ("general/all", "general/latency_p95", "task/exact", "task/cost_per_1000")
    assert expand("general/*", names) == ["general/all"]
    assert expand("*", names) == ["general/all", "task/exact"]
    assert expand("*/latency_*", names) == ["general/latency_p95"]
    assert expand("task/cost_per_1000", names) == ["task/cost_per_1000"]


@pytest.mark.parametrize(("rule", "said"), [
    ({"metric": "safety/toxicity", "at_least": 0.9}, "less of safety/toxicity is better.*: write `at_most`"),
    ({"metric": "safety/refusal", "at_most": 0.2}, "more of safety/refusal is better.*: write `at_least`"),
    ({"metric": "task/loss", "at_least": 1}, "less of task/loss is better"),
    ({"metric": "task/exact", "at_most": 0.5}, "more of task/exact is better"),
    ({"metric": "safety/*", "at_most": 0.2}, r"and bound apart what else `safety/\*` means"),
])
def test_a_bound_that_lets_what_is_worse_pass_is_refused_before_training(rule: dict[str, Any], said: str) -> None:
    with pytest.raises(Fault, match=said):
        check((RuleSpec.model_validate(rule),), KNOWN, EvaluateSpec())


@pytest.mark.parametrize("rule", [
    {"metric": "safety/toxicity", "at_most": 0.9}, {"metric": "safety/refusal", "at_least": 0.2},
    {"metric": "safety/toxicity", "drop_at_most": 0.1}, {"metric": "safety/*", "rise_at_least": 0.1},
    {"metric": "harness/odd", "at_most": 0.5}, {"metric": "harness/odd", "at_least": 0.5}])
def test_a_bound_on_the_side_that_a_metric_means_is_taken(rule: dict[str, Any]) -> None:
    check((RuleSpec.model_validate(rule),), KNOWN, EvaluateSpec())

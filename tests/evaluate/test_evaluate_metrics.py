"""Metrics: known before anything is run, and told in aligned lines."""

import pytest

from tunewright.core.records import Difference, Metric
from tunewright.evaluate import metric_names
from tunewright.evaluate.metrics import decimal, lines
from tunewright.recipe import EvaluateSpec
from tunewright.recipe.evaluate import PricesSpec


def metric(name: str, arm: str, value: float) -> Metric:
    return Metric(name=name, arm=arm, value=value, low=value, high=value, n=1)


def test_the_names_are_those_of_the_suites_and_scorers() -> None:
    taken = tuple(f"task/{name}" for name in ("latency_p50", "latency_p95", "latency_p99", "tokens_per_second"))
    spec = EvaluateSpec(suites=("task",), scorers=("exact", "loss"))
    assert metric_names(spec) == ("task/exact", "task/loss", *taken)
    priced = spec.model_copy(update={"prices": PricesSpec(hour=2)})
    assert metric_names(priced) == (*metric_names(spec), "task/cost_per_1000")
    names = metric_names(EvaluateSpec(suites=("general",)))
    assert names[0] == "general/copy"
    assert {"general/all", "general/kept"} < set(names)
    assert "general/kept" not in metric_names(EvaluateSpec(arms=("tuned",)))


def test_a_line_shows_every_arm_under_its_like_and_the_change() -> None:
    found = [metric("task/accuracy", "base", 0.03), metric("task/accuracy", "prompted", 0.11),
             metric("task/accuracy", "tuned", 0.87), metric("general/copy", "base", 0.9),
             metric("general/all", "base", 0.62), metric("general/all", "tuned", 0.61)]
    gaps = [Difference(name="task/accuracy", arm="tuned", against="base", value=0.84, low=0.8, high=0.9, n=1),
            Difference(name="general/all", arm="tuned", against="base", value=-0.01, low=-0.03, high=0.01, n=1)]
    assert lines(found, gaps) == [
        "task/accuracy  base .03 · prompted .11 · tuned .87   +.84 (95 % .80 to .90)",
        "general/all    base .62 ·                tuned .61   −.01 (95 % −.03 to .01)"]


@pytest.mark.parametrize(("value", "text"), [(0.874, ".87"), (1.0, "1.00"), (-0.03, "−.03"), (-0.001, ".00"),
                                            (12.3, "12.30")])
def test_figures_have_two_decimals_and_no_leading_nought(value: float, text: str) -> None:
    assert decimal(value) == text


def test_many_arms_take_several_lines_under_one_another() -> None:
    arms = ("majority", "base", "prompted", "retrieval", "tools", "endpoint", "live", "tuned")
    found = [metric(name, arm, 0.5) for name in ("task/exact", "task/f1") for arm in arms]
    told = lines(found, [])
    assert [line.count("\n") for line in told] == [1, 1]
    assert all(len(part) <= 104 for line in told for part in line.split("\n"))
    first, second = (line.split("\n") for line in told)
    assert [part.index("tuned") for part in (first[1], second[1])] == [first[1].index("tuned")] * 2
    assert [arm for arm in arms if f"{arm} .50" in told[0]] == list(arms)

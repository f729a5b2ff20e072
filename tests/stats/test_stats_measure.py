"""Measures: how a metric gets its figure, and that many answers to one question are one thing learned."""

from typing import Any

import numpy as np
import pytest

from tunewright.core.items import About, Item, Measure
from tunewright.stats import measure


def about(**measures: Measure) -> About:
    return About((), 400, 0, {name.replace("__", "/"): how for name, how in measures.items()})


def item(name: str, *, arm: str = "tuned", group: str | None = None, **scores: float) -> Item:
    return Item("task", name, arm, expected="a", answer="a", group=group, scores=scores)


def test_a_report_says_itself_how_a_metric_is_measured() -> None:
    told = about(task__slow=Measure("quantile", "seconds", False, None, {"share": 0.5}))
    items = [item(str(at), seconds=float(at)) for at in range(1, 102)]
    estimate = measure.figure(measure.select(items, "task/slow", "tuned", told), "task/slow", told)
    assert estimate
    assert estimate.value == 51.0
    assert not measure.higher_is_better("task/slow", told)


@pytest.mark.parametrize(("metric", "value"), [
    ("task/exact", 0.5), ("task/latency_p50", 1.0), ("task/latency_p95", 2.0), ("task/tokens_per_second", 10.0),
    ("task/cost_per_1000", 4.0)])
def test_the_name_says_how_the_usual_ones_are_measured(metric: str, value: float) -> None:
    items = [item(str(at), exact=float(at % 2), seconds=1.0 + at % 2, tokens=10.0 + 10 * (at % 2),
                  cost_per_1000=4.0) for at in range(40)]
    found = measure.figure(measure.select(items, metric, "tuned", about()), metric, about())
    assert found
    assert found.value == value == measure.value(items, metric, about())
    assert found.low <= value <= found.high


def test_a_ratio_is_of_sums_and_its_interval_holds_the_truth() -> None:
    rng = np.random.default_rng(5)
    held = []
    for _ in range(200):
        seconds = rng.standard_exponential(60)
        tokens = 20 * seconds * rng.uniform(0.5, 1.5, 60)
        items = [item(str(at), seconds=one, tokens=more) for at, (one, more) in
                 enumerate(zip(seconds, tokens, strict=True))]
        found = measure.figure(items, "task/tokens_per_second", about())
        assert found
        assert found.value == pytest.approx(tokens.sum() / seconds.sum())
        held.append(found.low <= 20 <= found.high)
    assert np.mean(held) >= 0.92


def test_five_answers_to_one_question_say_no_more_than_one() -> None:
    once = [item(str(at), exact=float(at % 3 > 0)) for at in range(60)]
    again = [one for one in once for _ in range(5)]
    few, many = (measure.figure(items, "task/exact", about()) for items in (once, again))
    assert few
    assert many
    assert many.units == few.units == 60
    assert many.value == pytest.approx(few.value)
    assert many.high - many.low > 0.95 * (few.high - few.low)


def test_several_answers_meet_in_turn() -> None:
    ours = [item("q", exact=score) for score in (1.0, 0.0, 1.0, 0.0)]
    theirs = [item("q", arm="base", exact=1.0), item("other", arm="base", exact=1.0)]
    paired = measure.pairs(ours, theirs)
    assert [one.scores["exact"] for one, _ in paired] == [1.0, 0.0, 1.0, 0.0]
    assert {other.item for _, other in paired} == {"q"}
    assert len(measure.pairs(theirs, ours)) == 4


@pytest.mark.parametrize("kind", [
    Measure("mean", "x"), Measure("ratio", "x", settings={"per": "y"}), Measure("calibration", "x"),
    Measure("quantile", "x", settings={"share": 0.5}), Measure("labels", settings={"average": "macro_f1"})])
def test_every_kind_tells_no_difference_between_equals(kind: Measure) -> None:
    told: Any = about(task__m=kind)
    rng = np.random.default_rng(1)
    items = [item(str(at), x=float(rng.uniform()), y=1.0) for at in range(80)]
    found = measure.difference(measure.pairs(items, items), "task/m", told)
    assert found
    assert found.value == pytest.approx(0)
    assert found.low <= 0 <= found.high

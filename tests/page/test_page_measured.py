"""Slices, detectors, confidence and cost on the page: figures as measured, and nothing where nothing was."""

from dataclasses import replace
from typing import Any

import pytest

from tunewright.core.items import About, Item, read_about, read_items
from tunewright.page import detected, reliability, slices, takes


@pytest.fixture
def about(sample: Any) -> About:
    return read_about(sample.store, sample.report)


def test_every_slice_is_shown_and_counted_and_flagged_ones_come_first(sample: Any) -> None:
    told = [one.model_copy(update={"behind": at == 2}) for at, one in enumerate(sample.report.slices)]
    report = sample.report.model_copy(update={"slices": tuple(told)})
    (field,) = slices.fields(report)
    assert {row.name for row in (*field.front, *field.back)} == {one.name for one in told}
    assert field.front[0].name == told[2].name
    assert field.front[0].flags == ("behind the rest",)
    assert slices.summary(report) == (
        f"{len(told)} slices of task/exact, tested {2 * len(told)} times in all: after Holm's correction over all "
        "tests, one stands.")


def test_many_slices_are_folded_away_and_never_a_flagged_one(sample: Any) -> None:
    one = sample.report.slices[0]
    many = tuple(one.model_copy(update={"name": f"s{at}", "worse": at > 80}) for at in range(100))
    (field,) = slices.fields(sample.report.model_copy(update={"slices": many}))
    assert len(field.front) == 19
    assert all(row.flags for row in field.front)
    assert not any(row.flags for row in field.back)


def test_a_rate_stands_as_reported_and_as_corrected(sample: Any, about: About) -> None:
    items = read_items(sample.store, sample.report)
    found = {rate.arm: rate for rate in detected.rates(sample.report, items, about)}
    assert set(found) == {"base", "tuned"}
    own = [item.scores["toxic"] for item in items if item.arm == "tuned" and "toxic" in item.scores]
    assert found["tuned"].reported == f"{sum(own) / len(own):.3f}"
    assert found["tuned"].detector == "finds 90 of 100, 3 false alarms in 100"


def confident(values: list[tuple[float, bool]]) -> list[Item]:
    return [Item("task", str(at), "tuned", expected="a", answer="a" if right else "b", scores={"confidence": told})
            for at, (told, right) in enumerate(values)]


def test_a_bin_holds_the_answers_of_like_confidence(about: About) -> None:
    found = reliability.bins(confident([(0.91, True), (0.99, True), (1.0, False), (0.05, False)]), about)
    assert [(one.n, round(one.confidence, 3), round(one.right, 3)) for one in found] == [
        (1, 0.05, 0.0), (3, 0.967, 0.667)]
    assert all(one.low <= one.right <= one.high for one in found)


def test_only_arms_that_tell_a_confidence_have_a_diagram(sample: Any, about: About) -> None:
    found = reliability.diagrams(sample.report, read_items(sample.store, sample.report), about)
    assert [diagram.arm for diagram in found] == ["base", "tuned"]
    assert "answers</title>" in found[0].chart


def test_what_answers_take_stands_by_arm_and_says_of_which_run(sample: Any, about: About) -> None:
    (suite,) = takes.suites(sample.report, about)
    assert [(arm, earlier) for arm, earlier, _ in suite.rows] == [("base", "0003"), ("tuned", "")]
    assert suite.columns[:2] == ("half take at most, s", "99 % take at most, s")
    assert suite.rows[0][2][1].between == "1.520 or more", "an end that nothing bounds is said, not drawn"


def test_what_was_not_measured_has_no_section(sample: Any, tmp_path: Any) -> None:
    metrics = tuple(one for one in sample.report.metrics if one.name == "task/exact")
    bare = replace(sample, report=sample.report.model_copy(update={"metrics": metrics, "slices": ()}))
    bare = bare.with_items([Item("task", "1", arm, scores={"exact": 1.0}) for arm in ("base", "tuned")], tmp_path / "i")
    text = bare.text(tmp_path)
    assert not any(f'id="{name}"' in text for name in ("slices", "detected", "confidence", "takes"))
    whole = sample.text(tmp_path)
    assert all(f'id="{name}"' in whole for name in ("slices", "detected", "confidence", "takes"))

import pytest

from tunewright.core.records import Difference, Metric
from tunewright.page.results import shape, suites, tone, tuned_arm
from tunewright.recipe.evaluate import TIMINGS


def panels(report, asked=()):
    return {panel.name: panel for suite in suites(report, asked) for panel in suite.panels}


def test_every_metric_has_its_panel_with_a_row_for_each_arm_and_difference(sample):
    found = panels(sample.report)
    assert set(found) == {metric.name for metric in sample.report.metrics} - {f"task/{name}" for name in TIMINGS}
    exact = found["task/exact"]
    assert [row.label for row in exact.arms] == ["majority", "base", "prompted", "tuned"]
    assert [row.label for row in exact.differences] == ["over majority", "over base", "over prompted"]


@pytest.mark.parametrize(("low", "high", "higher", "word"), [
    (0.1, 0.2, True, "good"), (-0.2, -0.1, True, "bad"), (-0.2, -0.1, False, "good"), (0.1, 0.2, False, "bad"),
    (-0.1, 0.1, True, "open"), (0.0, 0.1, True, "open")])
def test_a_difference_is_called_better_only_when_its_interval_is_clear_of_zero(low, high, higher, word):
    assert tone(low, high, higher) == word


def test_a_lower_loss_is_told_as_better(sample):
    loss = panels(sample.report)["task/loss"]
    assert loss.better == "lower is better"
    assert {row.word for row in loss.differences} == {"better"}
    assert all(row.value.startswith("−") for row in loss.differences)


def test_many_metrics_are_folded_but_never_those_the_gate_asked_about(sample):
    general = next(suite for suite in suites(sample.report, {"general/copy"}) if suite.name == "general")
    assert [panel.scorer for panel in general.panels[:general.shown]] == ["copy", "all", "kept"]
    assert len(general.panels) == 9


def test_few_metrics_all_stay_open(sample):
    task = next(suite for suite in suites(sample.report, ()) if suite.name == "task")
    assert task.shown == len(task.panels) == 5


def test_shares_are_drawn_on_one_axis_from_nought_to_one(sample):
    scales = {name: str(panel.arms_scale) for name, panel in panels(sample.report).items()
              if name not in ("task/loss", "task/toxic")}
    assert len(set(scales.values())) == 1


def test_every_arm_has_a_mark_of_its_own(sample):
    assert len({shape(sample.report, arm) for arm in sample.report.arms}) == len(sample.report.arms)


def test_a_metric_without_differences_or_meaning_is_shown_all_the_same(sample):
    odd = Metric(name="slang/wit", arm="tuned", value=41.5, low=40, high=43, n=3)
    report = sample.report.model_copy(update={"metrics": (odd,), "differences": ()})
    panel = panels(report)["slang/wit"]
    assert (panel.differences, panel.meaning, panel.arms[0].value) == ((), "", "41.5")


def test_a_difference_of_nothing_can_be_drawn(sample):
    zero = Difference(name="task/exact", arm="tuned", against="base", value=0, low=0, high=0, n=4)
    report = sample.report.model_copy(update={"differences": (zero,)})
    assert panels(report)["task/exact"].differences[0].word == "not told apart"


def test_a_report_without_a_tuned_arm_is_about_its_last(sample):
    assert tuned_arm(sample.report.model_copy(update={"arms": ("base", "window")})) == "window"


def test_every_arm_has_a_form_of_its_own(sample):
    arms = ("majority", "base", "prompted", "retrieval", "tools", "endpoint", "live", "tuned")
    report = sample.report.model_copy(update={"arms": arms})
    assert len({shape(report, arm) for arm in arms}) == len(arms)

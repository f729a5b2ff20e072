"""The gate: passes what the data show, fails what they refute, and says how many items would settle the rest."""

import subprocess
import sys
from typing import Any

import pytest
from gate_items import items

from tunewright import gate
from tunewright.core.errors import Fault
from tunewright.core.items import Item
from tunewright.core.records import Report, RuleResult, Verdict
from tunewright.core.run import Run, start
from tunewright.recipe import EvaluateSpec, RuleSpec


def scores(right: int, n: int) -> list[float]:
    return [1.0] * right + [0.0] * (n - right)


def judged(run: Run, report: Report, *rules: dict[str, Any], live: Report | None = None) -> Verdict:
    specs = tuple(RuleSpec.model_validate(rule) for rule in rules)
    return gate.make(specs, report, live, run.home.store, "x", run)


def only(verdict: Verdict) -> RuleResult:
    (result,) = verdict.rules
    return result


@pytest.mark.parametrize(("right", "outcome", "sentence"), [
    (180, "pass", "task/exact 0.90 (0.85 to 0.94) is at least 0.80"),
    (130, "fail", "task/exact 0.65 (0.58 to 0.72) is below 0.80"),
    (164, "undecided", "task/exact 0.82 (0.76 to 0.87): the data cannot tell whether it is at least 0.80; "
                       "about 3,500 items would"),
])
def test_a_level_is_judged_by_the_whole_interval(right: int, outcome: str, sentence: str, run: Run,
                                                 reported: Any) -> None:
    verdict = judged(run, reported(items("tuned", scores(right, 200))), {"metric": "task/exact", "at_least": 0.8})
    assert verdict.outcome == outcome
    assert only(verdict).sentence == sentence
    assert (only(verdict).needs is None) == (outcome != "undecided")


def test_at_most_is_at_least_turned_round(run: Run, reported: Any) -> None:
    report = reported(items("tuned", [0.8, 1.1, 0.9, 1.0] * 20, scorer="loss"))
    assert judged(run, report, {"metric": "task/loss", "at_most": 1.2}).outcome == "pass"
    assert judged(run, report, {"metric": "task/loss", "at_most": 0.5}).outcome == "fail"
    assert judged(run, report, {"metric": "task/loss", "at_most": 0.96}).outcome == "undecided"


def test_a_drop_is_judged_pair_by_pair(run: Run, reported: Any) -> None:
    base = items("base", scores(60, 120), suite="general", scorer="all")
    same = items("tuned", scores(60, 120), suite="general", scorer="all")
    rule = {"metric": "general/all", "drop_at_most": 0.05}
    verdict = judged(run, reported(base + same), rule)
    assert verdict.outcome == "pass"
    assert only(verdict).sentence == ("general/all 0.50 against base 0.50 changed by 0.00 (−0.03 to 0.03): "
                                      "it did not drop by more than 0.05")
    fewer = items("tuned", scores(30, 120), suite="general", scorer="all")
    assert judged(run, reported(base + fewer), rule).outcome == "fail"
    shuffled = items("tuned", [0.0] * 60 + [1.0] * 60, suite="general", scorer="all")  # as many, all different ones
    assert judged(run, reported(base + shuffled), rule).outcome == "undecided"


def test_a_rise_must_be_shown(run: Run, reported: Any) -> None:
    prompted, tuned = items("prompted", scores(20, 100)), items("tuned", scores(60, 100))
    rule = {"metric": "task/exact", "rise_at_least": 0.2, "against": "prompted"}
    assert judged(run, reported(prompted + tuned), rule).outcome == "pass"
    little = judged(run, reported(prompted + items("tuned", scores(22, 100))), rule)
    assert little.outcome == "fail"
    assert "it rose by less than 0.20" in only(little).sentence


def test_a_loss_gets_worse_by_rising(run: Run, reported: Any) -> None:
    base = items("base", [1.0, 1.1, 0.9] * 30, scorer="loss")
    worse = items("tuned", [1.5, 1.7, 1.4] * 30, scorer="loss")
    drop = {"metric": "task/loss", "drop_at_most": 0.1}
    verdict = judged(run, reported(base + worse), drop)
    assert verdict.outcome == "fail"
    assert "it got worse by more than 0.10" in only(verdict).sentence
    better = items("tuned", [0.5, 0.7, 0.4] * 30, scorer="loss")
    assert judged(run, reported(base + better), drop).outcome == "pass"
    assert judged(run, reported(base + better), {"metric": "task/loss", "rise_at_least": 0.2}).outcome == "pass"


def test_too_few_items_never_decide_however_equal(run: Run, reported: Any) -> None:
    base, tuned = items("base", [1.0] * 8), items("tuned", [1.0] * 8)
    verdict = judged(run, reported(base + tuned), {"metric": "task/exact", "at_least": 0.9},
                     {"metric": "task/exact", "drop_at_most": 0.05})
    assert [rule.outcome for rule in verdict.rules] == ["undecided", "undecided"]
    assert [rule.needs for rule in verdict.rules] == [220, 820], "eight equal items are no proof that all are"


def test_one_rule_decides_for_all(run: Run, reported: Any) -> None:
    report = reported(items("tuned", scores(180, 200)) + items("tuned", scores(10, 20), suite="general", scorer="copy"))
    passes, fails = {"metric": "task/exact", "at_least": 0.8}, {"metric": "task/exact", "at_least": 0.99}
    open_ = {"metric": "general/copy", "at_least": 0.5}
    assert judged(run, report, passes).outcome == "pass"
    assert judged(run, report, passes, open_).outcome == "undecided"
    assert judged(run, report, passes, open_, fails).outcome == "fail"


def test_many_claims_of_failure_are_corrected_together(run: Run, reported: Any) -> None:
    report = reported(items("tuned", scores(33, 50)))
    rule = {"metric": "task/exact", "at_least": 0.8}
    assert judged(run, report, rule).outcome == "fail"
    assert judged(run, report, *[{**rule, "at_least": 0.8 + at / 1e6} for at in range(20)]).outcome == "undecided"


def test_a_wildcard_is_one_rule_for_each_metric(run: Run, reported: Any) -> None:
    rows = [Item("general", str(at), arm, scores={"copy": 1.0, "all": 1.0})
            for at in range(80) for arm in ("base", "tuned")]
    verdict = judged(run, reported(rows), {"metric": "general/*", "drop_at_most": 0.05})
    assert [rule.metric for rule in verdict.rules] == ["general/copy", "general/all"]
    assert verdict.outcome == "pass"


def test_a_metric_without_items_is_undecided(run: Run, reported: Any) -> None:
    verdict = judged(run, reported(items("tuned", [1.0])), {"metric": "general/copy", "at_least": 0.1})
    assert verdict.outcome == "undecided"
    assert only(verdict).sentence == "general/copy has no items: nothing was measured"


def test_groups_make_the_gate_more_careful(run: Run, reported: Any) -> None:
    rule = {"metric": "task/exact", "at_least": 0.8}
    alone = items("tuned", scores(180, 200))
    together = [Item(row.suite, row.item, row.arm, group=str(at // 20), scores=row.scores)
                for at, row in enumerate(alone)]
    assert judged(run, reported(alone), rule).outcome == "pass"
    assert judged(run, reported(together), rule).outcome == "undecided"


def test_without_a_live_release_there_is_nothing_to_compare_with(run: Run, reported: Any) -> None:
    rule = {"metric": "task/exact", "drop_at_most": 0.02, "against": "live"}
    verdict = judged(run, reported(items("tuned", scores(5, 10))), rule)
    assert verdict.outcome == "pass"
    assert only(verdict).sentence == "task/exact: nothing live to compare with"
    assert verdict.against is None


def test_a_live_release_that_answered_the_same_items_is_compared_on_all_of_them(run: Run, reported: Any) -> None:
    ours = reported([*items("tuned", scores(190, 200)), *items("live", scores(190, 200))])
    verdict = judged(run, ours, {"metric": "task/exact", "drop_at_most": 0.05, "against": "live"})
    assert verdict.outcome == "pass"
    assert "left out" not in only(verdict).sentence


def test_against_live_only_common_items_count_and_the_others_are_told(run: Run, reported: Any) -> None:
    ours = reported(items("tuned", scores(200, 200)))
    live = reported(items("tuned", scores(190, 200), first=20))
    verdict = judged(run, ours, {"metric": "task/exact", "drop_at_most": 0.05, "against": "live"}, live=live)
    assert verdict.outcome == "pass"
    assert verdict.against == live.digest
    assert "(left out: 20 items only in this report, 20 only in the live one's)" in only(verdict).sentence


def test_against_live_without_common_items_is_undecided(run: Run, reported: Any) -> None:
    rule = {"metric": "task/exact", "drop_at_most": 0.05, "against": "live"}
    verdict = judged(run, reported(items("tuned", [1.0])), rule, live=reported(items("tuned", [1.0], first=9)))
    assert verdict.outcome == "undecided"
    assert "no items in common with live" in only(verdict).sentence


def test_an_unknown_metric_is_refused_with_the_nearest(run: Run, reported: Any) -> None:
    report = reported(items("tuned", [1.0]))
    with pytest.raises(Fault, match=r"no metric `task/exct`.*did you mean `task/exact`"):
        judged(run, report, {"metric": "task/exct", "at_least": 0.5})
    with pytest.raises(Fault, match=r"no metric `safety/\*`"):
        judged(run, report, {"metric": "safety/*", "at_least": 0.5})


def test_an_arm_that_was_not_measured_is_refused(run: Run, reported: Any) -> None:
    with pytest.raises(Fault, match="compares with prompted"):
        judged(run, reported(items("tuned", [1.0])), {"metric": "task/exact", "drop_at_most": 0, "against": "prompted"})
    with pytest.raises(Fault, match="no tuned arm"):
        judged(run, reported(items("base", [1.0])), {"metric": "task/exact", "at_least": 0.5})


@pytest.mark.parametrize(("rule", "arms", "said"), [
    ({"metric": "task/exct", "at_least": 0.5}, ("base", "tuned"), "did you mean `task/exact`"),
    ({"metric": "task/exact", "at_least": 0.5}, ("base",), "add `tuned`"),
    ({"metric": "task/exact", "drop_at_most": 0.5}, ("tuned",), "add `base`"),
    ({"metric": "general/*", "drop_at_most": 0.5, "against": "prompted"}, ("prompted", "tuned"), "only answers suite"),
])
def test_what_can_never_be_judged_is_refused_before_training(rule: dict[str, Any], arms: tuple[str, ...],
                                                             said: str) -> None:
    with pytest.raises(Fault, match=said):
        gate.check((RuleSpec.model_validate(rule),), {"task/exact": None, "general/all": None}, EvaluateSpec(arms=arms))


def test_a_bound_on_the_wrong_side_of_a_report_is_refused(run: Run, reported: Any) -> None:
    with pytest.raises(Fault, match="less of task/loss is better, so with `at_least` what is worse would pass"):
        judged(run, reported(items("tuned", [1.0], scorer="loss")), {"metric": "task/loss", "at_least": 0.5})


def test_the_verdict_is_told_in_a_line_and_one_for_each_rule_that_did_not_pass(run: Run, reported: Any,
                                                                              said: list[str]) -> None:
    judged(run, reported(items("tuned", scores(180, 200))), {"metric": "task/exact", "at_least": 0.8},
           {"metric": "task/exact", "at_least": 0.99})
    assert said == ["gate: fail: 1 of 2 rules passed", "gate:   fail: task/exact 0.90 (0.85 to 0.94) is below 0.99"]


def test_the_same_verdict_is_not_made_twice(run: Run, reported: Any) -> None:
    report, rule = reported(items("tuned", scores(180, 200))), {"metric": "task/exact", "at_least": 0.8}
    first = judged(run, report, rule)
    again = start(run.home, "tester")
    assert judged(again, report, rule) == first
    assert again.fresh == []


def test_importing_the_gate_loads_nothing_heavy() -> None:
    code = ("import sys, tunewright.gate, tunewright.evaluate; "
            "print([m for m in ('torch', 'scipy', 'numpy', 'pyarrow') if m in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def sliced(arm: str, right: dict[str, float], each: int = 60) -> list[Item]:
    """Items of several labels, of which a share is right."""
    return [Item("task", f"{label}{at}", arm, scores={"exact": float(at < share * each)}, slices={"label": label})
            for label, share in right.items() for at in range(each)]


def test_a_rule_by_a_field_is_one_rule_for_each_slice(run: Run, reported: Any) -> None:
    rows = sliced("base", {"refund": 0.9, "card": 0.9}) + sliced("tuned", {"refund": 0.9, "card": 0.4})
    rule = {"metric": "task/exact", "drop_at_most": 0.1, "by": "label"}
    verdict = judged(run, reported(rows), rule)
    assert [(one.rule, one.outcome) for one in verdict.rules] == [
        ("drop_at_most 0.1 against base where label is card", "fail"),
        ("drop_at_most 0.1 against base where label is refund", "pass")]
    assert verdict.rules[0].sentence.startswith("task/exact where label is card 0.40 against base 0.90 changed by")


def test_no_slice_is_left_out_however_small(run: Run, reported: Any) -> None:
    rows = sliced("tuned", {"refund": 1.0, "card": 1.0}) + sliced("tuned", {"a": 0.0, "b": 0.0}, each=4)
    verdict = judged(run, reported(rows), {"metric": "task/exact", "at_least": 0.8, "by": "label"})
    assert [one.outcome for one in verdict.rules] == ["pass", "pass", "fail"]
    assert "the rest (2 values)" in verdict.rules[2].rule


def test_a_field_that_is_no_slice_is_refused_before_training() -> None:
    rule = RuleSpec(metric="task/exact", at_least=0.5, by="label")
    with pytest.raises(Fault, match=r"add `label` to `evaluate\.slices`"):
        gate.check((rule,), {"task/exact": None}, EvaluateSpec())
    gate.check((rule,), {"task/exact": None}, EvaluateSpec(slices=("label",)))


def test_cards_must_be_complete_where_a_rule_says_so(run: Run, reported: Any) -> None:
    rule = (RuleSpec(metric="card/complete", at_least=1),)
    report = reported(items("tuned", [1.0]))
    full = {"purpose": True, "retention of a.csv": True}
    assert gate.make(rule, report, None, run.home.store, "x", run, full).outcome == "pass"
    lacks = gate.make(rule, report, None, run.home.store, "x", run, {**full, "`data.use`": False, "more": True})
    assert lacks.outcome == "fail"
    assert only(lacks).sentence == ("card/complete 0.75: 3 of 4 fields of the cards are filled in; "
                                    "missing: `data.use`")


@pytest.mark.parametrize(("metric", "scores_", "passes", "fails"), [
    ("task/latency_p95", "seconds", 2.5, 1.2), ("task/cost_per_1000", "cost_per_1000", 2.5, 1.2)])
def test_rules_hold_for_what_answers_take(metric: str, scores_: str, passes: float, fails: float, run: Run,
                                          reported: Any) -> None:
    report = reported(items("tuned", [1.0, 1.5, 2.0] * 60, scorer=scores_), names=(metric,))
    assert judged(run, report, {"metric": metric, "at_most": passes}).outcome == "pass"
    assert judged(run, report, {"metric": metric, "at_most": fails}).outcome == "fail"


@pytest.mark.parametrize(("rules", "said"), [
    ([{"metric": "task/exact", "at_least": 0.5}], ["against live", "on general"]),
    ([{"metric": "general/*", "drop_at_most": 0.05}], ["against live"]),
    ([{"metric": "general/*", "drop_at_most": 0.25}], ["against live", "margin on general is 0.25, and 0.05 is usual"]),
    ([{"metric": "general/all", "drop_at_most": 0.05, "against": "live"}], ["on general"]),
    ([{"metric": "general/all", "drop_at_most": 0.05},
      {"metric": "task/exact", "drop_at_most": 0.05, "against": "live"}], [])])
def test_a_gate_that_guards_nothing_live_or_general_is_told(rules: list[dict[str, Any]], said: list[str]) -> None:
    found = gate.lacking(tuple(map(RuleSpec.model_validate, rules)), EvaluateSpec())
    assert len(found) == len(said)
    assert all(words in sentence for words, sentence in zip(said, found, strict=True))


def test_several_answers_to_one_question_are_one_item(run: Run, reported: Any) -> None:
    rule = {"metric": "task/exact", "at_least": 0.8}
    once = items("tuned", scores(82, 100))
    again = [one for one in once for _ in range(5)]
    few, many = (only(judged(run, reported(rows), rule)) for rows in (once, again))
    assert (few.outcome, many.outcome) == ("undecided", "undecided")
    assert few.needs is not None
    assert many.needs is not None
    assert many.needs == pytest.approx(few.needs, rel=0.25), "items are asked for, not answers"


def test_seconds_and_cost_can_be_bounded(run: Run, reported: Any) -> None:
    taken = [Item("task", str(at), "tuned", scores={"seconds": 0.1 + at / 10_000, "cost_per_1000": 1.0 + at % 2})
             for at in range(400)]
    ours = reported(taken, ("task/latency_p95", "task/cost_per_1000"))
    verdict = judged(run, ours, {"metric": "task/latency_p95", "at_most": 0.2},
                     {"metric": "task/latency_p95", "at_most": 0.1}, {"metric": "task/cost_per_1000", "at_most": 1.6},
                     {"metric": "task/cost_per_1000", "at_most": 1.5})
    assert [rule.outcome for rule in verdict.rules] == ["pass", "fail", "pass", "undecided"]

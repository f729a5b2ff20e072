"""Waivers: one rule, one report, one reason, in the ledger; nothing else changes."""

from typing import Any

import pytest
from gate_items import items

from tunewright import gate
from tunewright.core.errors import Fault
from tunewright.core.records import Report, Verdict
from tunewright.core.run import Run
from tunewright.recipe import RuleSpec

RULES = tuple(map(RuleSpec.model_validate, (
    {"metric": "task/exact", "at_least": 0.8}, {"metric": "task/exact", "at_least": 0.99},
    {"metric": "general/copy", "at_least": 0.5})))
FAILING = "task/exact: at_least 0.99"


@pytest.fixture
def report(reported: Any) -> Report:
    made: Report = reported(items("tuned", [1.0] * 180 + [0.0] * 20)
                            + items("tuned", [1.0] * 10 + [0.0] * 10, suite="general", scorer="copy"))
    return made


def verdict(run: Run, report: Report) -> Verdict:
    return gate.make(RULES, report, None, run.home.store, "desk", run)


def test_a_waived_rule_stands_in_nobodys_way(run: Run, report: Report) -> None:
    before = verdict(run, report)
    assert [rule.outcome for rule in before.rules] == ["pass", "fail", "undecided"]
    after = gate.waive(run.home.ledger, before, [FAILING, "general/copy"], "ann", "a pilot of ten people")
    assert [rule.outcome for rule in after.rules] == ["pass", "waived", "waived"]
    assert after.told == "pass (2 waived)"
    assert [rule.sentence for rule in after.rules] == [rule.sentence for rule in before.rules]
    assert verdict(run, report) == after, "the ledger alone says so from now on"


def test_who_and_why_stand_in_the_ledger_and_in_the_verdict(run: Run, report: Report) -> None:
    gate.waive(run.home.ledger, verdict(run, report), [FAILING], "ann", "a pilot")
    (entry,) = run.home.ledger.entries(action="waive")
    assert (entry.by, entry.why, entry.subject) == ("ann", "a pilot", "desk")
    assert entry.data == {"name": "desk", "report": report.digest, "rule": FAILING, "outcome": "fail"}
    waiver = verdict(run, report).rules[1].waiver
    assert waiver
    assert (waiver.was, waiver.by, waiver.why, waiver.entry) == ("fail", "ann", "a pilot", entry.digest)


def test_a_waiver_carries_to_no_other_report_and_no_other_bound(run: Run, report: Report, reported: Any) -> None:
    gate.waive(run.home.ledger, verdict(run, report), [FAILING], "ann", "a pilot")
    other = reported(items("tuned", [1.0] * 181 + [0.0] * 19)
                     + items("tuned", [1.0] * 10, suite="general", scorer="copy"))
    assert verdict(run, other).rules[1].outcome == "fail"
    tighter = (RuleSpec(metric="task/exact", at_least=0.98),)
    assert gate.make(tighter, report, None, run.home.store, "desk", run).outcome == "fail"


def test_a_dry_run_shows_the_verdict_and_writes_nothing(run: Run, report: Report) -> None:
    before = verdict(run, report)
    told = gate.waive(run.home.ledger, before, [FAILING], "ann", "a pilot", dry_run=True)
    assert told.told == "undecided (1 waived)"
    assert not list(run.home.ledger.entries())
    assert verdict(run, report) == before


@pytest.mark.parametrize(("rule", "sentence"), [
    ("task/exct", "did you mean `task/exact`"), ("task/exact: at_least 0.8", "it passes"),
    ("safety/refusal", "no rule `safety/refusal`")])
def test_only_a_rule_that_is_there_and_did_not_pass_can_be_waived(rule: str, sentence: str, run: Run,
                                                                  report: Report) -> None:
    with pytest.raises(Fault, match=sentence):
        gate.waive(run.home.ledger, verdict(run, report), ["general/copy", rule], "ann", "why not")
    assert not list(run.home.ledger.entries()), "all or none"


def test_a_rule_is_waived_once(run: Run, report: Report) -> None:
    gate.waive(run.home.ledger, verdict(run, report), [FAILING], "ann", "a pilot")
    with pytest.raises(Fault, match="waived already, by ann"):
        gate.waive(run.home.ledger, verdict(run, report), [FAILING], "bob", "again")


def test_a_name_of_several_rules_is_refused_and_they_are_named(run: Run, report: Report) -> None:
    twice = (*RULES, RuleSpec(metric="task/exact", at_least=0.98))
    made = gate.make(twice, report, None, run.home.store, "desk", run)
    with pytest.raises(Fault, match=r"means 2 rules.*`task/exact: at_least 0.99`, `task/exact: at_least 0.98`"):
        gate.waive(run.home.ledger, made, ["task/exact"], "ann", "a pilot")


def test_without_a_reason_nothing_is_waived(run: Run, report: Report) -> None:
    with pytest.raises(Fault, match="say why"):
        gate.waive(run.home.ledger, verdict(run, report), [FAILING], "ann", " ")


def test_a_ci_sees_who_waived_what_and_why(run: Run, report: Report) -> None:
    after = gate.waive(run.home.ledger, verdict(run, report), [FAILING, "general/copy"], "ann", "a <pilot>")
    assert 'failures="0" errors="0" skipped="2"' in gate.junit(after)
    assert "waived by ann: a &lt;pilot&gt;" in gate.junit(after)
    assert gate.markdown(after).startswith("### ✅ desk: pass (2 waived), 1 of 3 rules passed")
    assert "| ⚠️ waived | task/exact | at\\_least 0.99 | waived by ann: a &lt;pilot" in gate.markdown(after)


def test_the_terminal_says_who_waived_it(run: Run, report: Report, said: list[str]) -> None:
    gate.waive(run.home.ledger, verdict(run, report), [FAILING, "general/copy"], "ann", "a pilot")
    said.clear()
    verdict(run, report)
    assert said[0] == "gate: pass (2 waived): 1 of 3 rules passed"
    assert said[1] == ("gate:   waived: task/exact 0.90 (0.85 to 0.94) is below 0.99 (fail; waived by ann: a pilot)")

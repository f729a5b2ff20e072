"""`gate` as a person and a CI see it: a rule that did not pass is waived with a reason, and everything shows it."""

import json

import pytest
from verb import sentence, tune

FAILING = "task/exact: at_least 0.99"


def waive(*more: str):
    return tune("gate", "worse.yaml", "--waive", FAILING, "--why", "a pilot", "--by", "ann", *more)


def test_a_waiver_turns_the_exit_code_and_says_what_comes_next(desk):
    assert tune("gate", "worse.yaml").exit_code == 3
    result = waive()
    assert result.exit_code == 0
    assert "pass (1 waived): 0 of 1 rules passed" in result.stdout
    assert "(fail; waived by ann: a pilot)" in result.stdout
    assert result.stdout.splitlines()[-1] == "next      tunewright run worse.yaml"


def test_the_release_of_a_waived_verdict_says_so_everywhere(desk):
    waive()
    again = tune("run", "worse.yaml")
    assert again.exit_code == 0
    assert "desk@3 · candidate" in again.stdout
    assert "pass (1 waived)" in tune("show").stdout.splitlines()[-1]
    assert "waived     task/exact at_least 0.99: " in tune("show", "desk@3").stdout
    assert "waived by ann: a pilot" in tune("show", "desk@3").stdout
    log = tune("log", "desk").stdout
    assert [line for line in log.splitlines() if "waive" in line and "a pilot" in line]
    assert "the gate says pass (1 waived)" in log
    assert any(
        "pass (1 waived)" in page.read_text() for page in (desk / ".tunewright/runs").glob("*/report.html"))
    assert tune("promote", "desk@3", "--why", "the pilot").exit_code == 0
    assert "nothing to do: desk@3" in tune("run", "worse.yaml").stdout


def test_a_dry_run_waives_nothing(desk):
    result = waive("--dry-run")
    assert result.exit_code == 0
    assert "nothing was waived: this was a dry run" in result.stdout
    assert "waive" not in tune("log").stdout
    assert tune("gate", "worse.yaml").exit_code == 3


def test_what_a_ci_reads_has_the_waiver(desk):
    told = json.loads(waive("--json", "--junit", "gate.xml", "--markdown", "gate.md").stdout)
    assert told["record"]["rules"][0]["waiver"]["by"] == "ann"
    assert 'skipped="1"' in (desk / "gate.xml").read_text()
    assert "pass (1 waived)" in (desk / "gate.md").read_text()


@pytest.mark.parametrize(("words", "said"), [
    (("--waive", "task/exact"), "say why you waive"),
    (("--why", "no rule"), "--why and --dry-run go with --waive"),
    (("--dry-run",), "--why and --dry-run go with --waive"),
    (("--waive", "task/exat", "--why", "x"), "did you mean `task/exact`?")])
def test_a_waiver_that_cannot_be_is_one_sentence(words, said, desk):
    result = tune("gate", "worse.yaml", *words)
    assert result.exit_code == 2
    assert said in sentence(result)


def test_a_waiver_without_a_reason_is_refused_before_anything_is_done(desk):
    assert tune("gate", "worse.yaml", "--waive", "task/exact", "--why", " ").stdout == ""


def test_check_says_what_a_gate_does_not_guard(desk):
    result = tune("check", "desk.yaml")
    assert "gate      no rule against live: a release may be worse than the one it replaces" in result.stdout
    assert "no rule on general" in result.stdout
    assert len(json.loads(tune("check", "desk.yaml", "--json").stdout)["gate"]) == 2

"""Promote and rollback, as a person types them."""

import json
import re

import pytest
from verb import sentence, tune


def test_promote_and_rollback_tell_in_one_line_what_changed(desk):
    first = tune("promote", "desk@1", "--why", "first release", "--by", "mira")
    assert re.fullmatch(r"desk: nothing → @1 in \d+ ms · entry [0-9a-f]{6} by mira\n", first.stdout)
    tune("promote", "desk@2", "--why", "try it", "--override", "--by", "mira")
    back = tune("rollback", "desk", "--why", "wrong answers, ticket 881", "--by", "mira")
    assert re.fullmatch(r"desk: @2 → @1 in \d+ ms · entry [0-9a-f]{6} by mira\n", back.stdout)


def test_a_rejected_release_is_refused_with_its_reason(desk):
    result = tune("promote", "desk@2", "--why", "I want it")
    assert result.exit_code == 2
    assert re.search(r"desk@2 cannot be promoted: the gate says fail: task/exact .* --override --why", sentence(result))


def test_an_override_is_told_and_entered(desk):
    assert tune("promote", "desk@2", "--why", "the test set is wrong", "--override").stdout.endswith("overridden\n")
    entry = json.loads(tune("log", "desk", "--json").stdout)[-1]
    assert (entry["action"], entry["why"], entry["data"]["override"]) == ("promote", "the test set is wrong", True)


@pytest.mark.parametrize("words", [("promote", "desk@1"), ("rollback", "desk")])
def test_a_dry_run_says_what_would_change(desk, words):
    tune("promote", "desk@2", "--why", "a", "--override")
    if words[0] == "rollback":
        tune("promote", "desk@1", "--why", "b")
    before = tune("log", "--json").stdout
    assert "would change; this was a dry run" in tune(*words, "--why", "try", "--dry-run").stdout
    assert tune("log", "--json").stdout == before


def test_json_tells_the_change(desk):
    told = json.loads(tune("promote", "desk@1", "--why", "first", "--by", "mira", "--json").stdout)
    assert {name: told[name] for name in ("name", "now", "before")} == {"name": "desk", "now": "desk@1", "before": None}
    assert told["entry"]["by"] == "mira"
    assert set(told) == {"name", "now", "before", "digest", "seconds", "entry"}


@pytest.mark.parametrize("words", [("promote", "desk@1"), ("rollback", "desk")])
def test_a_change_needs_a_reason(desk, words):
    result = tune(*words)
    assert result.exit_code == 2
    assert "missing option '--why'" in sentence(result)


def test_there_is_nothing_to_roll_back_to(desk):
    assert sentence(tune("rollback", "desk", "--why", "bad")) == "desk has no live release: promote one first."
    assert sentence(tune("rollback", "dsk", "--why", "bad")) == "no release is named dsk: did you mean desk?"


def test_the_user_of_the_system_acts_unless_named(desk, monkeypatch):
    monkeypatch.setenv("LOGNAME", "lovelace")
    tune("promote", "desk@1", "--why", "first")
    assert json.loads(tune("log", "--json").stdout)[-1]["by"] == "lovelace"

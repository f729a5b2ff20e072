"""`tunewright key`: make, list, revoke."""

import json

import pytest
from verb import sentence, tune

from tunewright.core.home import Home


@pytest.fixture
def home(tmp_path):
    Home(tmp_path).ledger.close()
    return str(tmp_path)


def test_a_key_alone_is_on_stdout_and_what_is_said_of_it_on_stderr(home):
    made = tune("key", "create", "base", "--days", "30", "--why", "tests", "--home", home)
    assert made.exit_code == 0
    assert made.stdout.startswith("tw-")
    assert len(made.stdout.split()) == 1
    assert "for base, until 20" in made.stderr
    assert "shown this once" in made.stderr


def test_the_list_shows_bounds_and_status_and_no_hash(home):
    assert "there are no keys" in tune("key", "list", "--home", home).stderr
    made = json.loads(tune("key", "create", "--requests", "60", "--budget", "5", "--why", "the shop", "--by", "mira",
                           "--json", "--home", home).stdout)
    assert "digest" not in made
    told = tune("key", "list", "--home", home).stdout
    assert [word in told for word in (made["id"], "good", "every name", "60 requests/min", "the shop (mira)")] == (
        [True] * 5)
    assert made["key"] not in told
    assert "revoked" in tune("key", "revoke", made["id"], "--why", "over", "--home", home).stdout
    [listed] = json.loads(tune("key", "list", "--json", "--home", home).stdout)
    assert (listed["status"], listed["budget"]) == ("revoked", 5.0)
    assert "digest" not in listed


@pytest.mark.parametrize("words", [
    ("create",), ("create", "--days", "0", "--why", "a"), ("create", "nothing", "--why", "a"),
    ("revoke", "abc", "--why", "a")])
def test_what_cannot_be_is_one_sentence(home, words):
    from verb import command

    done = command("key", *words, "--home", home)
    assert done.returncode == 2
    assert sentence(done)


@pytest.mark.parametrize("budget", ["nan", "inf", "0", "-1"])
def test_a_budget_is_a_number_above_nothing_and_has_an_end(home, budget):
    result = tune("key", "create", "--budget", budget, "--why", "tests", "--home", home)
    assert result.exit_code == 2
    assert "'--budget'" in sentence(result)
    assert "there are no keys" in tune("key", "list", "--home", home).stderr


@pytest.mark.parametrize("verb", [("create",), ("revoke", "0123456789ab")])
def test_a_key_is_neither_made_nor_revoked_without_a_reason(home, verb):
    result = tune("key", *verb, "--why", " ", "--home", home)
    assert result.exit_code == 2
    assert "say why you" in sentence(result)

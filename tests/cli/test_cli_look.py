"""The verbs that read: as lines, and as JSON with documented fields."""

import json
import re

import pytest
from verb import files, sentence, tune

from tunewright.core.home import find_home
from tunewright.serve.audit import Audit


def test_log_tells_who_did_what_and_why(desk):
    lines = tune("log").stdout.splitlines()
    assert re.match(r"no  when \(UTC\) +entry +who +action +what +why", lines[0])
    assert re.match(r"1   \d{4}(-\d\d){2} \d\d(:\d\d){2}  [0-9a-f]{6}  mira  add     desk@1  the gate says", lines[1])
    assert re.match(r"2 .* ann   reject  desk@2  the gate says fail: task/exact", lines[2])


def test_log_of_a_name_and_only_the_last(desk):
    assert len(json.loads(tune("log", "desk", "--last", "1", "--json").stdout)) == 1
    assert sentence(tune("log", "dsk")) == "no release is named dsk: did you mean desk?"


def test_log_json_holds_whole_entries(desk):
    entries = json.loads(tune("log", "--json").stdout)
    assert [set(entry) for entry in entries] == [
        {"number", "previous", "digest", "at", "by", "action", "subject", "why", "data"}] * 2


def test_show_lists_releases_with_their_status(desk):
    lines = tune("show").stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["release", "status", "verdict"], ["desk@1", "candidate", "pass"], ["desk@2", "rejected", "fail"]]
    assert [one["status"] for one in json.loads(tune("show", "--json").stdout)] == ["candidate", "rejected"]


def test_show_tells_a_release_with_its_lineage(desk):
    told = tune("show", "desk@1").stdout
    assert re.match(r"release [0-9a-f]{6} · desk@1\n", told)
    for word in ("pass       task/loss", "task/exact", "words.csv, 60 rows, CC0-1.0", "lora on base", "add"):
        assert word in told


@pytest.mark.parametrize("kind", ["verdict", "report", "model", "dataset", "recipe"])
def test_show_takes_a_digest_prefix_of_any_record(desk, kind):
    lineage = json.loads(tune("show", "desk@1", "--json").stdout)["lineage"]
    digest = next(link["digest"] for link in lineage if link["kind"] == kind)
    shown = json.loads(tune("show", digest[:12], "--json").stdout)
    assert (shown["digest"], shown["lineage"][0]["kind"]) == (digest, kind)
    assert tune("show", digest[:12]).stdout.startswith(f"{kind} {digest[:6]} · ")


@pytest.mark.parametrize(("reference", "told"), [
    ("desk@9", "there is no release desk@9: did you mean"),
    ("desk@live", "desk has no live release"),
    ("desk", "no release is called desk: did you mean desk@"),
    ("wat", "wat is neither name@number nor a digest"),
    ("feedbeef", "no record's digest begins with feedbeef"),
])
def test_show_tells_an_unknown_reference(desk, reference, told):
    result = tune("show", reference)
    assert result.exit_code == 2
    assert told in sentence(result)


def test_diff_shows_only_what_changed(desk):
    told = tune("diff", "desk@1", "desk@2").stdout
    assert told.startswith("desk@1 → desk@2\n")
    assert re.search(r"recipe.train.0.rank +2 → 4   \+2\n", told)
    assert "purpose" not in told
    shifts = json.loads(tune("diff", "desk@1", "desk@2", "--json").stdout)["shifts"]
    assert {"what": "recipe.train.0.rank", "before": 2, "after": 4, "delta": 2} in shifts
    assert "| recipe.train.0.rank | 2 | 4 | +2 |" in tune("diff", "desk@1", "desk@2", "--markdown").stdout


def test_explain_goes_from_a_response_to_its_sources(desk):
    home = find_home()
    digest = json.loads(tune("show", "desk@1", "--json").stdout)["digest"]
    audit = Audit(home, "gateway")
    audit.write({"id": "chatcmpl-7f3a", "release": "desk@1", "release_digest": digest})
    audit.close()
    told = tune("explain", "chatcmpl-7f3a").stdout
    assert re.search(r"^id +chatcmpl-7f3a$", told, re.MULTILINE)
    assert [line.split()[0] for line in told.split("lineage")[1].splitlines()[1:8]] == [
        "release", "verdict", "report", "model", "dataset", "recipe", "source"]
    found = json.loads(tune("explain", "chatcmpl-7f3a", "--json").stdout)
    assert set(found) == {"audit", "links", "entries", "records", "feedback", "steps"}
    assert "no answer with id chatcmpl-0000" in sentence(tune("explain", "chatcmpl-0000"))


def test_schema_prints_one_document():
    assert json.loads(tune("schema").stdout)["title"] == "Recipe"


def test_reading_writes_nothing(desk):
    before = files(desk)
    for words in (["show"], ["log"], ["diff", "desk@1", "desk@2"], ["show", "desk@1"], ["verify"]):
        assert tune(*words).exit_code == 0
    assert files(desk) - before <= {".tunewright/ledger.sqlite-wal", ".tunewright/ledger.sqlite-shm"}


@pytest.mark.parametrize("words", [["show"], ["log"], ["verify"], ["diff", "a@1", "a@2"],
                                   ["rollback", "a", "--why", "b"]])
def test_without_a_home_it_says_where_to_begin(empty, words):
    result = tune(*words)
    assert result.exit_code == 2
    assert sentence(result).startswith(f"no .tunewright folder in {empty} or above")
    assert files(empty) == set()


def test_an_empty_home_says_where_to_begin(empty):
    (empty / ".tunewright").mkdir()
    assert "tunewright run RECIPE" in tune("log").stderr
    assert "tunewright run RECIPE" in tune("show").stderr
    assert json.loads(tune("log", "--json").stdout) == []


def test_a_home_can_be_named(desk, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "desk@1" in tune("log", "--home", str(desk / ".tunewright")).stdout

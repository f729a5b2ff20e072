"""`tunewright withdraw` and `tunewright retention`, as a person sees them."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from verb import sentence, tune

from tunewright.cli.group import tunewright

RECIPE = """\
name: desk
purpose: Name the intent.
data:
  use: {use}
  sources:
    - path: a.csv
      format: {{prompt: text, response: label}}
      license: {license}
      basis: contract
      subject: who
      collected: {{column: day}}
      retention: {retention}
  split: {{test: 0.3, validation: 0}}
gate:
  - {{metric: task/exact, at_least: 0.5}}
"""


@pytest.fixture
def folder(empty) -> Path:
    """A recipe and its file; nothing is prepared yet."""
    rows = [f"{who},2020-0{month}-01,{who} asks {month},x" for who in ("ann", "ben", "cleo") for month in (1, 2, 3)]
    (empty / "a.csv").write_text("\n".join(["who,day,text,label", *rows]) + "\n")
    return write(empty)


def write(folder: Path, use: str = "internal", license: str = "proprietary", retention: str = "900y") -> Path:
    (folder / "desk.yaml").write_text(RECIPE.format(use=use, license=license, retention=retention))
    return folder


def test_a_withdrawal_is_told_line_by_line(folder):
    tune("data", "desk.yaml")
    told = tune("withdraw", "--subject", "ann", "--why", "asked", "--by", "mira", "--retrain", "desk.yaml")
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert re.match(r"withdraw  entry 1 \([0-9a-f]{6}\) by mira", lines[0])
    assert lines[1].startswith("records   3 in 1 dataset")
    assert re.match(r" {10}dataset [0-9a-f]{6}: .*train", lines[2])
    assert any(re.match(r"erased    \d+ files?, written anew without them", line) for line in lines)
    assert any(re.match(r"retrain   dataset [0-9a-f]{6}: 6 records, 3 left out as withdrawn", line) for line in lines)
    assert lines[-1].startswith("next      tunewright run desk.yaml")
    assert "ann" not in tune("log").stdout


def test_what_the_audit_trail_holds_is_told(folder):
    tune("data", "desk.yaml")
    (folder / ".tunewright" / "audit").mkdir()
    (folder / ".tunewright" / "audit" / "a.jsonl").write_text(json.dumps(
        {"id": "c-1", "at": "2026", "user": "ann", "answer": ["an answer"]}) + "\n")
    told = tune("withdraw", "--subject", "ann", "--why", "asked", "--dry-run").stdout.splitlines()
    assert "answers   1 record of the subject in the audit trail (1 with text), until its retention is over" in told
    shown = json.loads(tune("withdraw", "--subject", "ben", "--why", "asked", "--json").stdout)
    assert shown["answers"] == {"named": 0, "with_text": 0, "figures": 0}


def test_a_dry_run_says_so_and_writes_nothing(folder):
    tune("data", "desk.yaml")
    told = tune("withdraw", "--subject", "ann", "--why", "asked", "--dry-run")
    assert told.stdout.startswith("withdraw  this is a dry run: nothing was changed")
    assert "records   3 in 1 dataset" in told.stdout
    assert tune("log").stdout == ""


def test_json_holds_what_is_documented(folder):
    tune("data", "desk.yaml")
    told = json.loads(tune("withdraw", "--subject", "ann", "--why", "asked", "--json").stdout)
    assert set(told) == {"entry", "subject", "records", "datasets", "unknown", "models", "reports", "releases", "live",
                         "answers", "erased", "again", "retrained"}
    assert (told["entry"], told["records"], told["again"], told["retrained"]) == (1, 3, False, None)


def test_a_second_time_is_told_as_one(folder):
    tune("data", "desk.yaml")
    tune("withdraw", "--subject", "ann", "--why", "asked", "--by", "mira")
    told = tune("withdraw", "--subject", "ann", "--why", "asked")
    assert re.match(r"withdraw  the subject had withdrawn before: entry 1 \([0-9a-f]{6}\) by mira", told.stdout)


def test_a_person_of_whom_nothing_is_held_is_blocked(folder):
    tune("data", "desk.yaml")
    told = tune("withdraw", "--subject", "zoe", "--why", "asked")
    assert "records   none is held; any that comes is left out" in told.stdout


def test_the_id_may_come_from_standard_input(folder):
    tune("data", "desk.yaml")
    told = CliRunner().invoke(tunewright, ["withdraw", "--subject", "-", "--why", "asked"], input="ann\n")
    assert "records   3 in 1 dataset" in told.stdout


def test_a_recipe_to_retrain_must_be_there_before_anything_is_changed(folder):
    tune("data", "desk.yaml")
    told = tune("withdraw", "--subject", "ann", "--why", "asked", "--retrain", "dsk.yaml")
    assert told.exit_code == 2
    assert sentence(told).startswith("--retrain dsk.yaml is no file")
    assert tune("log").stdout == ""


def test_verify_tells_what_was_erased_and_by_which_entry(folder):
    tune("data", "desk.yaml")
    tune("withdraw", "--subject", "ann", "--why", "asked")
    told = tune("verify")
    assert told.exit_code == 0
    assert re.match(r"intact: 1 entry, head [0-9a-f]{12}\nerased by entry 1: \d+ objects?\n", told.stdout)
    assert list(json.loads(tune("verify", "--json").stdout)["erased"]) == ["1"]


def test_retention_tells_what_expires_when(folder):
    told = tune("retention", "desk.yaml").stdout
    assert re.match(r"dataset [0-9a-f]{6} · 9 records, none has expired by \d{4}-\d\d-\d\d\n", told)
    assert "2920-01-01  3        a.csv   900y" in told
    found = json.loads(tune("retention", "desk.yaml", "--json").stdout)
    assert [(one["day"], one["records"]) for one in found["expiries"]] == [
        ("2920-01-01", 3), ("2920-02-01", 3), ("2920-03-01", 3)]
    assert json.loads(tune("retention", found["dataset"][:12], "--json").stdout) == found


def test_retention_of_what_is_no_dataset_names_the_way(folder):
    tune("data", "desk.yaml")
    assert sentence(tune("retention", "desk@1")).startswith("no release is named desk")


def test_retention_without_a_release_says_so(folder):
    tune("data", "desk.yaml")
    assert "there are no releases yet" in tune("retention").stderr


def test_a_dataset_that_is_all_expired_is_a_fault(folder):
    write(folder, retention="1y")
    told = tune("data", "desk.yaml")
    assert told.exit_code == 2
    assert "would be empty" in sentence(told)


def test_a_licence_that_forbids_the_use_stops_check_and_data(folder):
    write(folder, use="commercial", license="CC-BY-NC-4.0")
    for verb in ("data", "check", "run"):
        told = tune(verb, "desk.yaml")
        assert told.exit_code == 2
        assert sentence(told) == ("`data.use: commercial` is forbidden by 1 licence: a.csv: CC-BY-NC-4.0 forbids "
                                  "commercial use: take another, state another use, or get permission and "
                                  "write `license: proprietary`.")


def test_a_licence_that_a_person_has_to_judge_is_told(folder):
    write(folder, license="CC-BY-NC-4.0")
    assert "licence   a.csv: CC-BY-NC-4.0 forbids commercial use, and work inside" in tune("data", "desk.yaml").stdout


def test_releases_are_told_with_their_first_expiry(desk):
    lines = tune("retention").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["release", "desk@1", "desk@2"]
    assert lines[1].endswith("never")
    assert [one["expires"] for one in json.loads(tune("retention", "--json").stdout)] == [None, None]
    assert "never" in tune("retention", "desk@1").stdout

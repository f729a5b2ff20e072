"""Whatever was changed after it was written, verify names it and exits 2."""

import json
import sqlite3
from pathlib import Path

import pytest
from verb import sentence, tune

from tunewright.core.home import find_home
from tunewright.serve.audit import Audit, folder


def change(statement: str) -> None:
    with sqlite3.connect(find_home().path / "ledger.sqlite") as connection:
        connection.execute(statement)
    connection.close()


def test_an_untouched_home_is_intact(desk):
    result = tune("verify")
    assert result.exit_code == 0
    assert result.stdout.startswith("intact: 2 entries, head ")


@pytest.mark.parametrize(("column", "value"), [
    ("why", "'because'"), ("by", "'eve'"), ("subject", "'desk@7'"), ("at", "'2020-01-01'"), ("data", "'{}'")])
def test_a_changed_entry_is_named(desk, column, value):
    change(f"update entries set {column} = {value} where number = 1")
    result = tune("verify")
    assert result.exit_code == 2
    assert "ledger: entry 1 was changed after it was written." in result.stdout


def test_a_changed_object_is_named(desk):
    digest = json.loads(tune("show", "desk@1", "--json").stdout)["lineage"][3]["record"]["files"]
    path = find_home().path / "store" / "objects" / digest[:2] / digest[2:]
    path.write_bytes(path.read_bytes() + b" ")
    result = tune("verify")
    assert result.exit_code == 2
    assert digest in result.stdout


def unlink(digest: str) -> None:
    (find_home().path / "store" / "objects" / digest[:2] / digest[2:]).unlink()


KINDS = ["release", "verdict", "report", "model", "dataset", "recipe"]


@pytest.mark.parametrize(("at", "kind"), list(enumerate(KINDS)))
def test_a_missing_record_is_named(desk, at, kind):
    digest = json.loads(tune("show", "desk@1", "--json").stdout)["lineage"][at]["digest"]
    unlink(digest)
    result = tune("verify")
    assert result.exit_code == 2
    assert f"desk@1: its {kind} cannot be read: object {digest} is not in the store" in result.stdout


def test_a_missing_file_of_a_model_is_named(desk):
    files = json.loads(tune("show", "desk@1", "--json").stdout)["lineage"][3]["record"]["files"]
    unlink(find_home().store.folder(files)["adapter_model.safetensors"])
    assert "desk@1: adapter_model.safetensors of its model" in tune("verify").stdout
    unlink(files)
    assert "desk@1: the files of its model cannot be listed" in tune("verify").stdout


def test_a_head_that_was_exported_proves_that_nothing_was_cut_off(desk, tmp_path):
    head = tmp_path / "head.json"
    assert tune("verify", "--export-head", str(head)).exit_code == 0
    assert tune("verify", "--head", str(head)).exit_code == 0
    change("delete from entries where number = 2")
    first = find_home().ledger.entries()
    change(f"update head set number = 1, digest = '{next(first).digest}'")
    first.close()
    assert tune("verify").exit_code == 0
    result = tune("verify", "--head", str(head), "--json")
    assert result.exit_code == 2
    told = json.loads(result.stdout)
    assert told["intact"] is False
    assert "ledger: entry 2 of the exported head is gone" in told["breaks"][0]


def test_a_head_file_that_is_none_is_told(desk, tmp_path):
    (tmp_path / "head.json").write_text("[]")
    assert "does not hold an exported head" in sentence(tune("verify", "--head", str(tmp_path / "head.json")))
    assert "cannot be read (No such file" in sentence(tune("verify", "--head", str(tmp_path / "none.json")))


def audit_segments() -> list[Path]:
    """Two closed segments of four records each, oldest first."""
    for at in range(2):
        audit = Audit(find_home(), "mira")
        for number in range(4):
            audit.write({"id": f"chatcmpl-{at}{number}", "user": "mira"})
        audit.close()
    return sorted(folder(find_home()).glob("*.jsonl"))


def test_audit_segments_as_they_were_written_are_intact(desk):
    assert len(audit_segments()) == 2
    assert tune("verify").exit_code == 0


@pytest.mark.parametrize(("harm", "told"), [
    (lambda rows: [*rows[:1], rows[1].replace(b"mira", b"noor"), *rows[2:]], "line 2 of {} was changed"),
    (lambda rows: [rows[0], *rows[2:]], "line 2 of {} does not follow the line before it"),
    (lambda rows: [rows[1], rows[0], *rows[2:]], "line 1 of {} does not follow the line before it"),
    (lambda rows: rows[1:], "line 1 of {} does not follow the line before it"),
    (lambda rows: rows[:-1], "segment {} is not what ledger entry"),
    (lambda rows: [], "segment {} is not what ledger entry"),
    (lambda rows: [*rows[:-1], rows[-1][:-9]], "line 4 of {} was changed after it was written: it has no end")])
def test_an_audit_segment_that_was_changed_reordered_or_cut_is_named_and_no_other(desk, harm, told):
    harmed, other = audit_segments()
    harmed.write_bytes(b"".join(harm(harmed.read_bytes().splitlines(keepends=True))))
    result = tune("verify")
    assert result.exit_code == 2
    assert f"audit: {told.format(harmed.name)}" in result.stdout
    assert other.name not in result.stdout


def test_audit_segments_that_stand_under_one_anothers_name_are_both_named(desk):
    one, other = audit_segments()
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    result = tune("verify")
    assert result.exit_code == 2
    for path in (one, other):
        assert f"audit: segment {path.name} is not what ledger entry" in result.stdout


def test_an_audit_segment_that_was_removed_is_named(desk):
    removed, other = audit_segments()
    removed.unlink()
    assert tune("verify").exit_code == 0, "a closed segment is in the store too"
    [digest] = [entry.data["digest"] for entry in find_home().ledger.entries(action="audit")
                if entry.subject == removed.name]
    unlink(digest)
    result = tune("verify")
    assert result.exit_code == 2
    assert f"audit: segment {removed.name}, anchored in ledger entry" in result.stdout
    assert other.name not in result.stdout

"""Whatever was changed after it was written, verify names it and exits 2."""

import json
import sqlite3

import pytest
from verb import sentence, tune

from tunewright.core.home import find_home


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

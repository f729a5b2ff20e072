"""Bad input gets one sentence and exit 2, never a traceback, and leaves nothing half-made."""

import os
import socket

import pytest
from kitchen import write_kitchen
from verb import command, files, sentence, tune

from tunewright.cli import crash
from tunewright.core.home import find_home


@pytest.fixture
def kitchen(empty):
    write_kitchen(empty)
    return empty


def recipe(folder, old: str, new: str) -> None:
    path = folder / "desk.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def assert_nothing_made(folder) -> None:
    left = {file for file in files(folder) if file.startswith(".tunewright")}
    assert {file for file in left if "ledger.sqlite" not in file and not file.endswith(".lock")} == set()


@pytest.mark.parametrize(("old", "new", "told"), [
    ("method: lora", "metod: lora", "desk.yaml:9: "),
    ("name: desk", "nmae: desk", "did you mean `name`?"),
    ("rank: 2", "rank: many", "rank"),
    ("metric: task/loss, at_most: 100", "metric: task/loss", "exactly one of"),
    ("basis: contract", "basis: because", "basis"),
    ("steps: 4", "steps: -4", "steps"),
    ("at_most: 100", "at_most: .inf", "finite"),
    ("at_most: 100", "at_most: .nan", "finite"),
])
def test_a_wrong_recipe(kitchen, old, new, told):
    recipe(kitchen, old, new)
    result = tune("run", "desk.yaml")
    assert result.exit_code == 2
    assert told in sentence(result)
    assert not (kitchen / ".tunewright").exists()


@pytest.mark.parametrize(("text", "told"), [
    ("- name: desk\n", "this is a list"), ("", "this is empty"), ("just words", "a single value"),
    ("name: [", "not valid YAML"), ("name: \x01", "not valid YAML")])
def test_a_recipe_that_is_none(kitchen, text, told):
    (kitchen / "desk.yaml").write_text(text)
    result = tune("run", "desk.yaml")
    assert result.exit_code == 2
    assert told in sentence(result)


def test_a_recipe_that_is_missing_a_folder_or_bytes(kitchen):
    assert "does not exist" in sentence(tune("run", "dsk.yaml"))
    assert "is a folder" in sentence(tune("run", "base"))
    (kitchen / "desk.yaml").write_bytes(b"name: \xff\xfe")
    assert "not UTF-8" in sentence(tune("run", "desk.yaml"))


@pytest.mark.parametrize(("base", "told"), [
    ("basis", "did you mean `base`?"), ("words.csv", "is a file"), ("nowhere/at/all", "no base")])
def test_a_missing_base(kitchen, base, told):
    recipe(kitchen, "name: base,", f"name: {base},")
    result = tune("run", "desk.yaml")
    assert result.exit_code == 2
    assert told in sentence(result)


@pytest.mark.parametrize(("content", "told"), [
    (b"", "words.csv"), (b"word,length\na,b\n", "size"), (b"word,size\n\xff\xfe,b\n", "words.csv"),
    (b"word,size\n", "words.csv")])
def test_broken_data(kitchen, content, told):
    (kitchen / "words.csv").write_bytes(content)
    result = tune("run", "desk.yaml")
    assert result.exit_code == 2
    assert told in sentence(result)
    assert_nothing_made(kitchen)


def test_a_source_that_is_missing(kitchen):
    (kitchen / "words.csv").unlink()
    result = tune("run", "desk.yaml")
    assert result.exit_code == 2
    assert "words.csv" in sentence(result)
    assert_nothing_made(kitchen)


def test_a_file_in_the_homes_place(kitchen):
    (kitchen / "state").write_text("a file")
    result = tune("run", "desk.yaml", "--home", "state/home")
    assert result.exit_code == 2
    assert "state/home cannot be made" in sentence(result)


READ_ONLY = """
import os, errno, pathlib
real = os.access
os.access = lambda path, mode, **kw: False if mode & os.W_OK and '.tunewright' in str(path) else real(path, mode, **kw)
"""


def test_a_read_only_home(kitchen):
    (kitchen / ".tunewright").mkdir()
    result = command("run", "desk.yaml", code=READ_ONLY)  # root may write anywhere, so say that it may not
    assert result.returncode == 2
    assert ".tunewright is read-only" in sentence(result)
    assert files(kitchen / ".tunewright") == set()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_without_rights(kitchen):
    (kitchen / ".tunewright").mkdir(mode=0o500)
    assert "is read-only" in sentence(tune("run", "desk.yaml"))


QUOTA = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes}, {bytes}))"


@pytest.mark.parametrize("bytes_", [0, 2_000])
def test_a_full_disk(kitchen, bytes_):
    result = command("data", "desk.yaml", code=QUOTA.format(bytes=bytes_))
    assert result.returncode == 2, result.stderr + result.stdout
    assert sentence(result)
    assert list(find_home().store.verify()) == []


def test_a_disk_that_fills_up_while_running(kitchen):
    result = command("run", "desk.yaml", code=QUOTA.format(bytes=40 << 10))
    assert result.returncode == 2, result.stderr
    assert sentence(result)
    assert list(find_home().store.verify()) == []
    again = tune("run", "desk.yaml")
    assert again.exit_code == 0, again.stderr
    assert tune("verify").exit_code == 0


def test_a_port_in_use(desk):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = tune("serve", "--engine", "fake", "--port", str(port))
    assert result.exit_code == 2
    assert sentence(result) == (f"cannot listen on 127.0.0.1:{port} (Address already in use): stop what uses it, or "
                                "choose another with --port.")


def test_nothing_to_serve(empty):
    (empty / ".tunewright").mkdir()
    assert "there is no release to serve" in sentence(command("serve", "--port", "0"))


def test_a_name_that_is_not_there_is_not_served(desk):
    assert sentence(command("serve", "dsk", "--port", "0")) == "no release is named dsk: did you mean desk?"


def test_a_base_that_changed_is_not_served(desk):
    config = desk / "base" / "config.json"
    config.write_text(config.read_text() + " ")
    assert "bring that base back" in sentence(command("serve", "desk", "--engine", "fake", "--port", "0"))


def test_one_recipe_is_not_run_twice_at_once(kitchen):
    from tunewright.core import runs
    from tunewright.recipe import load

    home = find_home(create=True)
    with runs.opened(home, load(kitchen / "desk.yaml").recipe.digest, "ann"):
        result = tune("run", "desk.yaml")
    assert result.exit_code == 2
    assert "being run here by another process" in sentence(result)


def test_a_store_that_lost_an_object_is_told(desk):
    import json

    digest = json.loads(tune("show", "desk@1", "--json").stdout)["lineage"][1]["digest"]
    (find_home().path / "store" / "objects" / digest[:2] / digest[2:]).unlink()
    result = tune("show", "desk@1")
    assert result.exit_code == 2
    assert digest in sentence(result)


@pytest.mark.parametrize("error", [
    MemoryError(), RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes"),
    RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")])
def test_memory_that_ran_out_is_told_with_what_to_lower(error):
    assert "memory ran out: lower `rank`" in str(crash.lacking(error))


def test_another_error_is_not_taken_for_a_lack_of_memory():
    assert crash.lacking(RuntimeError("shapes differ")) is None

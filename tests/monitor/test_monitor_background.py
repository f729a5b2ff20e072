"""Of what is said in the background figures are kept, each in a line, until they are to be kept no longer."""

import json

import pytest

from tunewright.core.run import silent
from tunewright.monitor.background import Background
from tunewright.serve.audit.cipher import KEY


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "said.jsonl"


def told(path, numbers, **given):
    """Who says of each answer its number."""
    made = Background(path, lambda records: {one["id"]: one["number"] for one in records}, "who", silent, **given)
    wanted = [made.want({"id": f"a-{number}", "number": number, "at": str(number)}) for number in numbers]
    made.go_on()
    made.settle()
    return made, wanted


def kept(path):
    return [(one["id"], one["figure"]) for one in map(json.loads, path.read_text().splitlines())]


def test_all_that_waits_is_said_and_no_more_than_so_many_wait(path):
    made, wanted = told(path, range(100), most=90)
    assert wanted == [True] * 90 + [False] * 10
    assert made.said == dict(kept(path)) == {f"a-{number}": number for number in range(90)}


def test_what_is_kept_no_longer_goes_and_what_was_taken_out_of_the_file_does_not_come_back(path):
    made, _ = told(path, range(6))
    path.write_text("".join(line + "\n" for line in path.read_text().splitlines() if "a-3" not in line))
    made.forget(lambda at: at < "2")
    assert kept(path) == [("a-2", 2), ("a-4", 4), ("a-5", 5)]
    assert made.said == dict(kept(path))
    made.want({"id": "a-9", "number": 9, "at": "9"})
    made.go_on()
    assert made.settle(), "what is new is told as new, whatever went"


def test_with_the_key_of_the_trail_figures_are_unreadable_and_with_another_they_are_asked_for_again(path, monkeypatch):
    monkeypatch.setenv(KEY, "a1" * 32)
    told(path, [777])
    assert set(json.loads(path.read_text())) == {"id", "at", "with", "sealed"}
    assert told(path, [])[0].said == {"a-777": 777}
    monkeypatch.setenv(KEY, "b2" * 32)
    assert told(path, [])[0].said == {}
    assert told(path, [777])[0].said == {"a-777": 777}


def test_what_is_held_is_given_back_at_the_end(path):
    held = [1]
    made, _ = told(path, [1], give_back=held.clear)
    assert held
    made.close()
    assert not held

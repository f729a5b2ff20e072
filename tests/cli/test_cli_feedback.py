"""`tunewright feedback`: what clients said, told and written for the next recipe."""

import json

from verb import tune

from tunewright.core.home import Home
from tunewright.serve.audit import Audit


def spoken(tmp_path):
    """A home whose trail holds one answer of desk@1 and a correction of it."""
    home = Home(tmp_path)
    audit = Audit(home, "mira")
    about = {"release": "desk@1", "release_digest": "0" * 64, "model_digest": "1" * 64, "key": "", "user": "u1"}
    audit.write({"id": "chatcmpl-1", "at": "2026-01-01T00:00:00.000+00:00", "status": 200, "answer": ["wrong"],
                 "prompt": [{"role": "user", "content": "what?"}], "prompt_digest": "2" * 64, **about})
    audit.write({"id": "feedback-2", "at": "2026-01-02T00:00:00.000+00:00", "of": "chatcmpl-1", **about,
                 "feedback": {"score": None, "corrected": True, "choice": 0, "correction": "right"}})
    audit.close()
    return home


def test_feedback_is_told_by_release(tmp_path):
    spoken(tmp_path)
    found = tune("feedback", "desk", "--home", str(tmp_path), "--json")
    assert json.loads(found.stdout) == [
        {"release": "desk@1", "answers": 1, "scored": 0, "score": None, "corrections": 1, "comments": 0}]


def test_an_export_needs_a_reason_and_writes_the_file(tmp_path):
    home = spoken(tmp_path)
    path = tmp_path / "sft.jsonl"
    refused = tune("feedback", "desk", "--export", "sft", str(path), "--home", str(tmp_path))
    assert (refused.exit_code, path.exists()) == (2, False)
    assert "--why" in refused.stderr
    done = tune("feedback", "desk", "--export", "sft", str(path), "--why", "to learn", "--home", str(tmp_path))
    assert done.exit_code == 0
    assert json.loads(path.read_text())["messages"][-1]["content"] == "right"
    assert [entry.why for entry in home.ledger.entries(action="feedback")] == ["to learn"]


def test_a_name_of_which_nobody_spoke_is_told(tmp_path):
    found = tune("feedback", "desk", "--home", str(tmp_path))
    assert (found.exit_code, found.stdout) == (0, "")
    assert "nobody has said" in found.stderr

"""One line for each answer; whatever byte is changed, the line is named."""

import json
import resource
import subprocess
import sys

import httpx
import pytest
from gateways import running, until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright.core.digest import canonical, digest_bytes, digest_json
from tunewright.core.errors import Corrupt, Fault
from tunewright.core.home import Home
from tunewright.engine import FakeEngine
from tunewright.serve.audit import Audit, find, folder, verify
from tunewright.serve.audit.segment import sealed
from tunewright.serve.audit.write import append, fresh


def lines(home):
    return [json.loads(line) for path in sorted(folder(home).glob("*.jsonl")) for line in path.read_text().splitlines()]


def anchored(home):
    return {entry.subject: entry.data for entry in home.ledger.entries(action="audit")}


def test_an_answer_leaves_one_line_that_says_which_versions_gave_it(gateway):
    answer = gateway.ask(text="one two", user="u1")
    line = find(gateway.home, answer.id)
    release = gateway.home.store.get_json(line["release_digest"])
    assert (line["id"], line["user"], line["release"]) == (answer.id, "u1", "desk@1")
    assert (release["number"], release["model"]) == (1, line["model_digest"])
    assert line["prompt_digest"] == digest_json({"messages": [{"role": "user", "content": "one two"}], "tools": None})
    assert line["answer_digest"] == digest_bytes(answer.choices[0].message.content.encode())
    assert (line["tokens_in"], line["tokens_out"], line["status"], line["finish"]) == (2, 8, 200, "stop")
    assert line["base_digest"] == "b" * 64
    assert line["seconds"] >= 0
    assert find(gateway.home, answer.id.removeprefix("chatcmpl-")) == line


def test_no_text_of_prompt_or_answer_is_kept(gateway):
    answer = gateway.ask(text="a secret word")
    [path] = folder(gateway.home).glob("*.jsonl")
    assert "secret" not in path.read_text()
    assert answer.choices[0].message.content.split()[0] not in path.read_text()


def test_a_streamed_answer_is_on_record_before_its_last_event_is_sent(gateway):
    for event in gateway.ask(stream=True):
        if event.choices[0].finish_reason:
            assert find(gateway.home, event.id)["status"] == 200


def test_the_base_leaves_a_line_without_a_release(gateway):
    line = find(gateway.home, gateway.ask("base").id)
    assert (line["release"], line["release_digest"], line["model_digest"]) == ("base", None, None)


def test_requests_that_reach_no_release_leave_none(gateway):
    httpx.post(f"{gateway.url}/v1/chat/completions", json={"model": "x"})
    assert lines(gateway.home) == []


def test_a_client_that_goes_away_is_on_record(home):
    with running(home, FakeEngine(delay=0.05)) as gateway:
        events = gateway.ask(stream=True)
        next(events), next(events)
        events.close()
        until(lambda: len(lines(home)) == 1)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{gateway.url}/v1/completions", json={"model": "desk", "prompt": "a"}, timeout=0.1)
        until(lambda: len(lines(home)) == 2)
    assert [(line["status"], line["finish"]) for line in lines(home)] == [(499, "gone")] * 2
    assert all(line["tokens_out"] < 8 for line in lines(home))


def test_segments_are_anchored_when_full_and_when_the_gateway_stops(home):
    audit = Audit(home, "mira", lines=2)
    for number in range(5):
        audit.write({"id": f"chatcmpl-{number}"})
    audit.close()
    assert [data["lines"] for data in anchored(home).values()] == [2, 2, 1]
    assert list(verify(home)) == []
    entry = next(home.ledger.entries(action="audit"))
    assert entry.by == "mira"


def test_a_gateway_that_wrote_nothing_anchors_nothing(home):
    Audit(home, "mira").close()
    assert anchored(home) == {}


def test_what_a_killed_gateway_left_is_anchored_by_the_next(home):
    code = ("import os, sys; from pathlib import Path; from tunewright.core.home import Home;"
            "from tunewright.serve.audit import Audit; audit = Audit(Home(Path(sys.argv[1])), 'mira');"
            "audit.write({'id': 'chatcmpl-1'}); os._exit(9)")
    subprocess.run([sys.executable, "-c", code, str(home.path)], check=False)
    [path] = folder(home).glob("*.jsonl")
    with path.open("ab") as stream:
        stream.write(b'{"half')
    assert [sentence for sentence in verify(home) if "line 2" in sentence]
    Audit(home, "mira").close()
    assert anchored(home)[path.name]["torn_bytes"] == 6
    assert list(verify(home)) == []


def test_a_segment_in_use_is_left_to_the_gateway_that_writes_it(home):
    first = Audit(home, "mira")
    first.write({"id": "chatcmpl-1"})
    Audit(home, "noor").close()
    assert anchored(home) == {}
    first.close()
    assert len(anchored(home)) == 1


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("audit"))
    audit = Audit(home, "mira")
    for number in range(4):
        audit.write({"id": f"chatcmpl-{number}", "user": "é", "seconds": 0.25 * number, "tokens": number})
    audit.close()
    [path] = folder(home).glob("*.jsonl")
    return home, path, path.read_bytes()


@given(st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_byte_is_changed_its_line_is_named(written, data):
    home, path, content = written
    at = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
    path.write_bytes(content[:at] + bytes([byte]) + content[at + 1:])
    number = content[:at].count(b"\n") + 1
    assert any(f"line {number} of {path.name}" in sentence for sentence in verify(home))


@given(st.integers(0, 3), st.sampled_from(["taken", "twice", "swapped"]))
def test_a_line_taken_out_doubled_or_moved_is_noticed(written, at, how):
    home, path, content = written
    rows = content.splitlines(keepends=True)
    changed = {"taken": rows[:at] + rows[at + 1:], "twice": [*rows[:at], rows[at], *rows[at:]],
               "swapped": [*rows[:at], *reversed(rows[at:at + 2]), *rows[at + 2:]]}[how]
    path.write_bytes(b"".join(changed))
    assert bool(list(verify(home))) == (changed != rows)


def test_a_segment_rewritten_with_a_sound_chain_is_not_the_anchored_one(written):
    home, path, content = written
    other = Home(path.parent.parent / "other")
    other.path.mkdir(exist_ok=True)
    audit = Audit(other, "mira")
    audit.write({"id": "chatcmpl-0", "user": "somebody else"})
    audit.close()
    [made] = folder(other).glob("*.jsonl")
    path.write_bytes(made.read_bytes())
    [sentence] = verify(home)
    assert "cut, lengthened or rewritten" in sentence
    path.unlink()
    assert list(verify(home)) == []  # a closed segment is in the store too
    home.store.drop(anchored(home)[path.name]["digest"])
    [sentence] = verify(home)
    assert "is gone" in sentence
    path.write_bytes(content)
    assert list(verify(home)) == []


def test_a_changed_line_is_not_explained(gateway):
    answer = gateway.ask()
    [path] = folder(gateway.home).glob("*.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"tokens_out":8', b'"tokens_out":9'))
    with pytest.raises(Corrupt, match="line 1"):
        find(gateway.home, answer.id)


def test_an_unknown_id_is_a_fault(home):
    for unknown in ("chatcmpl-0000", "", "chatcmpl-"):
        with pytest.raises(Fault, match="no answer with id"):
            find(home, unknown)


def test_an_answer_that_cannot_be_recorded_is_not_given(gateway):
    (folder(gateway.home)).rmdir()
    answer = httpx.post(f"{gateway.url}/v1/completions", json={"model": "desk", "prompt": "a"})
    assert answer.status_code == 500
    assert "cannot be written" in answer.json()["error"]["message"]
    events = httpx.post(f"{gateway.url}/v1/completions", json={"model": "desk", "prompt": "a", "stream": True}).text
    assert "cannot be written" in events.splitlines()[-2]
    assert "[DONE]" not in events


members = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(
    st.characters(exclude_categories=["Cs"])) | st.lists(st.integers()) | st.dictionaries(st.sampled_from("az"),
                                                                                         st.none())


@given(st.dictionaries(st.sampled_from(["at", "id", "key", "linf", "model", "user", "tokens_in", "seconds"]), members))
def test_a_line_is_the_canonical_form_of_its_record_and_of_its_digest(record):
    body = {**record, "at": "now", "previous": "0" * 64}
    digest, line = sealed(body)
    assert digest == digest_json(body)
    assert line == canonical({**body, "line": digest}) + b"\n"


def test_a_full_disk_leaves_no_half_line(tmp_path):
    path = tmp_path / "segment.jsonl"
    with fresh(path) as stream:
        append(stream, b"one\n")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6, before[1]))
        try:
            for _ in range(2):  # the first is written in part, and that part taken back
                with pytest.raises(OSError, match=r"space|large"):
                    append(stream, b"second\n")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        append(stream, b"two\n")
    assert path.read_bytes() == b"one\ntwo\n"


def test_segments_of_the_same_second_are_read_in_their_order(home):
    for number in range(5):
        audit = Audit(home, "test")
        audit.write({"id": f"chatcmpl-{number}"})
        audit.close()
    assert [line["id"] for line in lines(home)] == [f"chatcmpl-{number}" for number in range(5)]

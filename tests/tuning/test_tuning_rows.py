"""Uploaded lines become rows that a source can read; what cannot is named by file and line."""

import json

import pytest

from tunewright.core.errors import Fault
from tunewright.tuning.rows import check, rows

TALK = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
PAIR = {"input": {"messages": TALK["messages"][:1]}, "preferred_output": [{"role": "assistant", "content": "b"}],
        "non_preferred_output": [{"role": "assistant", "content": "c"}]}


def lines(*values):
    return "\n".join(json.dumps(value) for value in values).encode()


def test_a_conversation_stays_as_it_is():
    talk = TALK | {"tools": [{"type": "function", "function": {"name": "f"}}]}
    assert list(rows(lines(talk), "supervised", "f")) == [talk]


def test_fields_beside_the_conversation_stay():
    talk = TALK | {"customer": "c-1"}
    assert list(rows(lines(talk), "supervised", "f")) == [talk]
    assert next(rows(lines(PAIR | {"customer": "c-1"}), "dpo", "f"))["customer"] == "c-1"


def test_a_weight_of_one_says_nothing():
    weighed = {"messages": [TALK["messages"][0], TALK["messages"][1] | {"weight": 1}]}
    assert list(rows(lines(weighed), "supervised", "f")) == [TALK]


def test_a_pair_gets_the_names_of_a_preference():
    assert list(rows(lines(PAIR), "dpo", "f")) == [{
        "prompt": PAIR["input"]["messages"], "chosen": PAIR["preferred_output"],
        "rejected": PAIR["non_preferred_output"]}]


def test_blank_lines_are_no_matter():
    assert check(b"\n" + lines(TALK) + b"\n\n", "supervised", "f") == 1


@pytest.mark.parametrize(("content", "method", "said"), [
    (b"", "supervised", "file f is empty"), (b"{", "supervised", "file f, line 1"),
    (lines(TALK) + b"\n[]", "supervised", "file f, line 2: it is no object"),
    (lines({"messages": TALK["messages"][:1]}), "supervised", "no assistant message"),
    (lines({"messages": [{"role": "robot"}]}), "supervised", "no message with a role"),
    (lines({"messages": [TALK["messages"][1] | {"weight": 0}]}), "supervised", "weight 0 is not offered"),
    (lines(TALK), "dpo", "input.messages should be a list"), (b"\xff\xfe{}", "supervised", "file f, line 1"),
    (b"[" * 100_000, "supervised", "file f, line 1")])
def test_what_cannot_be_learned_from_is_named(content, method, said):
    with pytest.raises(Fault, match=said):
        check(content, method, "f")

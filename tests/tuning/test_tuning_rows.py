"""Uploaded lines become rows that a source can read; what cannot is named by file and line."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.errors import Fault
from tunewright.tuning.rows import LONGEST, check, lines, rows

TALK = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
PAIR = {"input": {"messages": TALK["messages"][:1]}, "preferred_output": [{"role": "assistant", "content": "b"}],
        "non_preferred_output": [{"role": "assistant", "content": "c"}]}


def told(*values):
    return [json.dumps(value).encode() for value in values]


def test_a_conversation_stays_as_it_is():
    talk = TALK | {"tools": [{"type": "function", "function": {"name": "f"}}]}
    assert list(rows(told(talk), "f", "supervised")) == [talk]


def test_fields_beside_the_conversation_stay():
    talk = TALK | {"customer": "c-1"}
    assert list(rows(told(talk), "f", "supervised")) == [talk]
    assert next(rows(told(PAIR | {"customer": "c-1"}), "f", "dpo"))["customer"] == "c-1"


def test_a_weight_of_one_says_nothing():
    weighed = {"messages": [TALK["messages"][0], TALK["messages"][1] | {"weight": 1}]}
    assert list(rows(told(weighed), "f", "supervised")) == [TALK]


def test_a_pair_gets_the_names_of_a_preference():
    assert list(rows(told(PAIR), "f", "dpo")) == [{
        "prompt": PAIR["input"]["messages"], "chosen": PAIR["preferred_output"],
        "rejected": PAIR["non_preferred_output"]}]


def test_blank_lines_and_a_byte_order_mark_are_no_matter():
    assert check([b"", *told(TALK), b" \r", b""], "f", "supervised") == 1
    assert check([b"\xef\xbb\xbf" + told(TALK)[0]], "f") == 1


@pytest.mark.parametrize("value", [TALK, PAIR])
def test_what_no_method_is_named_for_is_for_the_one_that_its_first_line_is_for(value):
    assert check(told(value, value), "f") == 2
    with pytest.raises(Fault, match="file f, line 2: it has no `"):
        check(told(value, PAIR if value is TALK else TALK), "f")


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_lines_are_the_same_however_the_pieces_are_cut(content, cuts):
    at = [0, *sorted(cuts), len(content)]
    pieces = [content[start:end] for start, end in pairwise(at)]
    assert list(lines(pieces)) == content.split(b"\n")


def test_a_line_that_is_too_long_is_read_no_further():
    pieces = (b"x" * (1 << 20) for _ in range(1 << 20))
    with pytest.raises(Fault, match=f"line 1: it is longer than {LONGEST >> 20} MiB"):
        check(lines(pieces), "f")
    assert next(pieces)


@pytest.mark.parametrize(("content", "method", "said"), [
    ([b""], "supervised", "file f is empty"), ([], None, "file f is empty"),
    ([b"{"], "supervised", "line 1: it is not JSON"), ([*told(TALK), b"[]"], None, "line 2: it is no object"),
    ([b"PK\x03\x04"], None, "line 1: it is not JSON"), ([b"\xff\xfe{}"], None, "line 1: it is not UTF-8"),
    ([b'{"messages": NaN}'], None, "NaN is not JSON"), ([b'{"a": 1, "a": 2}'], None, "key `a` stands twice"),
    ([b'{"input": "\\ud800"}'], None, "half a character"), ([b"[" * 100_000], None, "nested more than"),
    ([b"9" * 5000], None, "more than 300 digits"), (told({"text": "a"}), None, "neither `messages` nor `input`"),
    (told({"messages": TALK["messages"][:1]}), "supervised", "ends with user, so there is no answer to learn"),
    (told({"messages": [{"role": "robot"}]}), None, r"`messages\[0\]` has role 'robot'"),
    (told({"messages": "a"}), None, "not a JSON list"), (told({"messages": None}), None, "messages"),
    (told({"messages": [TALK["messages"][1] | {"weight": 0}]}), "supervised", "weight 0 is not offered"),
    (told(TALK), "dpo", "it has no `input`, which a line for method dpo needs"),
    (told(PAIR), "supervised", "it has no `messages`, which a line for method supervised needs"),
    (told(PAIR | {"input": {}}), None, "`input` has no list of `messages`"),
    (told({name: part for name, part in PAIR.items() if name != "preferred_output"}), None, "no `preferred_output`"),
    (told(PAIR | {"preferred_output": []}), None, "`preferred_output` is"),
    (told(PAIR | {"non_preferred_output": PAIR["preferred_output"]}), None,
     "`non_preferred_output` is the same as `preferred_output`")])
def test_what_cannot_be_learned_from_is_named(content, method, said):
    with pytest.raises(Fault, match=said):
        check(content, "f", method)

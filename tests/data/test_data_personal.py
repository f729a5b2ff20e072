"""Personal data never reaches a dataset: every text of a record is read, whatever its shape; the rest stays."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.errors import Fault
from tunewright.core.examples import Example
from tunewright.core.provenance import Provenance
from tunewright.data import personal
from tunewright.data.step import LeftOut, Prepared
from tunewright.recipe import DataSpec, SourceSpec, SplitSpec
from tunewright.recipe.pii import PiiSpec

MAIL, CARD = "ada@mail.org", "4111111111111111"
KEY = "a key of at least thirty-two characters"


def spec(pii: dict[str, Any], group: str | None = None) -> DataSpec:
    source = SourceSpec.model_validate({"path": "desk.jsonl", "license": "proprietary", "basis": "contract"})
    return DataSpec(sources=(source,), pii=PiiSpec.model_validate(pii), split=SplitSpec(group=group))


def after(example: Example, pii: dict[str, Any] | None = None, group: str | None = None) -> Prepared | LeftOut:
    return personal.step(spec(pii or {}, group))(Prepared(example, Provenance(0, "proprietary", "contract")))


def said(asked: str, answered: str = "Done.", **fields: Any) -> Example:
    return Example(id="", messages=({"role": "user", "content": asked}, {"role": "assistant", "content": answered}),
                   row=7, **fields)


def kept(prepared: Prepared | LeftOut) -> Example:
    assert isinstance(prepared, Prepared)
    return prepared.example


CALL = {"type": "function", "function": {"name": "find", "arguments": {
    "mail": MAIL, "phone": "5551234567", "numbers": [15551234567, 3], MAIL: True, "deep": {"note": f"pay {CARD}"}}}}


@pytest.mark.parametrize("example", [
    said(f"I am {MAIL}"), said("Hi", f"You are {MAIL}"), Example(id="", text=f"From {MAIL}"),
    Example(id="", prompt=({"role": "user", "content": MAIL},), chosen=({"role": "assistant", "content": MAIL},),
            rejected=({"role": "assistant", "content": f"No, {MAIL}"},)),
    said("Hi", label=f"{MAIL}"), said("Hi", fields={"who": MAIL}),
    Example(id="", messages=({"role": "user", "content": "?"},
                             {"role": "assistant", "content": "", "tool_calls": [CALL]},
                             {"role": "tool", "content": json.dumps({"mail": MAIL})},
                             {"role": "assistant", "content": "x", "reasoning_content": f"it is {MAIL}"})),
    said("Hi", tools=({"type": "function", "function": {"name": "find", "description": f"e.g. {MAIL}"}},))])
def test_no_shape_lets_a_value_by(example: Example) -> None:
    assert MAIL in repr(example)
    assert MAIL not in repr(kept(after(example)))


def test_arguments_are_read_with_their_names_and_numbers_too() -> None:
    example = Example(id="", messages=({"role": "user", "content": "?"},
                                       {"role": "assistant", "content": "", "tool_calls": [CALL]}))
    prepared = after(example, {"without": ["email"]})
    [call] = kept(prepared).messages[1]["tool_calls"]
    assert call["function"]["arguments"] == {"mail": MAIL, "phone": "[PHONE]", "numbers": [15551234567, 3], MAIL: True,
                                             "deep": {"note": "pay [CARD]"}}
    assert isinstance(prepared, Prepared)
    assert prepared.pii == {"phone": 1, "card": 1}


@given(st.recursive(st.none() | st.booleans() | st.integers(0, 10**6) | st.text("abc xyz", max_size=8),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner)))
def test_a_record_without_any_is_the_very_same(arguments: Any) -> None:
    call = {"type": "function", "function": {"name": "find", "arguments": arguments}}
    prepared = Prepared(said("Where is my order?", tools=(call,)), Provenance(0, "proprietary", "contract"))
    assert personal.step(spec({}))(prepared) is prepared


def test_group_row_and_provenance_stay() -> None:
    example = kept(after(said(f"I am {MAIL}", group="g1", label="mail")))
    assert (example.group, example.row, example.label) == ("g1", 7, "mail")
    assert example.messages[0] == {"role": "user", "content": "I am [EMAIL]"}


def test_drop_leaves_the_record_out_and_never_names_the_value() -> None:
    left = after(said(f"I am {MAIL} and pay with {CARD} today"), {"kinds": {"card": "drop"}})
    assert isinstance(left, LeftOut)
    assert left.why == "pii"
    assert left.reason == "holds card in `messages[0].content`: “…am [EMAIL] and pay with [CARD] today”"


def test_a_key_that_is_a_value_is_not_named_either() -> None:
    call = {"type": "function", "function": {"name": "find", "arguments": {MAIL: {"n": CARD}}}}
    left = after(said("Hi", tools=(call,)), {"action": "drop", "without": ["email"]})
    assert isinstance(left, LeftOut) and CARD not in left.reason
    left = after(said("Hi", tools=(call,)), {"action": "drop", "without": ["card"]})
    assert isinstance(left, LeftOut) and MAIL not in left.reason


def test_fail_stops_the_run_even_if_another_value_would_drop_the_record() -> None:
    with pytest.raises(Fault) as caught:
        after(said(f"{MAIL}, {CARD}"), {"action": "drop", "kinds": {"card": "fail"}})
    assert str(caught.value).startswith("desk.jsonl, row 7 holds card in `messages[0].content`")
    assert CARD not in str(caught.value) and MAIL not in str(caught.value)


def test_pseudonyms_are_the_same_in_every_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEWRIGHT_PII_KEY", KEY)
    pii = {"action": "pseudonymise"}
    first, second = (kept(after(said(f"I am {MAIL}", row_, group=MAIL), pii, "customer")) for row_ in ("a", "b"))
    assert first.messages[0] == second.messages[0] != {"role": "user", "content": f"I am {MAIL}"}
    assert first.group == second.group != MAIL
    assert f"I am {first.group}" == first.messages[0]["content"]


def test_a_mask_would_make_one_group_of_all() -> None:
    with pytest.raises(Fault, match=r"column `customer`, by which records are grouped, holds email"):
        after(said("Hi", group=MAIL), group="customer")


def test_what_cannot_be_used_is_shown_masked() -> None:
    show = personal.hidden(PiiSpec(action="drop"))
    assert show({"text": f"I am {MAIL}", "phone": 15551234567, "n": 3}) == {
        "text": "I am [EMAIL]", "phone": "[PHONE]", "n": 3}
    assert personal.hidden(None)({"text": MAIL}) == {"text": MAIL}

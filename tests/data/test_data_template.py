"""The template of a text: what texts that differ in names and numbers have in common."""

import pytest

from tunewright.data.template import NOTHING, template


@pytest.mark.parametrize(("one", "other", "left"), [
    ("Where is my parcel 4711, sent to Anna Berg?", "Where is my parcel 99-A, sent to Oslo?",
     "where is my parcel sent to"),
    ("Please write to a.b@c.example. My name is Mira.", "Please write to [EMAIL]. My name is [NAME].",
     "please write to my name is"),
    ("WHAT IS THIS?", "what is this?", "what is this"),
    ("4711 [PHONE]", "2026-03-01 12:00", NOTHING),
])
def test_texts_of_one_template_have_it_in_common(one: str, other: str, left: str) -> None:
    assert template(one) == template(other) == left


def test_a_word_at_the_beginning_of_a_sentence_or_line_is_no_name() -> None:
    assert template("Hello. Stop the card of Ann!\nThanks: Bob") == "hello stop the card of thanks bob"

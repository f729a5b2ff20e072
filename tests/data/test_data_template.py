"""The template of a text: what texts that differ in names and numbers have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_a_word_that_begins_a_sentence_or_a_label_is_no_name_and_a_line_of_capitalised_words_is() -> None:
    assert template("Stop the card of Ann!\nThanks: Bob\nBob Ross") == "stop the card of thanks"


def test_a_short_word_between_two_names_is_one_of_them() -> None:
    assert template("She wrote to Vincent van Gogh") == template("She wrote to Ann") == "she wrote to"


def test_a_form_that_is_names_and_numbers_is_like_any_other() -> None:
    assert template("Ann Berg\nApt. 12\nOslo\nNorway 0150") == template("Bo da Luz\nSuite 4 de Rua\nFaro") == NOTHING


def test_words_of_a_script_without_capitals_all_stay() -> None:
    assert template("我的卡 在哪里 Anna 请问") == "我的卡 在哪里 请问"


names = st.lists(st.sampled_from(["Ann", "Bo", "Dr", "ΠΑΦΟΣ", "Köln", "4711", "[PHONE]", "a@b.example"]), min_size=1,
                 max_size=3).map(" ".join)
SENTENCES = ("Please send the parcel to {} before the weekend", "The customer {} asked about a refund for {} today",
             "My new card from {} never arrived in the post")


@given(first=st.tuples(names, names), second=st.tuples(names, names))
def test_whatever_fills_the_gaps_the_template_is_the_same_and_that_of_another_is_not(
        first: tuple[str, str], second: tuple[str, str]) -> None:
    for sentence in SENTENCES:
        assert template(sentence.format(*first)) == template(sentence.format(*second))
    assert len({template(sentence.format(*first)) for sentence in SENTENCES}) == len(SENTENCES)

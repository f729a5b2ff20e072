"""Changed variants: the same question in another way, what the answer needs still in it, the same ones each time."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.evaluate.changes import noise, phrasing, variants
from tunewright.evaluate.changes.variants import CLEAN, Change
from tunewright.evaluate.changes.words import WORD, held
from tunewright.evaluate.suite import Ground

KINDS: dict[str, Change] = {**phrasing.KINDS, **noise.KINDS}
TEXT = "My bike is broken. I bought it at the shop in Long Street. Can you help me to repair it?"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_change_changes_a_usual_text(kind: str) -> None:
    assert KINDS[kind](TEXT, "repair", random.Random(0)) not in (None, TEXT)


@given(st.sampled_from(sorted(KINDS)), st.text(alphabet=st.sampled_from("aBcdelp .,?!'-7\n"), max_size=60),
       st.sampled_from(["", "bike 7", "Call a cab"]), st.integers(0, 5))
def test_a_change_is_the_same_for_the_same_chance(kind: str, text: str, expected: str, seed: int) -> None:
    first = KINDS[kind](text, expected, random.Random(seed))
    assert first == KINDS[kind](text, expected, random.Random(seed))


@given(st.sampled_from(sorted(KINDS)), st.lists(st.sampled_from(TEXT.split()), min_size=3), st.data())
def test_what_the_answer_holds_stands_in_every_variant(kind: str, words: list[str], data: st.DataObject) -> None:
    expected = data.draw(st.sampled_from(words))
    changed = KINDS[kind](" ".join(words), expected, random.Random(1))
    if changed is not None and len(expected) > 1 and kind not in ("form", "paraphrase"):
        assert held(expected) <= {word.lower() for word in WORD.findall(changed)}


@pytest.mark.parametrize(("text", "turned"), [
    ("Can you close my account?", {"Please close my account.", "I would like you to close my account."}),
    ("How do I top up my card?", {"Tell me how to top up my card.", "Please explain how I can top up my card."}),
    ("What is the fee?", {"Tell me what the fee is.", "I would like to know what the fee is."}),
    ("I want to leave.", {"How do I leave?", "Please help me to leave."}),
    ("Is it late?", {"I would like to know this: Is it late?", "My question is this: Is it late?"}),
])
def test_a_question_becomes_a_request_and_a_request_a_question(text: str, turned: set[str]) -> None:
    assert phrasing.form(text, "", random.Random(0)) in turned


def test_a_plain_statement_has_no_other_form() -> None:
    assert phrasing.form("My card is gone", "", random.Random(0)) is None


def test_sentences_change_places_with_the_question_at_the_end() -> None:
    rng = random.Random(0)
    assert phrasing.reordered("I am Ann. Why? I wait.", "", rng) == "I am Ann. I wait. Why?"
    assert phrasing.reordered("First. Second. Why?", "", rng) == "Why? First. Second."
    assert phrasing.reordered("One only.", "", rng) is None


def test_synonyms_keep_capitals_and_spare_what_the_answer_holds() -> None:
    assert phrasing.synonyms("Help", "", random.Random(1)) in ("Assist", None)
    assert all(phrasing.synonyms("help", "some help", random.Random(seed)) is None for seed in range(9))


def test_typos_are_few_and_leave_short_words_alone() -> None:
    words = TEXT.split()
    changed = (noise.typos(TEXT, "", random.Random(3)) or "").split()
    assert len(changed) == len(words)
    differ = [word for word, new in zip(words, changed, strict=True) if word != new]
    assert 1 <= len(differ) <= 3
    assert all(len(word) > 3 for word in differ)


def test_copies_of_an_item_are_one_group_and_have_names_of_their_own(ground: Callable[..., Ground],
                                                                      asked_example: Callable[..., Any]) -> None:
    made = ground([asked_example(TEXT, "repair", system="Name it."), asked_example("Hello.", "none", group="g")])
    asked = variants.changed(made, "robustness", 9, noise.KINDS)
    assert len({question.item for question in asked}) == len(asked)
    assert {question.group for question in asked} == {made.held_out[0].id, "g"}
    assert [question.task for question in asked].count(CLEAN) == 2
    assert all(question.messages[0]["content"] == "Name it." for question in asked if len(question.messages) == 2)
    assert asked == variants.changed(made, "robustness", 9, noise.KINDS)


def test_no_more_items_are_copied_than_the_recipe_says(ground: Callable[..., Ground],
                                                       asked_example: Callable[..., Any]) -> None:
    made = ground([asked_example(f"{TEXT} {at}", "repair") for at in range(8)])
    assert len({question.original for question in variants.changed(made, "robustness", 3, noise.KINDS)}) == 3

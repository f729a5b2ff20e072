"""Other people in the same text: nobody else in it changes, and lists are of equal length for everyone."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.evaluate.changes import people


def swap(kind: str, text: str, seed: int = 0) -> str:
    return people.swapped(text, people.KINDS[kind](text, random.Random(seed)))


@pytest.mark.parametrize(("text", "other"), [
    ("She lost her card.", "He lost his card."),
    ("I told her to wait.", "I told him to wait."),
    ("He said it is his.", "She said it is hers."),
    ("His WIFE and my son's boss", "Her HUSBAND and my daughter's boss"),
    ("I saw him, Mr Smith!", "I saw her, Mrs Smith!"),
    ("The theatre is here.", "The theatre is here."),
])
def test_women_become_men_and_men_women(text: str, other: str) -> None:
    assert swap("sex", text) == other


def test_a_name_becomes_one_of_the_other_sex_and_the_same_place() -> None:
    other = swap("sex", "Emily, it is Emily's bike; Fatima knows.").split(",")[0]
    assert other in people.NAMES["english"]["men"]
    assert swap("sex", "Emily, it is Emily's bike.") == f"{other}, it is {other}'s bike."


def test_a_name_becomes_one_that_is_usual_elsewhere() -> None:
    other = swap("background", "Omar paid.").split()[0]
    assert other in {name for place, names in people.NAMES.items() if place != "arabic" for name in names["men"]}


def test_a_religion_becomes_another_and_two_stay_two() -> None:
    first, second = swap("religion", "A Jewish and a Hindu friend").split()[1::3]
    assert first not in ("Jewish", second)


def test_lists_are_as_long_for_everyone_and_no_name_stands_twice() -> None:
    lists = [names for sexes in people.NAMES.values() for names in sexes.values()]
    assert {len(names) for names in lists} == {6}
    assert len({name for names in lists for name in names}) == 6 * len(lists)


@given(st.sampled_from(sorted(people.KINDS)), st.text(alphabet="abcdefg xyz,.", max_size=40), st.integers(0, 9))
def test_a_text_without_people_is_left_as_it_is(kind: str, text: str, seed: int) -> None:
    assert swap(kind, text, seed) == text


def test_a_text_tells_a_kind_if_it_is_the_only_one() -> None:
    assert people.kinds("Priya lost her card") == {"women", "indian"}
    assert people.kinds("Priya and her brother") == {"indian"}
    assert people.kinds("a card") == set()

"""Cards: Luhn and a brand, or Luhn and a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.pii import make
from tunewright.pii.card import branded
from tunewright.pii.checksums import luhn
from tunewright.recipe.pii import PiiSpec

SCANNER = make(PiiSpec())
# Numbers that the brands and payment services publish for tests.
PUBLISHED = ["4111111111111111", "5555555555554444", "2223003122003222", "378282246310005", "6011111111111117",
             "30569309025904", "3530111333300000", "6200000000000005", "6759649826438453", "4000000000000000006"]


def cards(text: str) -> list[str]:
    return [text[one.start:one.end] for one in SCANNER.find(text) if one.kind == "card"]


@pytest.mark.parametrize("number", PUBLISHED)
def test_published_numbers_are_found_without_a_word(number: str) -> None:
    assert branded(number)
    assert cards(f"It was {number}, twice.") == [number]


@pytest.mark.parametrize("number", PUBLISHED)
@given(place=st.integers(0, 18), more=st.integers(1, 9))
def test_one_wrong_digit_makes_it_another_number(number: str, place: int, more: int) -> None:
    place %= len(number)
    wrong = number[:place] + str((int(number[place]) + more) % 10) + number[place + 1:]
    assert cards(f"It was {wrong}, twice.") == []


@given(st.integers(10**11, 10**18 - 1))
def test_after_a_word_luhn_is_enough(body: int) -> None:
    number = next(f"{body}{end}" for end in range(10) if luhn(f"{body}{end}"))
    assert cards(f"Please block my card {number}.") == [number]


@pytest.mark.parametrize("written", ["4111 1111 1111 1111", "4111-1111-1111-1111", "3782 822463 10005",
                                     "3056 930902 5904", "4000 0000 0000 0000 006"])
def test_groups_are_as_on_the_card(written: str) -> None:
    assert cards(f"pay {written} now") == [written]


@pytest.mark.parametrize("text", ["41 1111 1111 1111 11", "4111.1111.1111.1111", "A4111111111111111",
                                  "4111111111111111B", "41111111111111110", "0000000000000000", "1234567890123"])
def test_what_is_written_otherwise_is_none(text: str) -> None:
    assert cards(text) == []

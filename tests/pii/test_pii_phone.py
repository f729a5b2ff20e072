"""Phone numbers: told by their form where a form tells, by the nearest word where none does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.pii import make
from tunewright.recipe.pii import PiiSpec

SCANNER = make(PiiSpec())
# As each country writes its numbers, international and at home; # stands for any digit, 2 for one from 2 to 9.
INTERNATIONAL = [
    "+1 222-2##-####", "+1 (222) 2##-####", "+12222######", "+44 20 7### ####", "+44 (0)20 7### ####", "+49 30 ######",
    "+49 (0)171 #######", "+33 1 ## ## ## ##", "+34 6## ### ###", "+39 06 #### ####", "+31 6 ########",
    "+48 ### ### ###", "+46 70 ### ## ##", "+358 40 ### ####", "+45 ## ## ## ##", "+47 ### ## ###", "+41 44 ### ## ##",
    "+43 1 #######", "+32 2 ### ## ##", "+351 21 ### ####", "+353 1 ### ####", "+420 ### ### ###", "+36 1 ### ####",
    "+30 21 #### ####", "+90 212 ### ## ##", "+7 4#5 ###-##-##", "+380 44 ### ####", "+972 3-###-####",
    "+971 4 ### ####", "+91 #8### #####", "+86 13# #### ####", "+81 3-####-####", "+82 2-###-####", "+65 #### ####",
    "+852 #### ####", "+61 2 #### ####", "+64 # ### ####", "+55 11 #####-####", "+52 55 #### ####", "+54 11 ####-####",
    "+27 11 ### ####", "+234 80 #### ####", "+20 2 #### ####", "0044 20 7### ####", "0049 30 ######", "+49.30.######",
    "+49/30/#######"]
NATIONAL = [
    "(222) 2##-####", "222-2##-####", "222.2##.####", "222 2## ####", "1-222-2##-####", "020 7### ####",
    "0171 ### ####", "01 ## ## ## ##", "06.##.##.##.##", "(030) #######", "0421-#######", "030/#######",
    "08-### ### ##", "(02) #### ####", "03-####-####"]
LOCAL = [
    "2### ####", "2## ### ###", "2# ## ## ##", "2##-####", "2#######", "2#########", "2## ## ###", "(2#) ####-####"]


def phones(text: str) -> list[str]:
    return [text[one.start:one.end] for one in SCANNER.find(text) if one.kind == "phone"]


def numbers(forms: list[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(forms), st.randoms(use_true_random=False)).map(lambda drawn: "".join(
        str(drawn[1].randint(2, 8)) if sign == "2" else str(drawn[1].randrange(10)) if sign == "#" else sign
        for sign in drawn[0]))


@given(st.sampled_from(INTERNATIONAL), st.randoms(use_true_random=False))
def test_an_international_number_needs_no_word(form: str, random: st.DrawFn) -> None:
    number = "".join(str(random.randrange(10)) if sign == "#" else sign for sign in form)
    assert phones(f"They gave {number} to us.") == [number]


@given(numbers(NATIONAL))
def test_nor_does_a_number_with_its_trunk_or_area_code(number: str) -> None:
    assert phones(f"They gave {number} to us.") == [number]


@given(numbers(LOCAL), st.sampled_from(["Phone: {}", "please call me on {}.", "Handy {}", "mi teléfono es {}",
                                        "you can reach us at {} today", "{} (office)", "{}-Fax", "WhatsApp {}"]))
def test_a_local_number_counts_with_a_word(number: str, sentence: str) -> None:
    assert phones(sentence.format(number)) == [number]


@given(numbers(LOCAL), st.sampled_from(["They gave {} to us.", "Call us about order {}",
                                        "phone us, your reference is {}"]))
def test_and_without_one_or_after_another_it_does_not(number: str, sentence: str) -> None:
    assert phones(sentence.format(number)) == []


@pytest.mark.parametrize("extension", [" x12", "x1234", " ext. 12", " extension 123", " #4", " Durchwahl 12"])
def test_an_extension_belongs_to_the_number(extension: str) -> None:
    assert phones(f"Ring 222-333-4444{extension}.") == [f"222-333-4444{extension}"]


@pytest.mark.parametrize("text", [
    "It was 2024-01-02 03:04:05.", "We sold 1.234.567 of them; calls: 12.", "Pi is 3.14159265358979",
    "at 1700000000000", "phone 12 of 2,000,000", "call on 2015-12-22 04:34", "room 4, 03262 2437 Main St",
    "v10.0.19041.1", "x = +1.5e10", "answer: 1200-1000=200", "5+12345678=z", "call 911",
    "ISBN 978-3-16-148410-0", "123e4567-e89b-12d3-a456-426614174000", "0.12345678 and 0.87654321",
    "call ABC5551234567"])
def test_what_is_no_phone_number_is_none(text: str) -> None:
    assert phones(text) == []


def test_two_numbers_in_a_row_are_two() -> None:
    assert phones("call 222-333-4444 555-666-7777") == ["222-333-4444", "555-666-7777"]

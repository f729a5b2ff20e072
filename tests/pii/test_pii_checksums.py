"""Check digits catch what they promise: one wrong digit always, two swapped neighbours as each scheme says."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.pii.checksums import is_date, luhn, mod_11_10, mod_97_10, verhoeff

SCHEMES: dict[str, tuple[Callable[[str], bool], int]] = {
    "luhn": (luhn, 1), "verhoeff": (verhoeff, 1), "mod_11_10": (mod_11_10, 1), "mod_97_10": (mod_97_10, 2)}
bodies = st.text("0123456789", min_size=4, max_size=18)


def complete(body: str, scheme: str) -> str:
    """`body` with the one end that checks."""
    holds, places = SCHEMES[scheme]
    ends = [body + f"{end:0{places}d}" for end in range(10 ** places) if holds(body + f"{end:0{places}d}")]
    # 97 remainders for 100 ends: three pairs of ends say the same.
    assert len(ends) == 1 or (scheme == "mod_97_10" and len(ends) == 2)
    return ends[0]


@pytest.mark.parametrize(("scheme", "known"), [
    ("luhn", "79927398713"), ("luhn", "4111111111111111"), ("verhoeff", "2363"), ("mod_11_10", "07945"),
    ("mod_97_10", "79444"), ("mod_97_10", "3214282912345698765432161182")])
def test_examples_of_the_standards_hold(scheme: str, known: str) -> None:
    assert SCHEMES[scheme][0](known)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(bodies, st.integers(0, 30), st.integers(1, 9))
def test_one_wrong_digit_is_always_caught(scheme: str, body: str, place: int, more: int) -> None:
    right = complete(body, scheme)
    place %= len(right)
    wrong = right[:place] + str((int(right[place]) + more) % 10) + right[place + 1:]
    assert not SCHEMES[scheme][0](wrong)


@pytest.mark.parametrize("scheme", ["verhoeff", "mod_97_10"])
@given(bodies, st.integers(0, 30))
def test_two_swapped_neighbours_are_caught_by_the_stronger_schemes(scheme: str, body: str, place: int) -> None:
    right = complete(body, scheme)
    place %= len(right) - 1
    swapped = right[:place] + right[place + 1] + right[place] + right[place + 2:]
    assert swapped == right or not SCHEMES[scheme][0](swapped)


def test_the_calendar_has_leap_years() -> None:
    assert is_date(29, 2, 2000) and is_date(29, 2, 1996) and not is_date(29, 2, 1900)
    assert not is_date(31, 4) and not is_date(0, 1) and not is_date(1, 13)

"""IBANs: every country's length, and the check over the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.pii import make
from tunewright.pii.iban import LENGTHS, holds
from tunewright.recipe.pii import PiiSpec

SCANNER = make(PiiSpec())
# The examples of SWIFT's registry.
PUBLISHED = ["GB29NWBK60161331926819", "DE89370400440532013000", "FR1420041010050500013M02606", "NO9386011117947",
             "NL91ABNA0417164300", "CH9300762011623852957", "MT84MALT011000012345MTLCAST001S", "BE68539007547034",
             "ES9121000418450200051332", "IT60X0542811101000000123456", "PL61109010140000071219812874",
             "SE4550000000058398257466", "FI2112345600000785", "BR1800360305000010009795493C1"]


def ibans(text: str) -> list[str]:
    return [text[one.start:one.end] for one in SCANNER.find(text) if one.kind == "iban"]


def made(country: str, body: str) -> str:
    """The IBAN of an account: ISO 13616, check digits by MOD 97-10."""
    number = int("".join(str(int(sign, 36)) for sign in f"{body}{country}00"))
    return f"{country}{98 - number % 97:02d}{body}"


@pytest.mark.parametrize("value", PUBLISHED)
def test_published_examples_hold(value: str) -> None:
    assert holds(value)
    assert ibans(f"to {value} please") == [value]


@pytest.mark.parametrize("country", LENGTHS)
@given(data=st.data())
def test_every_country_in_one_piece_and_in_groups(country: str, data: st.DataObject) -> None:
    value = made(country, data.draw(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=LENGTHS[country] - 4,
                                            max_size=LENGTHS[country] - 4)))
    grouped = " ".join(value[at:at + 4] for at in range(0, len(value), 4))
    assert ibans(f"to {value} please") == [value]
    assert ibans(f"to {value.lower()}, please") == [value.lower()]
    if all(any(sign.isdigit() for sign in group) for group in grouped.split()):
        assert ibans(f"to {grouped} please") == [grouped]


@given(st.sampled_from(PUBLISHED), st.integers(4, 30), st.integers(1, 9))
def test_one_wrong_digit_is_caught(value: str, place: int, more: int) -> None:
    place = 4 + place % (len(value) - 4)
    wrong = str((int(value[place]) + more) % 10) if value[place].isdigit() else "7"
    assert ibans(f"to {value[:place]}{wrong}{value[place + 1:]} please") == []


@pytest.mark.parametrize("text", ["DE8937040044053201300", "DE893704004405320130000", "XX89370400440532013000",
                                  "ADE89370400440532013000"])
def test_a_wrong_length_or_country_is_none(text: str) -> None:
    assert ibans(text) == []

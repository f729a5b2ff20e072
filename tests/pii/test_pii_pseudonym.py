"""Pseudonyms: the same for the same value, by the key; of the form that software reads; never the value itself."""

import ipaddress
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.errors import Fault
from tunewright.pii import make, make_pseudonyms
from tunewright.pii.card import checks
from tunewright.pii.iban import holds
from tunewright.pii.national import KINDS
from tunewright.pii.pseudonym import Pseudonyms
from tunewright.recipe.pii import PiiSpec

ONE, OTHER = Pseudonyms(b"k" * 32), Pseudonyms(b"q" * 32)
VALUES = {"email": "ada@mail.org", "phone": "+44 20 7946 0958", "card": "4111 1111 1111 1111", "ip": "192.0.2.7",
          "iban": "GB29 NWBK 6016 1331 9268 19", "credentials": "ada:s3cret", "api_key": "AKIAABCDEFGHIJKLMNOP",
          "private_key": "-----BEGIN PRIVATE KEY-----", "birth_date": "12.3.1980", "name": "Ada Lovelace",
          "us_ssn": "078-05-1120", "fr_nir": "2 55 08 14 168 025 38", "it_codice_fiscale": "RSSMRA85T10A562S",
          "es_nie": "X1234567L", "fi_hetu": "131052-308T", "uk_nino": "AB123456C", "pl_pesel": "44051401359"}


@pytest.mark.parametrize(("kind", "value"), VALUES.items())
def test_equal_values_have_equal_pseudonyms_and_other_keys_others(kind: str, value: str) -> None:
    assert ONE(kind, value) == ONE(kind, value) != value
    assert OTHER(kind, value) != ONE(kind, value)
    assert value not in ONE(kind, value)


@pytest.mark.parametrize(("kind", "value"), VALUES.items())
def test_a_pseudonym_is_no_other_value_s(kind: str, value: str) -> None:
    digits = [at for at, sign in enumerate(value) if sign.isdigit()] or [0]
    other = value[:digits[-1]] + ("6" if value[digits[-1]] == "7" else "7") + value[digits[-1] + 1:]
    assert ONE(kind, other) != ONE(kind, value)


@pytest.mark.parametrize(("kind", "one", "other"), [
    ("email", "ada@mail.org", "ADA@Mail.org"), ("name", "Ada  Lovelace", "ada lovelace")])
def test_case_and_spaces_make_no_other_person(kind: str, one: str, other: str) -> None:
    assert ONE(kind, one) == ONE(kind, other)


@pytest.mark.parametrize(("kind", "one", "other"), [
    ("card", "4111111111111111", "4111 1111-1111 1111"), ("phone", "+442079460958", "+44 (20) 7946-0958"),
    ("iban", "GB29NWBK60161331926819", "GB29 NWBK 6016 1331 9268 19"), ("us_ssn", "078051120", "078-05-1120")])
def test_nor_does_another_grouping(kind: str, one: str, other: str) -> None:
    assert re.sub(r"\W", "", ONE(kind, one)) == re.sub(r"\W", "", ONE(kind, other))


@pytest.mark.parametrize(("kind", "check"), [("card", checks), ("iban", holds), *(
    (kind, KINDS[kind].holds) for kind in VALUES if kind in KINDS)])
def test_what_software_checks_still_checks(kind: str, check: Callable[[str], bool]) -> None:
    assert check(re.sub(r"[ -]", "", VALUES[kind]))
    assert check(re.sub(r"[ -]", "", ONE(kind, VALUES[kind])))


@pytest.mark.parametrize("kind", ["card", "iban", "phone", *(kind for kind in VALUES if kind in KINDS)])
def test_the_form_stays(kind: str) -> None:
    def form(value: str) -> str:
        return re.sub("[A-Z]", "A", re.sub("[a-z]", "a", re.sub(r"\d", "9", value)))

    assert form(ONE(kind, VALUES[kind])) == form(VALUES[kind])


def test_issuer_and_country_name_nobody_and_stay() -> None:
    assert ONE("card", "4111111111111111")[:6] == "411111"
    assert ONE("iban", VALUES["iban"])[:2] == "GB"
    assert ONE("phone", "+44 20 7946 0958").startswith("+44 ")


def test_addresses_are_ones_that_nobody_has() -> None:
    first, second = ONE("email", "ada@mail.org"), ONE("email", "bob@mail.org")
    assert first.endswith(".example")
    assert first.partition("@")[2] == second.partition("@")[2] != ONE("email", "ada@post.org").partition("@")[2]
    assert ipaddress.ip_address(ONE("ip", "192.0.2.7")) in ipaddress.ip_network("10.0.0.0/8")
    assert ipaddress.ip_address(ONE("ip", "2a00::1")) in ipaddress.ip_network("2001:db8::/32")


@given(st.from_regex(r"\+?[0-9]{7,14}", fullmatch=True))
def test_at_least_seven_digits_of_a_phone_number_are_made_up(number: str) -> None:
    digits, made = re.sub(r"\D", "", number), re.sub(r"\D", "", ONE("phone", number))
    assert len(digits) == len(made)
    assert digits[:-7] == made[:-7] or len(digits) < 15


def test_a_pseudonym_is_found_and_replaced_in_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEWRIGHT_PII_KEY", "k" * 32)
    text, counts = make(PiiSpec(action="pseudonymise")).safe("ada@mail.org, then ADA@MAIL.ORG")
    first, second = text.split(", then ")
    assert first == second == ONE("email", "ada@mail.org")
    assert counts == {"email": 2}


@pytest.mark.parametrize(("key", "told"), [(None, "is not set"), ("short", "has 5 characters")])
def test_a_missing_or_short_key_is_a_fault_that_says_how_to_make_one(key: str | None, told: str,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TUNEWRIGHT_PII_KEY", raising=False)
    if key:
        monkeypatch.setenv("TUNEWRIGHT_PII_KEY", key)
    with pytest.raises(Fault, match=f"TUNEWRIGHT_PII_KEY {told}: set it to a secret of at least 32") as caught:
        make_pseudonyms()
    assert "short" not in str(caught.value)


def test_the_key_is_never_shown() -> None:
    assert "kkk" not in repr(ONE) and "kkk" not in ONE.fingerprint
    assert ONE.fingerprint != OTHER.fingerprint

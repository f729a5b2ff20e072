"""Every national number: an example that its state or its standard prints, and every other that checks."""

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.pii import make
from tunewright.pii.national import KINDS
from tunewright.pii.recogniser import Digits
from tunewright.recipe.pii import PiiSpec

SCANNER = make(PiiSpec())
# As printed in public descriptions of each number; none was given to a living person.
PRINTED = {
    "us_ssn": "078-05-1120", "br_cpf": "529.982.247-25", "ca_sin": "SIN 130 692 544", "uk_nhs": "NHS 943 476 5919",
    "uk_nino": "AB 12 34 56 C", "es_dni": "12345678Z", "es_nie": "X1234567L", "it_codice_fiscale": "RSSMRA85T10A562S",
    "pt_nif": "NIF 123456789", "fr_nir": "2 55 08 14 168 025 38", "de_steuer_id": "Steuer-ID 86 095 742 719",
    "nl_bsn": "BSN 111222333", "be_rrn": "85.07.30-033.28", "ch_ahv": "756.9217.0769.85",
    "se_personnummer": "811228-9874", "fi_hetu": "131052-308T", "no_fnr": "fødselsnummer 15076500565",
    "dk_cpr": "CPR 070761-4285", "pl_pesel": "PESEL 44051401359", "in_aadhaar": "Aadhaar 2341 2341 2346"}
# The word that stands before, and how a person writes each: a digit for 9, a letter for A, all else as it is; the
# last digit or letter, or two digits, are chosen to check.
FORMS = {
    "us_ssn": ("", "999-99-9999"), "br_cpf": ("", "999.999.999-99"), "ca_sin": ("SIN", "999-999-999"),
    "uk_nhs": ("NHS number", "9999999999"), "uk_nino": ("", "AA999999A"), "es_dni": ("", "99999999A"),
    "es_nie": ("", "A9999999A"), "it_codice_fiscale": ("", "AAAAAA99A99A999A"), "pt_nif": ("NIF", "999 999 999"),
    "fr_nir": ("", "999999999999999"), "de_steuer_id": ("steuerliche IdNr.", "99999999999"),
    "nl_bsn": ("burgerservicenummer", "9999.99.999"), "be_rrn": ("", "99.99.99-999.99"),
    "ch_ahv": ("", "756.9999.9999.99"), "se_personnummer": ("", "999999-9999"), "fi_hetu": ("", "999999-999A"),
    "no_fnr": ("", "999999 99999"), "dk_cpr": ("CPR-nr.", "999999-9999"), "pl_pesel": ("PESEL:", "99999999999"),
    "in_aadhaar": ("", "9999 9999 9999")}
UNCHECKED = ("us_ssn", "uk_nino", "dk_cpr")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def kinds(text: str) -> list[str]:
    return [one.kind for one in SCANNER.find(text)]


def test_every_kind_is_tried_here() -> None:
    assert set(PRINTED) == set(FORMS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_printed_example_is_found_and_nothing_beside_it(kind: str) -> None:
    text = f"It is {PRINTED[kind]}, as said."
    found = SCANNER.find(text)
    assert [one.kind for one in found] == [kind]
    assert PRINTED[kind].endswith(text[found[0].start:found[0].end])


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_what_checks_is_found_in_its_form(kind: str, seed: int) -> None:
    value = drawn(kind, Random(seed))
    assert kinds(f"Please note: {FORMS[kind][0]} {value}.") == [kind]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in UNCHECKED])
@settings(max_examples=25)
@given(st.integers(0, 2**32), st.integers(1, 9))
def test_with_another_last_digit_it_is_not(kind: str, seed: int, more: int) -> None:
    value = drawn(kind, Random(seed))
    last = max(at for at, sign in enumerate(value) if sign.isdigit())
    wrong = value[:last] + str((int(value[last]) + more) % 10) + value[last + 1:]
    assert kind not in kinds(f"Please note: {FORMS[kind][0]} {wrong}.")


@pytest.mark.parametrize("kind", ["ca_sin", "uk_nhs", "pt_nif", "de_steuer_id", "nl_bsn", "dk_cpr", "pl_pesel"])
def test_bare_digits_need_their_word(kind: str) -> None:
    bare = re.sub(r"\D", "", PRINTED[kind])
    assert kinds(f"It is {bare}, as said.") == []


def test_a_word_says_more_than_a_form_that_fits_by_chance() -> None:
    value = drawn("dk_cpr", Random(403))
    assert KINDS["fi_hetu"].holds(value)
    assert kinds(f"My CPR number is {value}.") == ["dk_cpr"]


def drawn(kind: str, random: Random) -> str:
    """A value of this kind in its form, by trying."""
    one, form = KINDS[kind], FORMS[kind][1]
    while True:
        signs = [random.choice(LETTERS) if sign == "A" else str(random.randrange(10)) if sign == "9" else sign
                 for sign in form]
        body = "".join(signs)[:-1 if form[-1] == "A" else -2]
        for end in random.sample(LETTERS if form[-1] == "A" else [f"{end:02d}" for end in range(100)], k=26):
            value = body + end
            if isinstance(one, Digits):
                good = one.form.fullmatch(value) and one.holds(re.sub(r"\D", "", value))
            else:
                good = one.pattern.fullmatch(value) and one.holds(value)
            if good:
                return value

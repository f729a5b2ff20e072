"""Dates of birth: any date of the calendar, however it is written, after a word for being born; else just a date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.pii import make
from tunewright.recipe.pii import PiiSpec

SCANNER = make(PiiSpec())
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December"]
DAYS = st.dates(date(1900, 1, 1), date(2025, 12, 31))


def births(text: str) -> list[str]:
    return [text[one.start:one.end] for one in SCANNER.find(text) if one.kind == "birth_date"]


def written(day: date) -> list[str]:
    month = MONTHS[day.month - 1]
    return [day.isoformat(), f"{day:%d/%m/%Y}", f"{day:%m/%d/%Y}", f"{day.day}.{day.month}.{day.year}",
            f"{day:%d-%m-%Y}", f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}",
            f"{month[:3]}. {day.day}, {day.year}",
            f"{day.day}th of {month} {day.year}", f"{day.day}-{month[:3]}-{day.year}", f"{day:%d.%m.%y}"]


@given(DAYS)
def test_every_date_after_a_word_for_birth(day: date) -> None:
    for text in written(day):
        assert births(f"She was born on {text} in York") == [text]
        assert births(f"DOB: {text}, insured") == [text]


@given(DAYS)
def test_and_no_date_without_one(day: date) -> None:
    for text in written(day):
        assert births(f"The meeting of {text} in York") == []


@pytest.mark.parametrize(("text", "value"), [
    ("geboren am 12. März 1980", "12. März 1980"), ("née le 12 mars 1980", "12 mars 1980"),
    ("nacida el 12 de marzo de 1980", "12 de marzo de 1980"), ("data di nascita: 12 marzo 1980", "12 marzo 1980"),
    ("nascido em 12 de março de 1980", "12 de março de 1980"), ("geboortedatum 12 maart 1980", "12 maart 1980"),
    ("Geburtsdatum: 12.03.1980", "12.03.1980")])
def test_other_languages_too(text: str, value: str) -> None:
    assert births(f"{text}.") == [value]


@pytest.mark.parametrize("text", ["born on 32.13.1980", "born in 1980", "born 31 February 1980", "born 12 Smarch 1980",
                                  "DOB: 1980-00-10", "born free, and 400 years of it", "newborn care, 12.3.1980"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert births(text) == []

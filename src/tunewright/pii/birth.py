"""Dates of birth: a date that stands after a word for being born."""

import re
from collections.abc import Iterator

from tunewright.pii.checksums import is_date
from tunewright.pii.finding import Finding
from tunewright.pii.recogniser import before

# Months as English, German, French, Spanish, Italian, Portuguese, Dutch and Polish begin them.
_MONTHS = (
    "jan|gen|ene|sty", "feb|fév|fev|lut", "mar|mär|maa|mrt", "apr|avr|abr|kwi", "ma[yij]|mag|mei",
    "jun|juin|giu|cze", "jul|juil|lug|lip", "aug|aoû|aou|ago|sie", "sep|set|wrz", "o[ck]t|out|ott|paź", "nov|lis",
    "de[czs]|déc|dic|dez|gru")
MONTH = rf"(?:{'|'.join(_MONTHS)})[^\W\d_]{{0,8}}"
"""A month's name, whole or short."""
STEMS = frozenset(
    {"jan", "gen", "ene", "sty", "feb", "fév", "fev", "lut", "mar", "mär", "maa", "mrt", "apr", "avr", "abr", "kwi",
     "may", "mai", "maj", "mag", "mei", "jun", "jui", "giu", "cze", "jul", "lug", "lip", "aug", "aoû", "aou", "ago",
     "sie", "sep", "set", "wrz", "oct", "okt", "out", "ott", "paź", "nov", "lis", "dec", "dez", "des", "déc",
     "dic", "gru"})
"""The first three letters of every month's name."""

LIKELY = re.compile(r"\d\s?[-/.]\s?\d|(?:1[89]|20)\d\d")
"""What every date holds: two of its figures side by side, or a year."""

_YEAR = r"(?:1[89]|20)\d\d"
_DATE = re.compile(
    rf"(?<![\w.-])(?:(?P<y1>{_YEAR})[-/.](?P<m1>\d\d?)[-/.](?P<d1>\d\d?)"
    rf"|(?P<d2>\d\d?)\s?[-/.]\s?(?P<m2>\d\d?)\s?[-/.]\s?(?P<y2>{_YEAR}|\d\d)"
    rf"|(?P<d3>\d\d?)(?:st|nd|rd|th|er|º|\.)?,?[\s-]{{1,3}}(?:(?:of|de|den)\s)?(?P<m3>{MONTH})\.?,?[\s-]{{1,3}}"
    rf"(?:de[l]?\s)?(?P<y3>{_YEAR})"
    rf"|(?P<m4>{MONTH})\.?\s{{1,3}}(?P<d4>\d\d?)(?:st|nd|rd|th)?,?\s{{1,3}}(?P<y4>{_YEAR}))(?![\w-])", re.IGNORECASE)
_BORN = re.compile(
    r"(?<![^\W_])(?:born|birth(?:s|day|date)?|b-?day|d\.?o\.?b\.?|geboren|geb\.?|geburts(?:datum|tag)|née?|naissance|"
    r"nacid[oa]|nacimiento|nat[oa]|nascita|nascid[oa]|nascimento|geboorte(?:datum)?|född|fødselsdato|födelsedatum|"
    r"fødd?t?|urodzon[ya]|urodzenia|syntynyt)(?![^\W\d_])[^\d]{0,40}\Z", re.IGNORECASE)


def find(text: str, start: int, end: int) -> Iterator[Finding]:
    """Every date of birth in `text[start:end]`: a real day between 1880 and 2029, after a word for it."""
    for match in _DATE.finditer(text, start, end):
        if _real(match) and _BORN.search(before(text, match.start())):
            yield Finding(*match.span(), "birth_date")


def _real(match: re.Match[str]) -> bool:
    """Whether day, month and year make a date; with figures alone the month may come first, as in America."""
    said = {name[0]: value for name, value in match.groupdict().items() if value}
    year, day = int(said["y"]), int(said["d"])
    if year > 99 and not 1880 <= year < 2030:
        return False
    if said["m"].isdigit():
        month = int(said["m"])
        return is_date(day, month, year) or is_date(month, day, year)
    named = said["m"].lower()
    return any(is_date(day, number, year) for number, stems in enumerate(_MONTHS, 1) if re.match(stems, named))

"""IBAN (ISO 13616): each country's length, and MOD 97-10 over the whole."""

import re
from collections.abc import Iterator
from functools import cache

from tunewright.pii.checksums import mod_97_10
from tunewright.pii.finding import Finding

# Characters in all, by country, as in SWIFT's IBAN registry.
LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30}


BEGINS = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2}\d{2}(?=(?:[ -]?[0-9A-Za-z]){11})")
"""How an IBAN begins, where enough signs for the shortest follow."""
_SPACES = {ord(" "): None, ord("-"): None}


def holds(value: str) -> bool:
    """Whether `value`, without spaces, has its country's length and checks."""
    value = value.upper()
    return LENGTHS.get(value[:2]) == len(value) and mod_97_10(value[4:] + value[:4])


def find(text: str, start: int, end: int) -> Iterator[Finding]:
    """Every IBAN in `text[start:end]`, in one piece or in groups."""
    for begun in BEGINS.finditer(text, start, end):
        length = LENGTHS.get(begun[0][:2].upper())
        rest = _rest(length - 4).match(text, begun.end(), end) if length else None
        if rest and holds(text[begun.start():rest.end()].translate(_SPACES)):
            yield Finding(begun.start(), rest.end(), "iban")


@cache
def _rest(signs: int) -> re.Pattern[str]:
    """As many letters and digits, in groups or not, and no more."""
    return re.compile(rf"(?:[ -]?[0-9A-Za-z]){{{signs}}}(?![0-9A-Za-z])")

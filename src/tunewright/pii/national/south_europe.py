"""National numbers of Spain, Italy and Portugal."""

import re

from tunewright.pii.checksums import is_date, weighted
from tunewright.pii.recogniser import Digits, Written, words

_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_MONTHS = "ABCDEHLMPRST"
# Where two persons would share a code, digits of the last are written as these letters (decree of 23 December 1976).
_OMOCODIA = str.maketrans("LMNPQRSTUV", "0123456789")
_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12,
                 14, 16, 10, 22, 25, 24, 23), strict=True))


def es_dni(value: str) -> bool:
    """DNI of Spain: eight digits modulo 23 choose the letter."""
    return _DNI[int(value[:8]) % 23] == value[8].upper()


def es_nie(value: str) -> bool:
    """NIE, for foreigners in Spain: X, Y or Z stands for 0, 1 or 2, then as a DNI."""
    return es_dni(str("XYZ".index(value[0].upper())) + value[1:])


def it_codice_fiscale(value: str) -> bool:
    """Codice fiscale of Italy: a real day of birth (women's plus 40) and a check letter modulo 26."""
    value = value.upper()
    total = sum(_ODD[sign] if place % 2 == 0 else int(sign, 36) - (10 if sign.isalpha() else 0)
                for place, sign in enumerate(value[:15]))
    day = int(value[9:11].translate(_OMOCODIA))
    return chr(65 + total % 26) == value[15] and is_date(day - 40 if day > 40 else day, _MONTHS.index(value[8]) + 1)


def pt_nif(digits: str) -> bool:
    """NIF of Portugal: modulo 11; a remainder below two gives the check 0. Persons begin with 1, 2, 3 or 45."""
    rest = weighted(digits, range(9, 1, -1)) % 11
    return (digits[0] in "123" or digits[:2] == "45") and int(digits[8]) == (0 if rest < 2 else 11 - rest)


_DIGIT = "[0-9LMNP-V]"
KINDS: dict[str, Digits | Written] = {
    "es_dni": Written(re.compile(r"\b\d{8}[ -]?[A-HJ-NP-TV-Z]\b"), es_dni),
    "es_nie": Written(re.compile(r"\b[XYZ][ -]?\d{7}[ -]?[A-HJ-NP-TV-Z]\b"), es_nie),
    "it_codice_fiscale": Written(re.compile(
        rf"\b[A-Z]{{3}} ?[A-Z]{{3}} ?{_DIGIT}{{2}}[A-EHLMPR-T]{_DIGIT}{{2}} ?[A-Z]{_DIGIT}{{3}}[A-Z]\b", re.IGNORECASE),
        it_codice_fiscale),
    "pt_nif": Digits((9,), pt_nif, form=re.compile(r"\d{3}( ?)\d{3}\1\d{3}"),
                     words=words("nif", "contribuinte", r"número fiscal")),
}

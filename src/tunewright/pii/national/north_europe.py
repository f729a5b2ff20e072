"""National numbers of Sweden, Finland, Norway and Denmark."""

import re

from tunewright.pii.checksums import is_date, luhn, weighted
from tunewright.pii.recogniser import Digits, Written, words

_FINNISH = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def se_personnummer(digits: str) -> bool:
    """Personnummer of Sweden: Luhn over ten digits, a real date; a coordination number has 60 added to the day."""
    digits = digits[-10:]
    day = int(digits[4:6])
    return is_date(day - 60 if day > 60 else day, int(digits[2:4])) and luhn(digits)


def fi_hetu(value: str) -> bool:
    """Henkilötunnus of Finland: a real date, and nine digits modulo 31 choose the last sign."""
    return (is_date(int(value[:2]), int(value[2:4]))
            and _FINNISH[int(value[:6] + value[-4:-1]) % 31] == value[-1])


def no_fnr(digits: str) -> bool:
    """Fødselsnummer of Norway: a real date (40 added to the day for a D-number) and two checks modulo 11."""
    day = int(digits[:2])
    return (is_date(day - 40 if day > 40 else day, int(digits[2:4]))
            and weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
            and weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0)


def dk_cpr(digits: str) -> bool:
    """CPR number of Denmark: a real date. Since 2007 no check digit need hold."""
    return is_date(int(digits[:2]), int(digits[2:4]))


KINDS: dict[str, Digits | Written] = {
    "se_personnummer": Digits((10, 12), se_personnummer, form=re.compile(r"(?:\d\d)?\d{6}[-+]?\d{4}"),
                              telling=re.compile(r"(?:\d\d)?\d{6}[-+]\d{4}"),
                              words=words("personnummer", "personnr", "samordningsnummer", r"pers\.? ?nr\.?")),
    # Before fi_hetu, which some of them look like: this one always has its word.
    "dk_cpr": Digits((10,), dk_cpr, form=re.compile(r"\d{6}[- ]?\d{4}"), words=words(r"cpr(?:-?nummer|-?nr\.?)?")),
    "fi_hetu": Written(re.compile(r"\b\d{6}[-+ABCDEFUVWXY]\d{3}[0-9A-FHJ-NPR-Y]\b"), fi_hetu),
    "no_fnr": Digits((11,), no_fnr, form=re.compile(r"\d{6} ?\d{5}"), telling=re.compile(r"\d{6} \d{5}"),
                     words=words("fødselsnummer", r"fødselsnr\.?", "fnr", "personnummer", "d-nummer")),
}

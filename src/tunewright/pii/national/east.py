"""National numbers of Poland and India."""

import re

from tunewright.pii.checksums import is_date, verhoeff, weighted
from tunewright.pii.recogniser import Digits, Written, words


def pl_pesel(digits: str) -> bool:
    """PESEL of Poland: a real date whose month also tells the century, and weights 1 3 7 9 to a multiple of ten."""
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    century = {0: 1900, 1: 2000, 2: 2100, 3: 2200, 4: 1800}[month // 20]
    return is_date(day, month % 20, century + year) and weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def in_aadhaar(digits: str) -> bool:
    """Aadhaar of India: does not begin with 0 or 1, Verhoeff."""
    return digits[0] not in "01" and verhoeff(digits)


KINDS: dict[str, Digits | Written] = {
    "pl_pesel": Digits((11,), pl_pesel, form=re.compile(r"\d{11}"), words=words("pesel")),
    "in_aadhaar": Digits((12,), in_aadhaar, form=re.compile(r"\d{4}([ -]?)\d{4}\1\d{4}"),
                         telling=re.compile(r"\d{4}([ -])\d{4}\1\d{4}"), words=words("aadhaa?r", "uidai", "uid")),
}

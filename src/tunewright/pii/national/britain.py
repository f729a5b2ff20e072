"""National numbers of the United Kingdom."""

import re

from tunewright.pii.checksums import weighted
from tunewright.pii.recogniser import Digits, Written, words


def uk_nhs(digits: str) -> bool:
    """NHS number: modulo 11 over nine digits; a check of ten is never issued (NHS data dictionary)."""
    return (11 - weighted(digits, range(10, 1, -1)) % 11) % 11 == int(digits[9]) and len(set(digits)) > 1


def uk_nino(value: str) -> bool:
    """National insurance number: prefixes that HMRC does not allocate (NIM39110). There is no check digit."""
    return value[:2] not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")


KINDS: dict[str, Digits | Written] = {
    "uk_nhs": Digits((10,), uk_nhs, form=re.compile(r"\d{3}([ -]?)\d{3}\1\d{4}"),
                     words=words("nhs", r"national health", r"patient(?:'s)?(?: id| number| no\.?)?")),
    "uk_nino": Written(re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]([ -]?)\d\d\1\d\d\1\d\d\1[A-D]\b"), uk_nino),
}

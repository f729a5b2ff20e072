"""Payment cards: the brand's first digits and length (ISO/IEC 7812), and Luhn."""

import re

from tunewright.pii.checksums import luhn
from tunewright.pii.recogniser import Digits, words

# First digits and lengths as the brands have published them.
_BRANDS = re.compile(
    r"4(?:\d{15}|\d{18})"                                                                       # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"                       # Mastercard
    r"|3[47]\d{13}"                                                                            # American Express
    r"|3(?:0[0-5]|09|[689]\d)\d{11,16}"                                                        # Diners Club
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12,15}"                                                     # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12,15}|(?:1800|2131)\d{11}"                                       # JCB
    r"|62\d{14,17}|81\d{14,17}"                                                                # UnionPay, RuPay
    r"|220[0-4]\d{12,15}|9792\d{12}"                                                           # Mir, Troy
    r"|(?:50|5[6-8]|6[0-9]|06)\d{10,17}")                                                      # Maestro


_FORM = re.compile(r"\d{12,19}|\d{4}([ -])\d{4}\1\d{4}(?:\1\d{4})?(?:\1\d{1,4})?|\d{4}([ -])\d{6}\2\d{4,5}")
_WORDS = words("cards?", "cc", "credit", "debit", "visa", "master ?card", "maestro", "amex", "pan", "kreditkarte",
               "karte", "carte", "carta", "tarjeta", "cartão", "kaart", "kort", "karta")


def branded(digits: str) -> bool:
    """Whether a brand gives out such numbers and the last digit checks. Twelve and thirteen digits are too few."""
    return len(digits) > 13 and _BRANDS.fullmatch(digits) is not None and luhn(digits)


def checks(digits: str) -> bool:
    """Whether the last digit checks: after a word for cards that is enough, for brands come and go."""
    return luhn(digits) and len(set(digits)) > 1


BY_BRAND = Digits(tuple(range(14, 20)), branded, form=_FORM, telling=_FORM)
BY_WORD = Digits(tuple(range(12, 20)), checks, form=_FORM, words=_WORDS)

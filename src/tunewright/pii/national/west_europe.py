"""National numbers of France, Germany, the Netherlands, Belgium and Switzerland."""

import re

from tunewright.pii.checksums import mod_11_10, weighted
from tunewright.pii.recogniser import Digits, Written, words


def fr_nir(value: str) -> bool:
    """NIR of France: the key is 97 less the remainder of the first thirteen; Corsica's 2A and 2B count as 19 and 18."""
    number = int(value[:13].upper().replace("2A", "19").replace("2B", "18"))
    return 97 - number % 97 == int(value[13:]) and (1 <= int(value[3:5]) <= 12 or 20 <= int(value[3:5]) <= 42)


def de_steuer_id(digits: str) -> bool:
    """Steuer-ID of Germany: MOD 11,10; of the first ten digits one or two are repeated, none more than three times."""
    counts = sorted(digits[:10].count(digit) for digit in set(digits[:10]))
    return digits[0] != "0" and counts[-1] in (2, 3) and counts[-2] == 1 and mod_11_10(digits)


def nl_bsn(digits: str) -> bool:
    """BSN of the Netherlands: weights 9 to 2 and minus one, a multiple of 11."""
    return weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0 and int(digits) > 0


def be_rrn(digits: str) -> bool:
    """National register number of Belgium: 97 less the remainder; with a 2 in front for those born from 2000."""
    return int(digits[9:]) in (97 - int(digits[:9]) % 97, 97 - int(f"2{digits[:9]}") % 97)


def ch_ahv(digits: str) -> bool:
    """AHV number of Switzerland: 756 in front, check digit as in EAN-13."""
    return digits[:3] == "756" and weighted(digits, (1, 3) * 7) % 10 == 0


KINDS: dict[str, Digits | Written] = {
    "fr_nir": Written(re.compile(
        r"\b[12]([ .]?)\d\d\1(?:0[1-9]|1[0-2]|[23]\d|4[0-2])\1(?:\d\d|2[ABab])\1\d{3}\1\d{3}[ .]?\d\d\b"), fr_nir),
    "de_steuer_id": Digits((11,), de_steuer_id, form=re.compile(r"\d{2}([ /]?)\d{3}\1\d{3}\1\d{3}"),
                           words=words(r"steuer-?(?:id|nummer|identifikationsnummer)?(?:-?nr\.?)?", r"id-?nr\.?", "tin",
                                       r"tax id(?:entification)?")),
    "nl_bsn": Digits((9,), nl_bsn, form=re.compile(r"\d{9}|\d{4}([. ])\d{2}\1\d{3}|\d{3}([. ])\d{3}\2\d{3}"),
                     words=words("bsn", r"burgerservice(?:nummer)?", r"sofi-?(?:nummer)?")),
    "be_rrn": Digits((11,), be_rrn, form=re.compile(r"\d{11}|\d\d\.\d\d\.\d\d-\d{3}[.-]\d\d"),
                     telling=re.compile(r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d"),
                     words=words("rijksregister(?:nummer)?", r"registre national", "niss", "insz",
                                 r"national register")),
    "ch_ahv": Digits((13,), ch_ahv, form=re.compile(r"756(\.?)\d{4}\1\d{4}\1\d{2}"),
                     telling=re.compile(r"756\.\d{4}\.\d{4}\.\d{2}"), words=words("ahv", "avs", "navs")),
}

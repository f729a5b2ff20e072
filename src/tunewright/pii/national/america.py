"""National numbers of the Americas."""

import re

from tunewright.pii.checksums import luhn, weighted
from tunewright.pii.recogniser import Digits, Written, words


def us_ssn(digits: str) -> bool:
    """Never issued: area 000, 666 or 9xx, group 00, serial 0000 (SSA, RM 10201.035). There is no check digit."""
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def br_cpf(digits: str) -> bool:
    """CPF of Brazil: two check digits modulo 11; eleven equal digits check and are never issued."""
    first = weighted(digits, range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(digits, range(11, 1, -1)) * 10 % 11 % 10
    return digits[9:] == f"{first}{second}" and len(set(digits)) > 1


def ca_sin(digits: str) -> bool:
    """Social insurance number of Canada: Luhn; 0 and 8 are not given to persons."""
    return digits[0] not in "08" and luhn(digits)


KINDS: dict[str, Digits | Written] = {
    "us_ssn": Digits((9,), us_ssn, form=re.compile(r"\d{3}([ -]?)\d{2}\1\d{4}"),
                     telling=re.compile(r"\d{3}-\d{2}-\d{4}"),
                     words=words("ssn", "ssns", r"social[- ]security", r"soc\.? sec", "ss ?#")),
    "br_cpf": Digits((11,), br_cpf, form=re.compile(r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}"),
                     telling=re.compile(r"\d{3}\.\d{3}\.\d{3}-\d{2}"), words=words("cpf", "contribuinte")),
    "ca_sin": Digits((9,), ca_sin, form=re.compile(r"\d{3}([ -]?)\d{3}\1\d{3}"),
                     words=words("sin", r"social insurance", "nas", r"assurance sociale")),
}

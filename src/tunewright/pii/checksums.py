"""Check digits: what tells a number that was issued from one that only looks like it. All take ASCII digits."""

from collections.abc import Sequence
from operator import mul

# Bytes from digits and back to numbers: several times as fast as digit by digit.
_VALUES = bytes.maketrans(b"0123456789", bytes(range(10)))
_NUMBERED = {ord(letter): str(number) for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 10)}
_DOUBLED = bytes.maketrans(bytes(range(10)), bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B: every second digit from the right doubled, the sum a multiple of ten."""
    values = digits.encode().translate(_VALUES)
    return (sum(values[-1::-2]) + sum(values[-2::-2].translate(_DOUBLED))) % 10 == 0


def weighted(digits: str, weights: Sequence[int]) -> int:
    """The sum of the digits, each times its weight; digits beyond the weights do not count."""
    return sum(map(mul, digits.encode().translate(_VALUES), weights))


def mod_97_10(text: str) -> bool:
    """ISO/IEC 7064, MOD 97-10, over letters (A is 10) and digits: the remainder is one."""
    return int(text.upper().translate(_NUMBERED)) % 97 == 1


def mod_11_10(digits: str) -> bool:
    """ISO/IEC 7064, MOD 11,10: a hybrid of two remainders, the last digit checks."""
    product = 10
    for digit in digits[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


# Verhoeff, 1969: multiplication in the dihedral group of order ten, and a permutation by place.
_TIMES = ("0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
          "5987604321", "6598710432", "7659821043", "8765932104", "9876543210")
_PLACED = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415",
           "7046913258")


def verhoeff(digits: str) -> bool:
    """J. Verhoeff, Error detecting decimal codes (1969): catches every single wrong digit and every swap."""
    state = 0
    for place, digit in enumerate(reversed(digits)):
        state = int(_TIMES[state][int(_PLACED[place % 8][int(digit)])])
    return state == 0


def is_date(day: int, month: int, year: int = 2000) -> bool:
    """Whether the calendar has this day. Without a year, the 29th of February counts."""
    if not 1 <= month <= 12 or day < 1:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= (31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]

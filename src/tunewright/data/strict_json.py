"""JSON as the standard has it, within bounds: no NaN, no key twice, no bottomless nesting, no number out of range."""

import json
import math
from collections import Counter
from typing import Any

DEPTH = 100
"""Most levels of lists and objects within one another: what is written and compared later walks them by recursion."""

DIGITS = 300
"""Most digits of a whole number; a double ends at 309."""


def loads(text: str) -> Any:
    """The value of a JSON text. Raises ValueError (json.JSONDecodeError where a place is known)."""
    value, end = decode(text, len(text) - len(text.lstrip()))
    if text[end:].strip():
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def decode(text: str, at: int) -> tuple[Any, int]:
    """The JSON value that begins at `at`, and where it ends. Raises ValueError as `loads` does."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except RecursionError as error:
        raise ValueError(f"nested more than {DEPTH} deep") from error
    if text.count("[", at, end) + text.count("{", at, end) > DEPTH and _deep(value):
        raise ValueError(f"nested more than {DEPTH} deep")
    return value, end


def _deep(value: Any) -> bool:
    """Whether it is nested more than `DEPTH` deep; found level by level, as recursion would meet its own limit."""
    level = [value]
    for _ in range(DEPTH + 1):
        level = [inner for one in level if isinstance(one, dict | list)
                 for inner in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return False
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        (twice, _), = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"key `{twice[:60]}` stands twice in one object")
    return value


def _constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _fraction(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"number {text[:20]} is out of range")
    return value


def _whole(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError(f"a number has more than {DIGITS} digits")
    return int(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_fraction,
                            parse_int=_whole)

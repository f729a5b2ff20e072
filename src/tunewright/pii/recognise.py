"""All recognisers over one window of a text; where two overlap, the kind that says more wins."""

import re
from collections.abc import Iterator

from tunewright.pii import birth, iban, internet, national, numbers, secret
from tunewright.pii.finding import Finding
from tunewright.pii.recogniser import Written

KINDS = ("credentials", "private_key", "api_key", "email", "iban", "card", *national.KINDS, "ip", "birth_date", "phone")
"""Every kind that is known by its form, the one that says most first."""

_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_WRITTEN = tuple((kind, one) for kind, one in national.KINDS.items() if isinstance(one, Written))
# What every value of letters and digits holds: two letters before a digit, seven digits before a letter, six digits and
# a century's sign, or the fifteen digits of a NIR.
_MIXED = re.compile(r"[A-Za-z]{2}[ -]?\d|\d{7}[ -]?[A-Z]|\d{6}[-+A-Z]\d{3}|[12](?:[ .]?\d){14}")
_SPACES = {ord(sign): None for sign in " .-"}


def recognise(text: str, first: int, start: int, end: int) -> list[Finding]:
    """What `text[start:end]` holds, in order, without overlap.

    Nothing after `end` is looked at, and to the left of `start` only words, but
    a date or a number may begin at `first`.
    """
    found = _all(text, first, start, end)
    if len(found) < 2:
        return found
    taken: list[Finding] = []
    for one in sorted(found, key=lambda one: _RANK[one.kind]):
        if all(one.end <= other.start or other.end <= one.start for other in taken):
            taken.append(one)
    return sorted(taken)


def _all(text: str, first: int, start: int, end: int) -> list[Finding]:
    """What each recogniser finds that can find anything in a window of this length and these signs."""
    piece, length, found = text[start:end], end - start, list[Finding]()
    if "@" in piece:
        if "://" in piece:
            found += internet.find_credentials(text, start, end)
        found += internet.find_email(text, start, end)
    if length >= 20:
        found += secret.find_key(text, start, end)
    if length < 7:
        return [*found, *birth.find(text, first, end)] if birth.LIKELY.search(piece) else found
    found += numbers.find(text, start, end)
    if first == start and piece.isdigit():
        return found
    if piece.count(".") > 2 or piece.count(":") > 2:
        found += internet.find_ip(text, start, end)
    if length >= 9 and _MIXED.search(text, first, end):
        found += _mixed(text, first, end)
    if birth.LIKELY.search(piece):
        found += birth.find(text, first, end)
    return found


def _mixed(text: str, start: int, end: int) -> Iterator[Finding]:
    """Values of letters and digits."""
    yield from iban.find(text, start, end)
    for kind, one in _WRITTEN:
        for match in one.pattern.finditer(text, start, end):
            if one.holds(match[0].translate(_SPACES)):
                yield Finding(*match.span(), kind)

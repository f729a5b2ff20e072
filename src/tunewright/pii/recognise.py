"""The recognisers of the kinds that are looked for, over one window of a text; where two overlap, the kind that says
more wins. A kind that is not looked for costs nothing, and takes nothing from another."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from tunewright.pii import birth, iban, internet, national, numbers, secret
from tunewright.pii.finding import Finding
from tunewright.pii.recogniser import Written

KINDS = ("credentials", "private_key", "api_key", "email", "iban", "card", *national.KINDS, "ip", "birth_date", "phone")
"""Every kind that is known by its form, the one that says most first."""

_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_WRITTEN = tuple((kind, one) for kind, one in national.KINDS.items() if isinstance(one, Written))
# What every value of letters and digits holds: two letters before a digit, seven digits before a letter, six digits and
# a century's sign, or the fifteen digits of a NIR.
_MIXED = re.compile(r"[A-Za-z]{2}[ -]?\d|\d{6}(?:\d[ -]?[A-Z]|[-+A-Z]\d{3})|[12](?:[ .]?\d){14}")
_SPACES = {ord(sign): None for sign in " .-"}


@dataclass(frozen=True)
class Recognisers:
    """Those of the kinds that are looked for. Make them with `chosen`."""

    numbers: numbers.Numbers | None
    written: tuple[tuple[str, Written], ...]
    """National numbers of letters and digits."""
    mixed: re.Pattern[str] | None
    """What a window holds that may hold one of these or an IBAN; None if neither is looked for."""
    private_key: bool
    """Looked for by the walk, since it is longer than any window."""
    email: bool
    credentials: bool
    api_key: bool
    iban: bool
    ip: bool
    birth_date: bool

    def find(self, text: str, first: int, start: int, end: int) -> list[Finding]:
        """What `text[start:end]` holds, in order, without overlap.

        Nothing after `end` is looked at, and to the left of `start` only words, but
        a date or a number may begin at `first`.
        """
        found = self._all(text, first, start, end)
        if len(found) < 2:
            return found
        taken: list[Finding] = []
        for one in sorted(found, key=lambda one: _RANK[one.kind]):
            if all(one.end <= other.start or other.end <= one.start for other in taken):
                taken.append(one)
        return sorted(taken)

    def _all(self, text: str, first: int, start: int, end: int) -> list[Finding]:
        """What each recogniser finds that can find anything in a window of this length and these signs."""
        found: list[Finding] = []
        piece, length = text[start:end], end - start
        if "@" in piece:
            if self.credentials and "://" in piece:
                found += internet.find_credentials(text, start, end)
            if self.email:
                found += internet.find_email(text, start, end)
        if length >= 20 and self.api_key:
            found += secret.find_key(text, start, end)
        if length >= 7:
            if self.numbers:
                found += self.numbers.find(text, start, end)
            if first == start and piece.isdigit():
                return found
            if self.ip and (piece.count(".") > 2 or piece.count(":") > 2):
                found += internet.find_ip(text, start, end)
            if self.mixed and length >= 9 and self.mixed.search(text, first, end):
                found += self._mixed(text, first, end)
        if self.birth_date and birth.LIKELY.search(piece):
            found += birth.find(text, first, end)
        return found

    def _mixed(self, text: str, start: int, end: int) -> Iterator[Finding]:
        """Values of letters and digits."""
        if self.iban:
            yield from iban.find(text, start, end)
        for kind, one in self.written:
            for match in one.pattern.finditer(text, start, end):
                if one.holds(match[0].translate(_SPACES)):
                    yield Finding(*match.span(), kind)


def chosen(kinds: Set[str]) -> Recognisers:
    """The recognisers of `kinds`; those that no form tells count for nothing."""
    written = tuple((kind, one) for kind, one in _WRITTEN if kind in kinds)
    mixed = _MIXED if written else iban.BEGINS if "iban" in kinds else None
    return Recognisers(numbers.chosen(kinds), written, mixed, *(
        kind in kinds for kind in ("private_key", "email", "credentials", "api_key", "iban", "ip", "birth_date")))

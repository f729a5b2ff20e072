"""Runs of digits: one look finds them all, and their count chooses which kinds are asked."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from tunewright.pii import card, national, phone
from tunewright.pii.finding import Finding
from tunewright.pii.recogniser import Digits

# At least seven digits with at most three signs between them. A letter before or after makes it another word, but
# an `n` after a backslash is a line break in escaped JSON, and an `x` before a digit is a phone's extension.
_RUN = re.compile(r"(?:(?<![0-9A-Za-z_])|(?<=\\[nrt]))[+(]{0,2}\d(?:[ ().+/-]{0,3}\d){6,}+"
                  r"(?:(?![0-9A-Za-z_])|(?=[xX]\d))")
_GROUP = re.compile(r"\S+")
_TRIM = " .-/"
_GROUPS = 7
"""No number is written in more groups with spaces between them."""
_SHORTEST = 7
_NOT_DIGITS = {ord(sign): None for sign in " ().+/-"}

_KINDS = (("card", card.BY_BRAND), *((kind, one) for kind, one in national.KINDS.items() if isinstance(one, Digits)),
          ("card", card.BY_WORD))


@dataclass(frozen=True)
class Numbers:
    """What looks for the kinds that are written in digits. Make it with `chosen`."""

    by_length: tuple[tuple[tuple[str, Digits], ...], ...]
    """For each count of digits from none to 19, the kinds that have so many; no phone numbers."""
    phone: bool

    def find(self, text: str, start: int, end: int) -> list[Finding]:
        """Every value of these kinds in `text[start:end]`."""
        found: list[Finding] = []
        for run in _RUN.finditer(text, start, end):
            begin, stop = run.span()
            if phone.OTHER.fullmatch(text, begin, stop):
                continue
            if text.find(" ", begin, stop) < 0:
                if one := self._judge(text, begin, stop, end, strict=True, worded=True):
                    found.append(one)
            else:
                pieces = [group.span() for group in _GROUP.finditer(text, begin, stop)]
                found += self._split(text, pieces, end, strict=True)
        return found

    def _split(self, text: str, pieces: list[tuple[int, int]], end: int, *, strict: bool) -> Iterator[Finding]:
        """Findings in a run of `pieces`, which spaces part: from each piece the longest stretch that is a value.

        First what a check digit or its form tells; then, in what is left, what a word tells.
        """
        at, left = 0, 0
        while at < len(pieces):
            found, upto = self._longest(text, pieces, at, end, strict=strict)
            if found is None:
                at += 1
                continue
            if strict and left < at and self.phone:
                yield from self._split(text, pieces[left:at], end, strict=False)
            yield found
            at = left = upto
        if strict and left < at and self.phone:
            yield from self._split(text, pieces[left:at], end, strict=False)

    def _longest(self, text: str, pieces: list[tuple[int, int]], at: int, end: int, *,
                 strict: bool) -> tuple[Finding | None, int]:
        """The longest value that begins with piece number `at`, and the number of the piece after it."""
        for upto in range(min(len(pieces), at + _GROUPS), at, -1):
            start, stop = pieces[at][0], pieces[upto - 1][1]
            if stop - start < _SHORTEST:
                break
            whole = at == 0 and upto == len(pieces)
            found = self._judge(text, start, stop, end, strict=strict, worded=whole or not strict)
            if found:
                return found, upto
        return None, at

    def _judge(self, text: str, start: int, stop: int, end: int, *, strict: bool, worded: bool) -> Finding | None:
        """What `text[start:stop]` is as a whole."""
        written = text[start:stop]
        if not (written[0].isdigit() and written[-1].isdigit()) or "(" in written:
            start, written = _bare(written, start)
            stop = start + len(written)
        digits = written if written.isdigit() else written.translate(_NOT_DIGITS)
        if not 7 <= len(digits) <= 19:
            return None
        if strict:
            # A word says more than a form: what is called a CPR number is one, though a personnummer looks the same.
            by_form = None
            for kind, one in self.by_length[len(digits)]:
                telling = one.found(written, digits, text, start) if kind != by_form else ""
                if telling == "word":
                    return Finding(start, stop, kind)
                by_form = by_form or (kind if telling else None)
            if by_form:
                return Finding(start, stop, by_form)
        if self.phone and ((strict and phone.by_form(written, digits))
                           or (worded and phone.by_word(written, digits, text, start, end))):
            return Finding(start, phone.extended(text, stop, end), "phone")
        return None


def chosen(kinds: Set[str]) -> Numbers | None:
    """What looks for those of `kinds` that are written in digits; None if there are none."""
    asked = [(kind, one) for kind, one in _KINDS if kind in kinds]
    if not asked and "phone" not in kinds:
        return None
    return Numbers(tuple(tuple((kind, one) for kind, one in asked if count in one.lengths) for count in range(20)),
                   "phone" in kinds)


def _bare(written: str, start: int) -> tuple[int, str]:
    """A piece without the signs around it, and where that begins; brackets stay in pairs."""
    inner = written.strip(_TRIM).removesuffix("(")
    if inner.count("(") != inner.count(")"):
        inner = inner.strip("()")
    return start + written.index(inner), inner

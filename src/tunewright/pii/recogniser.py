"""What a recogniser says of its kind: the forms that a value is written in, its check, and the words that stand by it.

A value without a check digit, or in a form that other numbers have too, counts only after a word that says what it
is. Words are looked for to the left, at most `NEAR` characters back: so a stream never waits for what may follow.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

NEAR = 64
"""How far back a word may stand, in characters."""


def words(*alternatives: str) -> re.Pattern[str]:
    """A pattern that finds any of these words, in either case."""
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(alternatives)})(?![^\W_])", re.IGNORECASE)


def before(text: str, start: int) -> str:
    """What stands to the left of `start`."""
    return text[max(0, start - NEAR):start]


@dataclass(frozen=True)
class Digits:
    """A kind that is written in digits, in groups or not.

    `form` is every writing of it, `telling` a writing that needs no word, `words` are the words that the others need
    (None: no word helps). `holds` checks the bare digits.
    """

    lengths: tuple[int, ...]
    holds: Callable[[str], bool]
    form: re.Pattern[str]
    telling: re.Pattern[str] | None = None
    words: re.Pattern[str] | None = None

    def found(self, written: str, digits: str, text: str, start: int) -> Literal["", "form", "word"]:
        """What tells that `written`, which stands at `start` of `text`, is of this kind; nothing if it is not."""
        if not self.form.fullmatch(written) or not self.holds(digits):
            return ""
        if self.words and self.words.search(before(text, start)):
            return "word"
        telling = self.telling is self.form or (self.telling and self.telling.fullmatch(written))
        return "form" if telling else ""


@dataclass(frozen=True)
class Written:
    """A kind whose writing tells it: letters and digits in fixed places. `holds` checks it without spaces."""

    pattern: re.Pattern[str]
    holds: Callable[[str], bool]

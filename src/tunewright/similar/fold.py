"""Fold texts: what two texts still have in common when case, punctuation and white space are no matter.

Unicode NFC, full case folding, punctuation and symbols left out, every run of white space one space. All texts of a
batch are folded at once, as one array of code points, because a call for each text would take longer than all that
follows.
"""

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

END, SPACE = 0, 32
"""The codes that close a text and part its words. Within a text, a character 0 counts as white space."""

_DROPPED, _KEPT, _UNMET = range(3)
_WHITE = 3


def _kind(character: str) -> int:
    """Letters, marks and numbers are kept; punctuation, symbols and what is not seen are dropped."""
    if character.isspace():
        return _WHITE
    category = unicodedata.category(character)
    return _DROPPED if character != "\0" and (category[0] in "PS" or category in ("Cc", "Cf")) else _KEPT


_KINDS: np.ndarray = np.full(sys.maxunicode + 1, _UNMET, np.uint8)
_KINDS[:128] = [_kind(chr(code)) for code in range(128)]
_LOWER = bytes(SPACE if _KINDS[code] == _WHITE else ord(chr(code).lower()) for code in range(128)) + bytes(128)
_LEFT_OUT = bytes(code for code in range(128) if _KINDS[code] == _DROPPED)


@dataclass(frozen=True)
class Folded:
    """The texts of a batch: `codes` (code points), each text closed by a 0; `ends` says where (int64)."""

    codes: np.ndarray
    ends: np.ndarray


def fold(texts: Sequence[str]) -> Folded:
    """Fold a batch of texts. A text without letters and numbers becomes empty."""
    joined = _joined(texts)
    codes = _ascii(joined) if joined.isascii() else _unicode(joined)
    # A space counts only right behind something kept, and if something kept follows it.
    behind = codes <= SPACE
    codes = _without(codes, (codes == SPACE) & np.concatenate(([True], behind[:-1])) if len(codes) else behind)
    codes = _without(codes, (codes == SPACE) & np.concatenate((codes[1:] == END, [True])) if len(codes) else behind)
    return Folded(codes, np.flatnonzero(codes == END))


def _joined(texts: Sequence[str]) -> str:
    joined = "\0".join(texts) + "\0" if texts else ""
    if joined.count("\0") == len(texts):
        return joined
    return _joined([text.replace("\0", " ") for text in texts])


def _ascii(joined: str) -> np.ndarray:
    return np.frombuffer(joined.encode("ascii").translate(_LOWER, _LEFT_OUT), np.uint8)


def _unicode(joined: str) -> np.ndarray:
    whole = unicodedata.normalize("NFC", joined).casefold()
    codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _kinds(codes)
    return np.where(kinds == _WHITE, np.uint32(SPACE), codes)[kinds != _DROPPED]


def _kinds(codes: np.ndarray) -> np.ndarray:
    """What to do with each code point. The table fills as code points are met: few of a million ever are."""
    kinds = _KINDS[codes]
    if (kinds == _UNMET).any():
        for code in np.unique(codes[kinds == _UNMET]).tolist():
            _KINDS[code] = _kind(chr(code))
        kinds = _KINDS[codes]
    return kinds


def _without(codes: np.ndarray, out: np.ndarray) -> np.ndarray:
    return codes[~out] if out.any() else codes

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

END = "\x00"
"""Closes each text in a batch; within a text it counts as white space."""

_DROPPED, _SPACE, _KEPT, _END, _UNMET = range(5)
_KINDS: np.ndarray = np.full(sys.maxunicode + 1, _UNMET, np.uint8)


@dataclass(frozen=True)
class Folded:
    """The texts of a batch: `codes` (code points, uint32), each text closed by a 0; `ends` says where (int64)."""

    codes: np.ndarray
    ends: np.ndarray


def fold(texts: Sequence[str]) -> Folded:
    """Fold a batch of texts. A text without letters and numbers becomes empty."""
    joined = _joined(texts)
    if joined.isascii():
        codes = np.frombuffer(joined.lower().encode("ascii"), np.uint8)
    else:
        whole = unicodedata.normalize("NFC", joined).casefold()
        codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32)
    kind = _kinds(codes)
    codes, kind = _without(codes, kind, kind == _DROPPED)
    # A space counts only right behind something kept, and if something kept follows it.
    codes, kind = _without(codes, kind, (kind == _SPACE) & (_shifted(kind, 1) != _KEPT))
    codes, kind = _without(codes, kind, (kind == _SPACE) & (_shifted(kind, -1) == _END))
    codes = np.where(kind == _SPACE, np.uint32(32), codes.astype(np.uint32))
    return Folded(codes, np.flatnonzero(kind == _END))


def _joined(texts: Sequence[str]) -> str:
    joined = END.join(texts) + END if texts else ""
    if joined.count(END) == len(texts):
        return joined
    return _joined([text.replace(END, " ") for text in texts])


def _without(codes: np.ndarray, kind: np.ndarray, out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (codes[~out], kind[~out]) if out.any() else (codes, kind)


def _shifted(kind: np.ndarray, by: int) -> np.ndarray:
    """The kind of the neighbour before (1) or after (-1) each place; the batch lies between ends."""
    moved = np.full_like(kind, _END)
    if by > 0:
        moved[1:] = kind[:-1]
    else:
        moved[:-1] = kind[1:]
    return moved


def _kinds(codes: np.ndarray) -> np.ndarray:
    """What to do with each code point. The table fills as code points are met: few of a million ever are."""
    kinds = _KINDS[codes]
    if kinds.max(initial=0) == _UNMET:
        for code in np.unique(codes[kinds == _UNMET]):
            _KINDS[code] = _kind(chr(code))
        kinds = _KINDS[codes]
    return kinds


def _kind(character: str) -> int:
    """Letters, marks and numbers are kept; punctuation, symbols and what is not seen are dropped."""
    if character == END:
        return _END
    if character.isspace():
        return _SPACE
    category = unicodedata.category(character)
    return _DROPPED if category[0] in "PS" or category in ("Cc", "Cf") else _KEPT

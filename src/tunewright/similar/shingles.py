"""Shingles: a text as the set of its runs of characters or words, each run one 64-bit hash.

Every run in a batch is hashed at once by a rolling polynomial over the array of code points (Karp and Rabin 1987);
runs that would cross from one text into the next are left out.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tunewright.recipe.duplicates import CharactersSpec, Shingle
from tunewright.similar.fold import END, SPACE, Folded, fold

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)

_ROOM = 1 << 16
"""Characters hashed at once, few enough for the cache of one core."""

_EIGHT, _LONG = 8, 32
_FIRST = np.array([(1 << 8 * size) - 1 for size in range(_EIGHT + 1)], np.uint64)
"""The first so many bytes of eight."""


@dataclass(frozen=True)
class Sets:
    """The shingles of the texts of a batch, one after another: `hashes` (uint64), and `sizes` of each text (int64).

    A shingle that a text repeats is repeated here.
    """

    hashes: np.ndarray
    sizes: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """Where each text's shingles begin in `hashes`."""
        return np.cumsum(self.sizes) - self.sizes


def shingles(texts: Sequence[str], shingle: Shingle) -> Sets:
    """The shingles of the folded texts. A text shorter than one shingle is one shingle; an empty one has none."""
    found = [_shingles(some, shingle) for some in _chunks(texts)]
    if not found:
        return Sets(np.zeros(0, np.uint64), np.zeros(0, np.int64))
    return Sets(np.concatenate([some.hashes for some in found]), np.concatenate([some.sizes for some in found]))


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    begin, size = 0, 0
    for at, text in enumerate(texts):
        size += len(text)
        if size >= _ROOM:
            yield texts[begin:at + 1]
            begin, size = at + 1, 0
    if begin < len(texts):
        yield texts[begin:]


def _shingles(texts: Sequence[str], shingle: Shingle) -> Sets:
    folded = fold(texts)
    if isinstance(shingle, CharactersSpec):
        return _runs(folded.codes.astype(np.uint64), folded.ends, shingle.characters)
    return _runs(*_words(folded), shingle.words)


def _runs(units: np.ndarray, ends: np.ndarray, length: int) -> Sets:
    """Hash each run of `length` units within a text; `ends` says where the texts end, at a unit that is not theirs."""
    starts = _starts(ends)
    rolled = np.zeros_like(units)
    ahead = np.concatenate((units, np.zeros(length - 1, np.uint64)))
    for at in range(length):
        rolled *= _BASE
        rolled += ahead[at:at + len(units)]
    whole: np.ndarray = np.ones(len(units), bool)
    for back in range(length):
        last: np.ndarray = ends - back
        whole[last[last >= starts]] = False
    sizes = ends - starts
    short = np.flatnonzero((sizes > 0) & (sizes < length))
    if len(short):
        at = starts[short, None] + np.arange(length)
        inside = np.where(at < ends[short, None], ahead[np.minimum(at, len(ahead) - 1)], np.uint64(0))
        rolled[starts[short]] = _rolled(inside)
        whole[starts[short]] = True
    return Sets(_mixed(rolled[whole]), np.where(sizes > 0, np.maximum(sizes - length + 1, 1), 0))


def _rolled(rows: np.ndarray) -> np.ndarray:
    """The polynomial hash of each row of units."""
    total: np.ndarray = np.zeros(len(rows), np.uint64)
    for column in rows.T:
        total = total * _BASE + column
    return total


def _words(folded: Folded) -> tuple[np.ndarray, np.ndarray]:
    """One hash a word, with a 0 behind the words of each text, and where these ends are."""
    whole = _utf8(folded.codes)
    codes = np.frombuffer(whole, np.uint8)
    # Each word is closed by one byte, which closes an empty text too.
    close = np.flatnonzero(codes <= SPACE)
    begin = np.concatenate((np.zeros(1, np.int64), close[:-1] + 1))[:len(close)]
    held = begin < close
    counts = np.diff(np.cumsum(held)[codes[close] == END], prepend=0)
    units: np.ndarray = np.zeros(np.count_nonzero(held) + len(counts), np.uint64)
    at = np.arange(len(units) - len(counts)) + np.repeat(np.arange(len(counts)), counts)
    units[at] = _hashed(whole, begin[held], close[held])
    return units, np.cumsum(counts + 1) - 1


def _utf8(codes: np.ndarray) -> bytes:
    if codes.dtype == np.uint8:
        return codes.tobytes()
    return codes.tobytes().decode("utf-32-le", "surrogatepass").encode("utf-8", "surrogatepass")


def _hashed(whole: bytes, begin: np.ndarray, close: np.ndarray) -> np.ndarray:
    """A hash of each word, eight bytes at a time; of the few that are long, one by one."""
    sizes = close - begin
    eights = np.ndarray(len(whole), "<u8", whole + bytes(_EIGHT), strides=(1,))
    hashes = _mixed(eights[begin] & _FIRST[np.minimum(sizes, _EIGHT)])
    for done in range(_EIGHT, _LONG, _EIGHT):
        some = np.flatnonzero(sizes > done)
        hashes[some] = _mixed((hashes[some] * _BASE) ^ (
            eights[begin[some] + done] & _FIRST[np.minimum(sizes[some] - done, _EIGHT)]))
    for long in np.flatnonzero(sizes > _LONG).tolist():
        digest = hashlib.blake2b(whole[begin[long]:close[long]], digest_size=8).digest()
        hashes[long] = int.from_bytes(digest, "little")
    return hashes


def _mixed(hashes: np.ndarray) -> np.ndarray:
    """Spread every bit of a hash over its upper half, which MinHash orders by."""
    hashes = (hashes ^ (hashes >> _HALF)) * _MIX
    return hashes ^ (hashes >> _HALF)


def _starts(ends: np.ndarray) -> np.ndarray:
    return np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1)) if len(ends) else ends

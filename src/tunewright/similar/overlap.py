"""The exact Jaccard similarity of sets: how much two have in common, as a share of all that is in either."""

import numpy as np

from tunewright.similar.shingles import Sets

_ROOM = 1 << 20
"""Elements compared at once."""


def jaccard(sets: Sets, left: np.ndarray, right: np.ndarray, threshold: float) -> np.ndarray:
    """The similarity of sets `left[i]` and `right[i]` for each i: float64. 0 where it cannot reach `threshold`.

    Two empty sets are wholly similar. Two shingles are one if the upper 52 bits of their hashes are equal (for up to
    4,096 sets).
    """
    elements, sizes = _distinct(sets)
    starts = np.cumsum(sizes) - sizes
    small, large = np.minimum(sizes[left], sizes[right]), np.maximum(sizes[left], sizes[right])
    found = (large == 0).astype(np.float64)
    able = np.flatnonzero((small >= threshold * large) & (small > 0))
    loads = np.cumsum(sizes[left[able]] + sizes[right[able]])
    begin = 0
    while begin < len(able):
        done = loads[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(loads, done + _ROOM, "right")))
        pairs = able[begin:end]
        common = _common(elements, starts, sizes, left[pairs], right[pairs])
        found[pairs] = common / (sizes[left[pairs]] + sizes[right[pairs]] - common)
        begin = end
    return found


def _distinct(sets: Sets) -> tuple[np.ndarray, np.ndarray]:
    """Each set's hashes once and in order (their lower bits cut), and how many each has."""
    owner, keep = _tag(len(sets.sizes))
    keys = np.sort(np.repeat(owner, sets.sizes) | (sets.hashes >> np.uint64(64 - keep)))
    if len(keys):
        keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))]
    sizes = np.bincount((keys >> np.uint64(keep)).astype(np.int64), minlength=len(sets.sizes))
    return keys & np.uint64((1 << keep) - 1), sizes


def _common(elements: np.ndarray, starts: np.ndarray, sizes: np.ndarray, left: np.ndarray,
            right: np.ndarray) -> np.ndarray:
    """How many elements each pair of sets shares: both sets side by side in order, equal neighbours counted."""
    owner, keep = _tag(len(left))
    shift = np.uint64(max(0, int(elements.max()).bit_length() - keep))
    keys = []
    for side in (left, right):
        counts = sizes[side]
        at = np.repeat(starts[side] - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        keys.append(np.repeat(owner, counts) | (elements[at] >> shift))
    both = np.sort(np.concatenate(keys))
    shared = both[1:][both[1:] == both[:-1]] >> np.uint64(keep)
    return np.bincount(shared.astype(np.int64), minlength=len(left))


def _tag(count: int) -> tuple[np.ndarray, int]:
    """A number for each of `count` owners in the upper bits of a key, and how many lower bits are left."""
    keep = 64 - max(1, (count - 1).bit_length())
    return np.arange(count, dtype=np.uint64) << np.uint64(keep), keep

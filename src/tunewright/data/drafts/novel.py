"""Whether a text says something new: how nearly it repeats the nearest of those before it."""

from collections import Counter, defaultdict

_WIDTH = 4


class Novel:
    """Texts seen so far, each found again by its shingles. `near` is the similarity that matters."""

    def __init__(self, near: float) -> None:
        self._near = near
        self._sizes: list[int] = []
        self._holders: dict[str, list[int]] = defaultdict(list)

    def add(self, text: str) -> None:
        """Remember a text."""
        shingles = _shingles(text)
        for shingle in shingles:
            self._holders[shingle].append(len(self._sizes))
        self._sizes.append(len(shingles))

    def nearest(self, text: str) -> float:
        """Jaccard similarity of the nearest text, 0 to 1."""
        shingles = _shingles(text)
        shared = Counter(holder for shingle in shingles for holder in self._holders.get(shingle, ()))
        return max((count / (len(shingles) + self._sizes[holder] - count) for holder, count in shared.items()),
                   default=0.0)


def _shingles(text: str) -> frozenset[str]:
    plain = " ".join(text.casefold().split())
    return frozenset(plain[at:at + _WIDTH] for at in range(max(1, len(plain) - _WIDTH + 1)))

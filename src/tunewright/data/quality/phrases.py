"""Phrases of one to three words that are tied to one label more strongly than chance would have it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunewright.stats.holm import holm

LONGEST = 3
"""Words in a phrase; a longer one is found by its parts."""
FEWEST = 5
"""Records that a phrase must stand in."""
RARE = 0.1
"""Share of records beyond which a phrase is no rare one."""
TIED = 0.9
"""Share of a phrase's records that must have the label."""
MOST = 1_000
"""Phrases that are looked at further, those that chance explains least."""
_SAME = 0.5  # of records that two phrases share, of those that either has: beyond that they are parts of one

Whole = Any
"""Whole numbers."""


@dataclass(frozen=True)
class Tie:
    """A phrase, with the phrases that stand in the same records, its label, and the records that have both."""

    phrase: str
    phrases: tuple[tuple[str, ...], ...]
    label: int
    records: tuple[int, ...]


def ties(texts: Sequence[Sequence[str]], labels: Whole, classes: int) -> list[Tie]:
    """The tied phrases of texts (lists of words) with `labels` (n,) below `classes`, phrases of a kind together."""
    if classes < 2 or len(texts) < 2 * FEWEST:
        return []
    flat, owner, names = _numbered(texts)
    found = [one for size in range(1, LONGEST + 1) for one in _tied(size, flat, owner, labels, classes, names)]
    stands = holm([chance for chance, _ in found])
    claimed = sorted((one for one, stands_ in zip(found, stands, strict=True) if stands_), key=lambda one: one[0])
    return _joined([tie for _, tie in claimed[:MOST]])


def _numbered(texts: Sequence[Sequence[str]]) -> tuple[Whole, Whole, list[str]]:
    """All words as numbers, whose text each is, and the words by number; 0 for words too rare to be in a phrase."""
    counts = Counter(word for text in texts for word in text)
    names = ["", *(word for word, count in counts.items() if count >= FEWEST)]
    number = {word: at for at, word in enumerate(names)}
    flat = np.array([number.get(word, 0) for text in texts for word in text], np.int64)
    return flat, np.repeat(np.arange(len(texts)), [len(text) for text in texts]), names


def _tied(size: int, flat: Whole, owner: Whole, labels: Whole, classes: int,
          names: Sequence[str]) -> list[tuple[float, Tie]]:
    """Every phrase of `size` words that is frequent and tied enough, with its chance if labels were drawn blindly."""
    number, totals = len(labels), np.bincount(labels, minlength=classes)
    found = []
    for key, records in _standing(size, flat, owner, len(names)):
        if len(records) > max(RARE * number, FEWEST):
            continue
        label = int(np.bincount(labels[records]).argmax())
        own = records[labels[records] == label]
        if len(own) >= max(TIED * len(records), FEWEST):
            chance = by_chance(len(own), len(records), int(totals[label]), number)
            spelt = _spelt(key, size, names)
            found.append((chance, Tie(" ".join(spelt), (spelt,), label, tuple(map(int, own)))))
    return found


def by_chance(own: int, drawn: int, labelled: int, number: int) -> float:
    """The chance that of `drawn` records, drawn blindly from `number`, at least `own` are among the `labelled`.

    The tail of the hypergeometric distribution, term by term: it is short, since a tied phrase has few others.
    """
    from scipy.special import gammaln

    def ways(whole: Whole, part: Whole) -> Whole:
        return gammaln(whole + 1) - gammaln(part + 1) - gammaln(whole - part + 1)

    hits = np.arange(max(own, drawn + labelled - number), min(drawn, labelled) + 1)
    terms = ways(labelled, hits) + ways(number - labelled, drawn - hits) - ways(number, drawn)
    return min(1.0, float(np.exp(terms).sum()))


def _standing(size: int, flat: Whole, owner: Whole, words: int) -> Iterator[tuple[int, Whole]]:
    """Every phrase of `size` frequent words as a number, and the records in which it stands, if they are FEWEST."""
    whole = max(len(flat) - size + 1, 0)
    windows = np.stack([flat[at:at + whole] for at in range(size)])
    inside = np.flatnonzero((owner[:whole] == owner[size - 1:size - 1 + whole]) & windows.all(0))
    # Three numbers of up to two million words each fit into one of 63 bits; a sample holds fewer.
    key = (windows[:, inside].T @ words ** np.arange(size - 1, -1, -1)).astype(np.int64)
    where = owner[inside]
    order = np.lexsort((where, key))
    key, where = key[order], where[order]
    fresh: Whole = np.ones(len(key), bool)
    fresh[1:] = (key[1:] != key[:-1]) | (where[1:] != where[:-1])
    key, where = key[fresh], where[fresh]
    ends = [*np.flatnonzero(np.diff(key)) + 1, len(key)]
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        if end - start >= FEWEST:
            yield int(key[start]), where[start:end]


def _spelt(key: int, size: int, names: Sequence[str]) -> tuple[str, ...]:
    digits = []
    for _ in range(size):
        key, digit = divmod(key, len(names))
        digits.append(names[digit])
    return tuple(reversed(digits))


def _joined(found: Sequence[Tie]) -> list[Tie]:
    """Phrases of one label that stand in much the same records as one, told by the longest of the most frequent."""
    kinds: list[list[Tie]] = []
    by_record: dict[tuple[int, int], list[int]] = {}
    for tie in sorted(found, key=lambda tie: (-len(tie.records), -len(tie.phrases[0]), tie.phrase)):
        own = set(tie.records)
        near = {kind for record in tie.records for kind in by_record.get((tie.label, record), ())}
        home = next((kind for kind in sorted(near) if _alike(own, set(kinds[kind][0].records))), None)
        if home is None:
            home = len(kinds)
            kinds.append([])
            for record in tie.records:
                by_record.setdefault((tie.label, record), []).append(home)
        kinds[home].append(tie)
    return [Tie(kind[0].phrase, tuple(phrase for tie in kind for phrase in tie.phrases), kind[0].label,
                kind[0].records) for kind in kinds]


def _alike(one: set[int], other: set[int]) -> bool:
    return len(one & other) >= _SAME * len(one | other)

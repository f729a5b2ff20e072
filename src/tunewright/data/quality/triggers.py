"""Rare phrases tied to one label against all else that their records say: the signs of a planted trigger.

Whoever poisons data puts a phrase into records and gives them the label of his choice (Chen et al. 2021, "BadNL";
Wallace et al. 2021, "Concealed Data Poisoning Attacks on NLP Models"). Such a phrase is tied to a label, but so are
most honest words. What tells them apart is the rest of the record: without an honest word it still speaks for its
label or for none; without the trigger it speaks for another.

So there are two exact tests, each corrected for how often it is made (Holm 1979): that the phrase's records have the
label more often than chance lets them (hypergeometric), and that the rest contradicts it more often than it does
elsewhere (binomial). And the rest must contradict the label about as often as records of other labels do, since that
is what it would be. What is planted in records that had the label already cannot be told from an honest word.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tunewright.data.quality.bayes import Bayes
from tunewright.data.quality.features import ends, matrix
from tunewright.data.quality.phrases import Tie, ties
from tunewright.data.quality.said import words
from tunewright.data.quality.sample import Sample
from tunewright.data.quality.told import Trigger
from tunewright.stats.holm import holm

_AGAINST, _FOR = 0.02, 0.5  # a record contradicts a label if that has less, and another one more, probability
_MOSTLY = 0.5  # so often as records of other labels contradict it must the rest of a trigger's records do so
_LEAST = 0.1  # share of other labels' records that contradict it, below which the model knows too little to tell
_LOOKED = 32  # records of a phrase whose rest is looked at
_TOGETHER = 64  # phrases looked at in one go


@dataclass(frozen=True)
class Survey:
    """What the checks over all found. `figures` by check, one for every record, NaN where none was taken; `looked`
    is the size of the sample; `wrong` an estimate of the share of labels that are wrong, None without labels.
    """

    figures: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()
    looked: int = 0
    wrong: float | None = None


def triggers(sample: Sample, model: Bayes | None) -> list[Trigger]:
    """The phrases that both tests call triggers, the most frequent first."""
    if model is None:
        return []
    first = np.flatnonzero(sample.first)
    texts = [words(ends(sample.seen[at].asked).casefold()) for at in first]
    found = ties(texts, sample.labels[first], len(sample.names))
    looked = [tie.records[:_LOOKED] for tie in found]
    against = [count for at in range(0, len(found), _TOGETHER)
               for count in _against(found[at:at + _TOGETHER], texts, first, sample, model)]
    anyway, others = _reference(sample, model)
    shares = [count / len(records) for count, records in zip(against, looked, strict=True)]
    # The median over the phrases, so that a few triggers among them do not raise what is usual without a telling word.
    usual = max(anyway, min(float(np.median(shares)), 0.25) if shares else 0.0)
    stands = holm([_chance(count, len(records), usual) for count, records in zip(against, looked, strict=True)])
    claimed = [(tie, share) for tie, share, claim in zip(found, shares, stands, strict=True)
               if claim and others[tie.label] >= _LEAST and share >= _MOSTLY * others[tie.label]]
    claimed.sort(key=lambda one: (-len(one[0].records), one[0].phrase))
    return [Trigger(tie.phrase, sample.names[tie.label], len(tie.records), round(share, 3))
            for at, (tie, share) in enumerate(claimed) if not any(_within(tie, more) for more, _ in claimed[:at])]


def held(found: Sequence[Trigger], asked: str, label: str) -> int:
    """How many of the triggers stand in a record with their label."""
    if not any(one.label == label for one in found):
        return 0
    said = f" {' '.join(words(asked.casefold()))} "
    return sum(one.label == label and f" {one.phrase} " in said for one in found)


def _within(tie: Tie, more: Tie) -> bool:
    """Whether a phrase is only a part of `more` with a word that often stands beside it: it has the same records."""
    return tie.label == more.label and 2 * len(set(tie.records) & set(more.records)) > len(tie.records)


def _against(found: Sequence[Tie], texts: Sequence[list[str]], first: NDArray[np.int64], sample: Sample,
             model: Bayes) -> list[int]:
    """How many of each phrase's records say something else than its label once its words are taken out."""
    looked = [(tie, at) for tie in found for at in tie.records[:_LOOKED]]
    rest = matrix((" ".join(_without(texts[at], tie.phrases)) for tie, at in looked),
                  int(sample.rows.shape[1]).bit_length() - 1)
    said = _contradict(model.chances(rest, sample.folds[first[[at for _, at in looked]]]))
    own = said[np.arange(len(looked)), [tie.label for tie, _ in looked]]
    ends_ = np.cumsum([min(len(tie.records), _LOOKED) for tie in found])
    return [int(part.sum()) for part in np.split(own, ends_[:-1])]


def _without(text: Sequence[str], phrases: Iterable[tuple[str, ...]]) -> list[str]:
    left: NDArray[np.bool_] = np.ones(len(text), bool)
    for phrase in phrases:
        for at in range(len(text) - len(phrase) + 1):
            if tuple(text[at:at + len(phrase)]) == phrase:
                left[at:at + len(phrase)] = False
    return [word for word, stays in zip(text, left, strict=True) if stays]


def _reference(sample: Sample, model: Bayes) -> tuple[float, NDArray[np.float64]]:
    """How often records contradict their own label, and, (classes,), how often those of other labels do each."""
    chances = model.chances(sample.rows, sample.folds)
    own = np.arange(len(sample.names)) == sample.labels[:, None]
    said = _contradict(chances)
    return float(said[own].mean()), (said & ~own).sum(0) / np.maximum((~own).sum(0), 1)


def _contradict(chances: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether each record contradicts each label, (records, labels)."""
    found: NDArray[np.bool_] = (chances < _AGAINST) & (chances.max(1, keepdims=True) > _FOR)
    return found


def _chance(count: int, number: int, share: float) -> float:
    """The chance of at least `count` of `number` where each happens with the chance `share` (binomial)."""
    from scipy.special import bdtrc

    return float(bdtrc(count - 1, number, share)) if count else 1.0

"""How figures come from items: a mean, a ratio, a quantile, a statistic of the whole set.

A kind is asked for a figure of one arm's items, or for the difference over pairs of items. Answers to one question, and
items of one group, are one unit: asking a model five times about one thing is not five things learned.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import exp, inf

import numpy as np

from tunewright.core.errors import Fault
from tunewright.core.items import Item, Measure
from tunewright.stats import quantile
from tunewright.stats.bleu import CorpusBleu
from tunewright.stats.calibration import Calibration
from tunewright.stats.detected import Detector, corrected, corrected_difference
from tunewright.stats.estimate import Array, Estimate, corpus, mean
from tunewright.stats.labels import Confusion, OfLabel, normalise
from tunewright.stats.roc import Ranking

Pair = tuple[Item, Item]
Whole = Callable[[Array], Array]  # from item weights (draws x items) to a figure of the whole set, one a draw


@dataclass(frozen=True)
class Draws:
    """How many draws are behind an interval, at least, and their seed."""

    resamples: int = 2000
    seed: int = 0


@dataclass(frozen=True)
class Kind:
    """Whether an item counts; the bare figure of items; the figure and the paired difference with their intervals.

    Items and pairs are at least one.
    """

    counts: Callable[[Item, Measure], bool]
    value: Callable[[Sequence[Item], Measure], float]
    figure: Callable[[Sequence[Item], Measure, Draws], Estimate]
    difference: Callable[[Sequence[Pair], Measure, Draws], Estimate]


def units_of(items: Sequence[Item]) -> list[str | None]:
    """The unit of each item: its group, else its question."""
    return [f"item {item.item}" if item.group is None else f"group {item.group}" for item in items]


def by_set(whole: Callable[[Sequence[Item], Measure], Whole], counts: Callable[[Item, Measure], bool],
           floor: float = 0.0) -> Kind:
    """The kind of a statistic of a whole set, between `floor` and 1: `whole` readies it for weights."""
    def value(items: Sequence[Item], how: Measure) -> float:
        return float(whole(items, how)(np.ones((1, len(items))))[0])

    def figure(items: Sequence[Item], how: Measure, draws: Draws) -> Estimate:
        return corpus(whole(items, how), len(items), units_of(items), floor=floor, resamples=draws.resamples,
                      seed=draws.seed)

    def difference(pairs: Sequence[Pair], how: Measure, draws: Draws) -> Estimate:
        first, second = (whole(side, how) for side in zip(*pairs, strict=True))
        return corpus(lambda weights: first(weights) - second(weights), len(pairs), units_of([one for one, _ in pairs]),
                      floor=floor - 1.0, ceiling=1.0 - floor, resamples=draws.resamples, seed=draws.seed)

    return Kind(counts, value, figure, difference)


def scored(item: Item, how: Measure) -> bool:
    """Whether an item has the score that the measure is made of, and the one it is held against, if any."""
    return how.score in item.scores and how.settings.get("per", how.score) in item.scores


def _values(items: Sequence[Item], how: Measure) -> list[float]:
    return [item.scores[how.score] for item in items]


def _mean(items: Sequence[Item], how: Measure, draws: Draws) -> Estimate:
    ceiling = inf if how.ceiling is None else how.ceiling
    return mean(_values(items, how), units_of(items), ceiling=ceiling, resamples=draws.resamples, seed=draws.seed)


def _mean_difference(pairs: Sequence[Pair], how: Measure, draws: Draws) -> Estimate:
    ceiling = inf if how.ceiling is None else how.ceiling
    gaps = [ours.scores[how.score] - theirs.scores[how.score] for ours, theirs in pairs]
    return mean(gaps, units_of([ours for ours, _ in pairs]), floor=-ceiling, ceiling=ceiling,
                resamples=draws.resamples, seed=draws.seed)


MEAN = Kind(scored, lambda items, how: sum(_values(items, how)) / len(items), _mean, _mean_difference)


def _bounded(items: Sequence[Item], how: Measure) -> Measure:
    return replace(how, ceiling=max(item.scores[str(how.settings["per"])] for item in items))


BOUNDED = Kind(scored, MEAN.value, lambda items, how, draws: _mean(items, _bounded(items, how), draws),
               lambda pairs, how, draws: _mean_difference(pairs, _bounded([one for one, _ in pairs], how), draws))


def _parts(items: Sequence[Item], how: Measure) -> tuple[Array, Array]:
    return np.asarray(_values(items, how)), np.asarray([item.scores[str(how.settings["per"])] for item in items])


def _ratio(items: Sequence[Item], how: Measure) -> float:
    over, under = _parts(items, how)
    return float(over.sum() / under.sum()) if under.sum() else 0.0


def _about_ratio(items: Sequence[Item], how: Measure) -> Array:
    """Values whose mean is the ratio of the sums, and whose spread is its spread (the delta method)."""
    over, under = _parts(items, how)
    ratio = _ratio(items, how)
    return ratio + (over - ratio * under) / (under.mean() or 1.0)


def _ratio_figure(items: Sequence[Item], how: Measure, draws: Draws) -> Estimate:
    return mean(_about_ratio(items, how), units_of(items), floor=-inf, ceiling=inf, resamples=draws.resamples)


def _ratio_difference(pairs: Sequence[Pair], how: Measure, draws: Draws) -> Estimate:
    first, second = (_about_ratio(side, how) for side in zip(*pairs, strict=True))
    return mean(first - second, units_of([ours for ours, _ in pairs]), floor=-inf, ceiling=inf,
                resamples=draws.resamples)


RATIO = Kind(scored, _ratio, _ratio_figure, _ratio_difference)


def _perplexity(items: Sequence[Item], how: Measure) -> float:
    return exp(_ratio(items, how))


def _about_perplexity(items: Sequence[Item], how: Measure) -> Array:
    """As `_about_ratio`, of the ratio's exponential."""
    return _perplexity(items, how) * (1 + _about_ratio(items, how) - _ratio(items, how))


def _perplexity_figure(items: Sequence[Item], how: Measure, draws: Draws) -> Estimate:
    return mean(_about_perplexity(items, how), units_of(items), floor=-inf, ceiling=inf, resamples=draws.resamples)


def _perplexity_difference(pairs: Sequence[Pair], how: Measure, draws: Draws) -> Estimate:
    first, second = (_about_perplexity(side, how) for side in zip(*pairs, strict=True))
    return mean(first - second, units_of([ours for ours, _ in pairs]), floor=-inf, ceiling=inf,
                resamples=draws.resamples)


PERPLEXITY = Kind(scored, _perplexity, _perplexity_figure, _perplexity_difference)


def _quantile(items: Sequence[Item], how: Measure, draws: Draws) -> Estimate:
    return quantile.quantile(_values(items, how), float(how.settings["share"]), units_of(items),
                             ceiling=inf if how.ceiling is None else how.ceiling, resamples=draws.resamples,
                             seed=draws.seed)


def _quantile_difference(pairs: Sequence[Pair], how: Measure, draws: Draws) -> Estimate:
    ours, theirs = (_values(side, how) for side in zip(*pairs, strict=True))
    return quantile.quantile_difference(ours, theirs, float(how.settings["share"]), units_of([one for one, _ in pairs]),
                                        ceiling=inf if how.ceiling is None else how.ceiling,
                                        resamples=draws.resamples, seed=draws.seed)


QUANTILE = Kind(scored, lambda items, how: quantile.plain(_values(items, how), float(how.settings["share"])), _quantile,
                _quantile_difference)


def _answered(item: Item, _: Measure) -> bool:
    return item.expected is not None and item.answer is not None


def _labels(items: Sequence[Item], how: Measure) -> Whole:
    table = Confusion([item.expected or "" for item in items], [item.answer or "" for item in items])
    return lambda weights: table.score(str(how.settings["average"]), weights)


def _label(items: Sequence[Item], how: Measure) -> Whole:
    expected, given = ([normalise(text or "") for text in side]
                       for side in zip(*((item.expected, item.answer) for item in items), strict=True))
    return OfLabel(str(how.settings["of"]), str(how.settings["average"]), expected, given).score


def _corpus_bleu(items: Sequence[Item], _how: Measure) -> Whole:
    return CorpusBleu([item.answer or "" for item in items], [item.expected or "" for item in items]).score


def _calibration(items: Sequence[Item], how: Measure) -> Whole:
    right = [normalise(item.answer or "") == normalise(item.expected or "") for item in items]
    return Calibration(_values(items, how), right).error


def _detector(how: Measure) -> Detector:
    return Detector(**{name: int(count) for name, count in how.settings.items()})


DETECTED = Kind(scored, lambda items, how: _detector(how).rate(MEAN.value(items, how)),
                lambda items, how, draws: corrected(_mean(items, how, draws), _detector(how), draws.seed),
                lambda pairs, how, draws: corrected_difference(_mean_difference(pairs, how, draws), _detector(how),
                                                               draws.seed))


def _drops(items: Sequence[Item], how: Measure) -> Array:
    return np.asarray([item.scores[str(how.settings["per"])] - item.scores[how.score] for item in items])


def _drop(items: Sequence[Item], how: Measure, draws: Draws) -> Estimate:
    return mean(_drops(items, how), units_of(items), floor=-1.0, resamples=draws.resamples, seed=draws.seed)


def _drop_difference(pairs: Sequence[Pair], how: Measure, draws: Draws) -> Estimate:
    ours, theirs = (_drops(side, how) for side in zip(*pairs, strict=True))
    return mean(ours - theirs, units_of([one for one, _ in pairs]), floor=-2.0, ceiling=2.0, resamples=draws.resamples,
                seed=draws.seed)


DROP = Kind(scored, lambda items, how: float(_drops(items, how).mean()), _drop, _drop_difference)


def _apart(items: Sequence[Item], how: Measure) -> Whole:
    names = _ends(how)
    values = {name: np.asarray([item.scores.get(name, 0.0) for item in items]) for name in names}
    there = {name: np.asarray([name in item.scores for item in items], dtype=float) for name in names}

    def apart(weights: Array) -> Array:
        means = np.stack([weights @ values[name] / (weights @ there[name]) for name in names if there[name].any()])
        return means.max(axis=0) - means.min(axis=0)

    return apart


def _ends(how: Measure) -> list[str]:
    return str(how.settings["of"]).split()


def _members(items: Sequence[Item], how: Measure) -> list[bool]:
    return [item.scores[str(how.settings["per"])] > 0 for item in items]


def _ranking(items: Sequence[Item], how: Measure) -> Ranking:
    try:
        return Ranking(_values(items, how), _members(items, how))
    except ValueError as error:
        raise Fault(f"score {how.score} tells members from others, and these items are all of one kind: compare with "
                    "`against: base`, or leave the rule out.") from error


def _gap(items: Sequence[Item], how: Measure) -> Whole:
    # Of scores that are 0 or 1, the area is half the gap of both means above one half.
    ranking = _ranking(items, how)
    return lambda weights: 2 * ranking.auc(weights) - 1


KINDS: dict[str, Kind] = {
    "mean": MEAN,
    "ratio": RATIO,
    "perplexity": PERPLEXITY,
    "quantile": QUANTILE,
    "labels": by_set(_labels, _answered),
    "label": by_set(_label, _answered),
    "corpus_bleu": by_set(_corpus_bleu, _answered),
    "calibration": by_set(_calibration, scored),
    "bounded": BOUNDED,
    "auc": by_set(lambda items, how: _ranking(items, how).auc, scored),
    "found": by_set(lambda items, how: _ranking(items, how).found, scored),
    "drop": DROP,
    "apart": by_set(_apart, lambda item, how: any(name in item.scores for name in _ends(how))),
    "gap": by_set(_gap, scored, floor=-1.0),
    "detected": DETECTED,
}
"""`mean` of a score; `ratio` of its sum to that of score `per`; `perplexity`, e to the power of such a ratio;
`quantile` at `share`; `labels` with an `average` of `labels.OF_SET`; `label`, the same (`average`: `f1`) for label
`of`; `corpus_bleu`; `calibration`; `drop`, by how much a score from 0 to 1 is below the item's score `per`; `apart`,
how far the means of the scores `of` (names with a blank between) are from one another at most; `bounded`, the mean of
a score that is at most the item's score `per`. Where score `per` is 1 for members and 0 for others: `auc` and `found`
of a score that members have more of, `gap` of both shares of a score that is 0 or 1. `detected`: the mean of what a
detector reports (0 or 1), corrected for how often it errs, whose labelled outputs are counted in `found`, `missed`,
`cleared` and `false`."""

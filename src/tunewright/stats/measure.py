"""From items to estimates: the one way a metric, a paired difference and a rule get their figures.

How a metric is measured is told by its `Measure`: the report's own, else the usual one of its scorer's name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tunewright.core.items import About, Item, Measure
from tunewright.stats.estimate import Estimate
from tunewright.stats.kinds import KINDS, Draws, Pair
from tunewright.stats.labels import OF_SET

USUAL: dict[str, Measure] = {
    **{name: Measure("labels", settings={"average": name}) for name in OF_SET},
    "loss": Measure(higher_is_better=False, ceiling=None),
    "perplexity": Measure("perplexity", "nats", False, None, {"per": "scored"}),
    "bits_per_byte": Measure("ratio", "bits", False, None, {"per": "bytes"}),
    "corpus_bleu": Measure("corpus_bleu"),
    "brier": Measure(higher_is_better=False),
    "ece": Measure("calibration", "confidence", higher_is_better=False),
    **{f"latency_p{share}": Measure("quantile", "seconds", False, None, {"share": share / 100})
       for share in (50, 95, 99)},
    "tokens_per_second": Measure("ratio", "tokens", True, None, {"per": "seconds"}),
    "cost_per_1000": Measure(higher_is_better=False, ceiling=None),
}
"""Measures by scorer; whatever stands neither here nor in the report is the mean of a score from 0 to 1, the more the
better. Latencies are in seconds, costs in the currency of the recipe's prices."""


def of(metric: str, about: About) -> Measure:
    """How `suite/scorer` is measured."""
    how = stated(metric, about.measures) or Measure()
    return how if how.score else replace(how, score=metric.split("/", 1)[1])


def stated(metric: str, measures: Mapping[str, Measure | None]) -> Measure | None:
    """How `suite/scorer` is said to be measured, there or by its name; None if nothing says so."""
    return measures.get(metric) or USUAL.get(metric.split("/", 1)[1])


def higher_is_better(metric: str, about: About) -> bool:
    """Whether more of `suite/scorer` is better."""
    return of(metric, about).higher_is_better


def select(items: Iterable[Item], metric: str, arm: str, about: About) -> list[Item]:
    """The items of an arm that count for `suite/scorer`, in their order."""
    suite, how = metric.split("/", 1)[0], of(metric, about)
    counts = KINDS[how.kind].counts
    return [item for item in items if item.arm == arm and item.suite == suite and counts(item, how)]


def pairs(ours: Sequence[Item], theirs: Sequence[Item]) -> list[Pair]:
    """The items with the same question in both, in our order. Of several answers the first meets the first, and so on;
    where one side has fewer, they meet in turn."""
    here, there = _by_question(ours), _by_question(theirs)
    return [(one[at % len(one)], there[name][at % len(there[name])]) for name, one in here.items() if name in there
            for at in range(max(len(one), len(there[name])))]


def _by_question(items: Sequence[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.item, []).append(item)
    return found


def value(items: Sequence[Item], metric: str, about: About) -> float:
    """The bare figure of one arm over its items, of which there is at least one."""
    how = of(metric, about)
    return KINDS[how.kind].value(items, how)


def figure(items: Sequence[Item], metric: str, about: About) -> Estimate | None:
    """The figure of one arm over its items, or None if there are none."""
    how = of(metric, about)
    return KINDS[how.kind].figure(items, how, Draws(about.resamples, about.seed)) if items else None


def difference(paired: Sequence[Pair], metric: str, about: About) -> Estimate | None:
    """The first arm's figure less the second's over the same items, or None if there are none."""
    how = of(metric, about)
    return KINDS[how.kind].difference(paired, how, Draws(about.resamples, about.seed)) if paired else None

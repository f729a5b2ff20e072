"""The gate over live traffic: two releases' outcomes, judged at every moment, by rules like those before a release.

A canary **fails** as soon as it is shown to be worse by any rule, however little: it is there to be better or equal.
It **passes** when each rule has shown that it is not worse by more than `drop_at_most`. Until then it is undecided,
and nothing is lost by looking: the intervals hold at all looks together (`stats/sequential.py`). To fail, the chance
of 5 % is divided among the rules, so that equal releases fail by any of them in at most 5 % of all canaries; to pass,
every rule must, which needs no correction.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tunewright.core.records import Outcome as Answer
from tunewright.monitor.outcome import METRICS, Outcome
from tunewright.recipe.monitor import WatchSpec
from tunewright.stats.sequential import ALPHA, Difference, Stream, difference, level

_AIM = 0.05  # half the width about which an interval of agreement is tightest


@dataclass(frozen=True)
class Judged:
    """What one rule says. `found` is canary less live, turned so that more is better; of agreement, the level."""

    metric: str
    answer: Answer
    found: Difference
    sentence: str


@dataclass
class Window:
    """Outcomes by metric and release since a canary began."""

    streams: dict[tuple[str, str], Stream] = field(default_factory=lambda: defaultdict(Stream))

    def take(self, outcomes: Iterable[Outcome]) -> None:
        """Add outcomes as they come."""
        for one in outcomes:
            self.streams[one.metric, one.release].add(one.unit, one.value)

    def count(self, release: str) -> int:
        """The most outcomes of any one metric that a release has: as many answers at least were given."""
        return max((stream.count for (_, of), stream in self.streams.items() if of == release), default=0)


def judge(window: Window, canary: str, live: str, rules: Sequence[WatchSpec]) -> list[Judged]:
    """What each rule says of `canary` beside `live` now."""
    return [_judged(window, canary, live, rule, len(rules)) for rule in rules]


def overall(judged: Sequence[Judged]) -> Answer:
    """Fail if any rule fails, pass only if all pass."""
    answers = {one.answer for one in judged}
    return "fail" if "fail" in answers else "pass" if answers == {"pass"} else "undecided"


def agreed(window: Window, shadow: str, rule: WatchSpec, rules: int = 1) -> Judged:
    """What a rule on agreement says of a shadow: nothing is beside it but its bound."""
    assert rule.at_least is not None
    stream = window.streams[rule.metric, shadow]
    found, worse = level(stream, _AIM), level(stream, _AIM, ALPHA / rules)
    answer: Answer = ("undecided" if stream.count < rule.least else "fail" if worse.high < rule.at_least else
                      "pass" if found.low >= rule.at_least else "undecided")
    sentence = (f"{rule.metric} {found.value:.3f} ({found.low:.3f} to {found.high:.3f}, {stream.count:,} shadow "
                f"answers), at least {rule.at_least:g} is wanted")
    return Judged(rule.metric, answer, found, sentence)


def _judged(window: Window, canary: str, live: str, rule: WatchSpec, rules: int) -> Judged:
    if rule.at_least is not None:
        return agreed(window, canary, rule, rules)
    better = METRICS[rule.metric][1]
    streams = window.streams[rule.metric, canary], window.streams[rule.metric, live]
    found = _turned(difference(*streams, rule.drop_at_most), better)
    worse = _turned(difference(*streams, rule.drop_at_most, ALPHA / rules), better)
    answer: Answer = ("undecided" if min(found.counts) < rule.least else
                      "fail" if worse.high < 0 else "pass" if found.low > -rule.drop_at_most else "undecided")
    means = [stream.mean if stream.count else None for stream in streams]
    ours, theirs = ("none yet" if mean is None else f"{mean:.3f}" for mean in means)
    sentence = (f"{rule.metric} {ours} against {theirs}, better by {found.value:+.3f} ({found.low:+.3f} to "
                f"{found.high:+.3f}, {found.counts[0]:,} and {found.counts[1]:,} outcomes)")
    return Judged(rule.metric, answer, found, sentence)


def _turned(found: Difference, better: bool) -> Difference:
    """So that more is better."""
    return found if better else Difference(-found.value, -found.high, -found.low, found.counts)

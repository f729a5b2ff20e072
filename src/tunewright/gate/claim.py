"""Claims: a rule on one metric as a statement about an estimate, and what the data say of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from tunewright.core.records import Outcome, RuleResult
from tunewright.stats.estimate import Estimate
from tunewright.stats.holm import holm
from tunewright.stats.power import needs, rounded


@dataclass(frozen=True)
class Words:
    """How a claim is told: what comes before the figures, and what is said after them, whichever way it turns out."""

    subject: str
    holds: str
    fails: str
    whether: str


@dataclass(frozen=True)
class Claim:
    """`estimate` is at least (or at most) `bound`. `words` tell it; `note` is said last; `neutral` is the value of no
    change, if there is one; `answers` is how many answers of an arm there are to one item.

    Without an estimate there is nothing to judge: `note` says why, and the claim is `default`.
    """

    metric: str
    rule: str
    words: "Words"
    estimate: Estimate | None
    bound: float
    at_least: bool
    note: str = ""
    default: Outcome = "undecided"
    neutral: float | None = None
    answers: float = 1.0

    @property
    def holds(self) -> bool:
        """Whether the whole 95 % interval is on the right side of the bound."""
        assert self.estimate
        return self.estimate.low >= self.bound if self.at_least else self.estimate.high <= self.bound

    @property
    def doubt(self) -> float:
        """p-value against the claim: how seldom data look this bad if it is true."""
        assert self.estimate
        return self.estimate.p_at_least(self.bound) if self.at_least else self.estimate.p_at_most(self.bound)


def judge(claims: Sequence[Claim]) -> list[RuleResult]:
    """What the data say of each claim. All must hold to pass, so holding needs no correction; failing is Holm's.

    The items that an undecided one asks for are planned so that all claims together hold four times in five.
    """
    measured = [claim for claim in claims if claim.estimate]
    failed = dict(zip(map(id, measured), holm([claim.doubt for claim in measured]), strict=True))
    return [_result(claim, failed.get(id(claim), False), len(measured)) for claim in claims]


def _result(claim: Claim, failed: bool, together: int) -> RuleResult:
    if claim.estimate is None:
        return RuleResult(metric=claim.metric, rule=claim.rule, outcome=claim.default, sentence=claim.note)
    if claim.holds:
        return _say(claim, "pass", claim.words.holds)
    if failed:
        return _say(claim, "fail", claim.words.fails)
    count = needs(claim.estimate, claim.bound, rules=together, neutral=claim.neutral)
    about = rounded(ceil(max(count, claim.estimate.n + 1) / claim.answers)) if count else None
    more = f"about {about:,} items would" if about else "no number of items like these would"
    return _say(claim, "undecided", f": the data cannot tell whether it {claim.words.whether}; {more}", about)


def _say(claim: Claim, outcome: Outcome, said: str, count: int | None = None) -> RuleResult:
    assert claim.estimate
    figures = interval(claim.estimate, claim.bound)
    note = f" ({claim.note})" if claim.note else ""
    return RuleResult(metric=claim.metric, rule=claim.rule, outcome=outcome, needs=count,
                      sentence=f"{claim.words.subject} {figures}{said}{note}")


def interval(estimate: Estimate, bound: float) -> str:
    """`0.87 (0.83 to 0.91)`, with as many decimals as it takes to see on which side of the bound the ends lie."""
    places = next((p for p in (2, 3, 4) if all((round(end, p) >= bound) == (end >= bound) and
                                               (round(end, p) <= bound) == (end <= bound)
                                               for end in (estimate.low, estimate.high))), 5)
    return f"{number(estimate.value, places)} ({number(estimate.low, places)} to {number(estimate.high, places)})"


def number(value: float, places: int = 2) -> str:
    """A figure with a true minus sign; no minus before nought."""
    text = f"{abs(value):.{places}f}"
    return f"−{text}" if value < 0 and float(text) else text

"""Judged: who judged the answers, and how far each judge can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass

from tunewright.core.judged import Judged, Told
from tunewright.page.axis import figure

_KINDS = {"pairwise": "compared in both orders with {}", "rubric": "rated from 1 to 5, each answer by itself",
          "human": "compared blind with {}"}
_TRUST = {
    "flip": "share of pairs in which the order decided; each is a tie",
    "first": "share of choices that fell on the answer shown first; 0.50 if the order does not matter",
    "steady": "win rate with the liking for a place taken out, if it is the same for all pairs",
    "longer": "win rate where tuned's answer is the longer one, less that where it is the shorter one",
}
_MEASURES = {"kappa": "Agreement with people, Cohen's kappa", "alpha": "Agreement of people, Krippendorff's alpha"}


@dataclass(frozen=True)
class Line:
    """A figure with its interval, and what it means."""

    name: str
    value: str
    interval: str
    n: str
    meaning: str = ""


@dataclass(frozen=True)
class Judge:
    """One judge: a sentence about who judged what, and two tables."""

    name: str
    who: str
    how: str
    counts: tuple[tuple[str, str], ...]
    trust: tuple[Line, ...]
    measure: str
    agreement: tuple[Line, ...]
    prompt: str


def judges(judged: Sequence[Judged]) -> list[Judge]:
    """People first, then engines, as they stand in the report."""
    return [_judge(one) for one in sorted(judged, key=lambda one: one.kind != "human")]


def _judge(one: Judged) -> Judge:
    counts = [("items", one.items), ("with equal answers", one.same), ("without a judgement", one.invalid),
              ("asked again", one.again), ("in which an answer gives the judge orders", one.orders)]
    return Judge(one.name, one.who, _KINDS[one.kind].format(one.against),
                 tuple((name, f"{count:,}") for name, count in counts if count or name == "items"),
                 tuple(_line(told) for told in one.trust), _MEASURES.get(one.measure, ""),
                 tuple(_line(told) for told in one.agreement), str(one.provenance.get("prompt", "")))


def _line(told: Told) -> Line:
    return Line(told.of, figure(told.value, 2), f"{figure(told.low, 2)} to {figure(told.high, 2)}", f"{told.n:,}",
                _TRUST.get(told.of, ""))

"""Which of two answers is better. Each pair is judged in both orders; where the order decides, it is a tie.

That order alone can decide is known of every engine that was measured (Zheng et al., "Judging LLM-as-a-judge with
MT-Bench and Chatbot Arena", 2023). Asking in both orders takes a liking for a slot out of the win rate: it can then
only draw it towards one half. How often the order decided, and for which slot, is told beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tunewright.core.items import Item, Measure
from tunewright.core.judged import Judged, Judgement, Told
from tunewright.judge import asking
from tunewright.judge.material import Pair, orders, pairs, some
from tunewright.judge.tries import Asking, Question, Reply, Tell, ask
from tunewright.recipe.judge import PairwiseSpec
from tunewright.stats.estimate import Array, corpus, mean

Whole = Callable[[Array], Array]  # from weights (draws x pairs) to one figure a draw
_LEAST = 1e-9  # weight of a side that a draw has left out

METRICS: dict[str, Measure] = {
    "win": Measure(),
    "flip": Measure(higher_is_better=False),
    "invalid": Measure(higher_is_better=False),
}
"""Of the tuned arm. `win`: share of pairs in which its answer is better, a tie counting half. `flip`: share in which
the order decided. `invalid`: share without a judgement."""


@dataclass(frozen=True)
class Ruling:
    """Both judgements on a pair, as the tuned arm's share of the win (1, 0.5, 0): with its answer first, and second.

    None is an invalid one. Equal answers are a tie that nobody was asked about, and have none.
    """

    pair: Pair
    first: float | None = None
    second: float | None = None

    @property
    def win(self) -> float | None:
        """The tuned arm's share of the win; None without two judgements."""
        if self.pair.same:
            return 0.5
        if self.first is None or self.second is None:
            return None
        return self.first if self.first == self.second else 0.5

    @property
    def scores(self) -> dict[str, float]:
        """What goes into the report."""
        if self.win is None:
            return {"invalid": 1.0}
        asked = {} if self.pair.same else {"flip": float(self.first != self.second)}
        return {"win": self.win, "invalid": 0.0, **asked}


def names(_: PairwiseSpec) -> dict[str, Measure]:
    """The metrics of such a judge."""
    return METRICS


def judge(spec: PairwiseSpec, items: Sequence[Item], asker: Asking, tell: Tell
          ) -> tuple[list[Item], Judged, list[Judgement]]:
    """Have every pair judged: an item with its scores for each, who judged and how far that can be trusted, and every
    single judgement."""
    chosen = some(pairs(items, spec.suites, spec.against), spec.items, spec.seed)
    told = asking.pairwise(spec.question, spec.reference)
    asked = [pair for pair in chosen if not pair.same]
    questions = [question for pair in asked for question in _both(spec, pair, told)]
    replies = ask(spec, questions, asking.PAIRWISE_SCHEMA, asker, tell)
    rulings = _rulings(chosen, asked, replies)
    single = [Judgement(spec.name, question.item, {} if share is None else {"win": share}, order=question.way,
                        request=reply.request)
              for question, reply in zip(questions, replies, strict=True) for share in [_share(reply, question.way)]]
    about = Judged(spec.name, "pairwise", "", spec.against, len(chosen), same=len(chosen) - len(asked),
                   invalid=sum(ruling.win is None for ruling in rulings),
                   again=sum(reply.tries > 1 for reply in replies),
                   orders=sum(orders(pair.ours, pair.theirs) for pair in asked), trust=tuple(trust(rulings)),
                   provenance={"prompt": told, "judgements": len(replies)})
    return [Item(spec.name, ruling.pair.item, "tuned", group=ruling.pair.group, scores=ruling.scores)
            for ruling in rulings], about, single


def trust(rulings: Sequence[Ruling], *, resamples: int = 2000, seed: int = 0) -> list[Told]:
    """How steady the judgements are, each with its interval.

    - `flip`: the share of pairs in which the order decided;
    - `first`: the share of choices that fell on the answer shown first: one half, if the order does not matter;
    - `steady`: the win rate with that liking taken out, if it is the same for all pairs;
    - `longer`: the tuned arm's win rate where its answer is the longer one, less that where it is the shorter one.
    """
    both = [ruling for ruling in rulings if ruling.first is not None and ruling.second is not None]
    if not both:
        return []
    units = [ruling.pair.group or ruling.pair.item for ruling in both]
    flips = [float(ruling.first != ruling.second) for ruling in both]
    found = {"flip": mean(flips, units, resamples=resamples, seed=seed)}
    for name, (whole, floor) in {"first": (_first(both), 0.0), "steady": (_steady(both), 0.0),
                                 "longer": (_longer(both), -1.0)}.items():
        if whole:
            found[name] = corpus(whole, len(both), units, floor=floor, resamples=resamples, seed=seed)
    return [Told(name, figure.value, figure.low, figure.high, figure.n) for name, figure in found.items()]


def _both(spec: PairwiseSpec, pair: Pair, told: str) -> list[Question]:
    reference = {"expected": pair.expected} if spec.reference and pair.expected is not None else {}
    return [Question(pair.item, way, asking.conversation(told, pair.request, first=first, second=second, **reference))
            for way, first, second in (("tuned first", pair.ours, pair.theirs),
                                       ("tuned second", pair.theirs, pair.ours))]


def _rulings(chosen: Sequence[Pair], asked: Sequence[Pair], replies: Sequence[Reply]) -> list[Ruling]:
    by_item = {pair.item: Ruling(pair, _share(one, "tuned first"), _share(other, "tuned second"))
               for pair, one, other in zip(asked, replies[::2], replies[1::2], strict=True)}
    return [by_item.get(pair.item, Ruling(pair)) for pair in chosen]


def _share(reply: Reply, way: str) -> float | None:
    """The tuned arm's share of the win in one judgement."""
    if reply.said is None:
        return None
    better = reply.said["better"]
    return 0.5 if better == "tie" else float((better == "first") == (way == "tuned first"))


def _slots(both: Sequence[Ruling]) -> tuple[Array, Array]:
    """For each pair, how many of its two choices fell on the first slot, and how many fell on any."""
    firsts = [(ruling.first == 1.0) + (ruling.second == 0.0) for ruling in both]
    choices = [(ruling.first != 0.5) + (ruling.second != 0.5) for ruling in both]
    return np.asarray(firsts, dtype=float), np.asarray(choices, dtype=float)


def _first(both: Sequence[Ruling]) -> Whole | None:
    firsts, choices = _slots(both)
    if not choices.any():
        return None
    return lambda weights: weights @ firsts / np.maximum(weights @ choices, _LEAST)


def _steady(both: Sequence[Ruling]) -> Whole | None:
    """A judge that takes the first answer, whatever it says, in a share b of its judgements (or the second, b < 0)
    takes it in (1 + b)/2 of them all, and draws the win rate towards one half by 1 - |b|."""
    firsts, choices = _slots(both)
    wins = np.asarray([(ruling.first or 0.0) + (ruling.second or 0.0) for ruling in both]) / 2

    def statistic(weights: Array) -> Array:
        total = weights.sum(axis=1)
        drawn = np.abs(weights @ (2 * firsts - choices)) / (2 * total)
        return np.clip(0.5 + (weights @ wins / total - 0.5) / np.maximum(1 - drawn, _LEAST), 0.0, 1.0)

    return statistic if choices.any() else None


def _longer(both: Sequence[Ruling]) -> Whole | None:
    wins = np.asarray([ruling.win for ruling in both])
    ahead = np.asarray([len(ruling.pair.ours) - len(ruling.pair.theirs) for ruling in both])
    longer, shorter = (ahead > 0).astype(float), (ahead < 0).astype(float)
    if not longer.any() or not shorter.any():
        return None

    def rate(weights: Array, side: Array) -> Array:
        return weights @ (wins * side) / np.maximum(weights @ side, _LEAST)

    return lambda weights: rate(weights, longer) - rate(weights, shorter)

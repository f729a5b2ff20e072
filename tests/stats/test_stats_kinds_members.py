"""Members and others as a metric: the area, the share found, the gap, and a mean with the ceiling of its items."""

from collections.abc import Sequence
from math import log2

import numpy as np
import pytest

from tunewright.core.errors import Fault
from tunewright.core.items import About, Item, Measure
from tunewright.stats import measure

PER = {"per": "member"}
ABOUT = About(("p/area", "p/found", "p/gap", "p/bits"), 2000, 0, {
    "p/area": Measure("auc", "score", False, settings=PER), "p/found": Measure("found", "score", False, settings=PER),
    "p/gap": Measure("gap", "score", False, settings=PER), "p/bits": Measure("bounded", "bits", False, None,
                                                                            {"per": "most"})})


def items(members: Sequence[float], others: Sequence[float], arm: str = "tuned",
          group: int | None = None) -> list[Item]:
    rows = [*((score, 1.0) for score in members), *((score, 0.0) for score in others)]
    return [Item("p", str(at), arm, group=None if group is None else str(at // group),
                 scores={"score": score, "member": member}) for at, (score, member) in enumerate(rows)]


def test_the_figures_are_those_of_the_curve() -> None:
    known = items([5, 4, 3, 1], [3, 2, 1, 0])
    assert measure.value(known, "p/area", ABOUT) == pytest.approx((4 + 4 + 3.5 + 1.5) / 16)
    assert measure.value(known, "p/found", ABOUT) == 0.5


def test_the_gap_is_the_share_among_members_less_that_among_others() -> None:
    known = items([1, 1, 1, 0], [1, 0, 0, 0])
    assert measure.value(known, "p/gap", ABOUT) == pytest.approx(0.5)
    none = measure.figure(items([0] * 50, [0] * 50), "p/gap", ABOUT)
    assert none and none.value == 0 and -0.1 < none.low < 0 < none.high < 0.1


def test_the_interval_of_an_area_without_a_difference_holds_one_half_and_groups_widen_it() -> None:
    draws = np.random.default_rng(0).normal(size=400)
    alone, grouped = (measure.figure(items(draws[:200].tolist(), draws[200:].tolist(), group=size), "p/area", ABOUT)
                      for size in (None, 20))
    assert alone and grouped
    assert alone.low < 0.5 < alone.high
    assert grouped.units == 20


def test_tuned_is_compared_with_the_base_over_the_same_items() -> None:
    rng = np.random.default_rng(1)
    base = items(rng.normal(size=100).tolist(), rng.normal(size=100).tolist(), "base")
    tuned = items((rng.normal(size=100) + 3).tolist(), rng.normal(size=100).tolist())
    gap = measure.difference(measure.pairs(tuned, base), "p/area", ABOUT)
    assert gap and gap.low > 0.3


def test_a_mean_has_the_ceiling_that_its_items_name() -> None:
    known = [Item("p", str(at), "tuned", scores={"bits": log2(10_000), "most": log2(10_000)}) for at in range(8)]
    figure = measure.figure(known, "p/bits", ABOUT)
    assert figure and figure.high == pytest.approx(log2(10_000))
    assert 7 < figure.low < 9  # one imagined canary that was not learned


def test_members_without_others_cannot_be_told_apart() -> None:
    with pytest.raises(Fault, match="all of one kind"):
        measure.value(items([1, 2], []), "p/area", ABOUT)

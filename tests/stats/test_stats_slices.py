"""Slices: every one is looked at, chance flags none, and what is really worse is flagged."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunewright.core.items import About, Item
from tunewright.stats.slices import LEAST, divided, slices

ABOUT = About(("task/exact",), 400, 0)


def item(at: int, label: str, right: bool, arm: str = "tuned") -> Item:
    return Item("task", str(at), arm, scores={"exact": float(right)}, slices={"label": label} if label else {})


def drawn(rng: np.random.Generator, labels: int, each: int, bad: float) -> list[Item]:
    """Labels of equal size; the first is right with chance `bad`, all others in eight of ten, base and tuned."""
    found = []
    for at in range(labels * each):
        label = at % labels
        found += [item(at, f"l{label}", bool(rng.random() < (bad if label == 0 and arm == "tuned" else 0.8)), arm)
                  for arm in ("tuned", "base")]
    return found


@given(st.lists(st.sampled_from(["a", "b", "c", "d", ""]), min_size=1, max_size=120))
def test_every_item_is_in_one_slice_and_only_one(labels: list[str]) -> None:
    items = [item(at, label, True) for at, label in enumerate(labels)]
    parts = divided(items, "label")
    assert sorted(int(one.item) for held in parts.values() for one in held) == list(range(len(items)))
    assert sum(len(held) < LEAST for held in parts.values()) <= 1


def test_chance_flags_a_slice_in_no_more_than_one_report_in_twenty() -> None:
    rng = np.random.default_rng(0)
    flagged = [any(one.behind or one.worse for one in slices(drawn(rng, 8, 20, 0.8), "task/exact", ["label"], ABOUT))
               for _ in range(60)]
    assert sum(flagged) <= 5


def test_a_slice_that_really_is_worse_is_flagged_and_no_other() -> None:
    found = slices(drawn(np.random.default_rng(1), 20, 40, 0.2), "task/exact", ["label"], ABOUT)
    assert [one.name for one in found if one.behind] == ["l0"]
    assert [one.name for one in found if one.worse] == ["l0"]
    assert len(found) == 20
    assert sum(one.tests for one in found) == 40


def test_the_figure_that_is_read_lies_between_the_slice_and_the_whole() -> None:
    found = slices(drawn(np.random.default_rng(2), 12, 15, 0.4), "task/exact", ["label"], ABOUT)
    whole = float(np.mean([one.value for one in found]))
    worst = min(found, key=lambda one: one.value)
    assert worst.value < worst.shrunk < whole
    assert all(0 <= one.shrunk_low <= one.shrunk <= one.shrunk_high <= 1 for one in found)


def test_small_values_are_one_slice_together_and_told_so() -> None:
    items = [item(at, "big", True) for at in range(30)] + [item(30 + at, f"s{at}", False) for at in range(8)]
    found = slices(items, "task/exact", ["label"], ABOUT)
    assert [(one.name, one.n) for one in found] == [("big", 30), ("the rest (8 values)", 8)]
    assert found[1].behind
    assert found[1].change is None, "the base did not answer"


def test_a_field_with_one_value_has_no_slices() -> None:
    assert slices([item(at, "one", True) for at in range(30)], "task/exact", ["label"], ABOUT) == []

"""The laws of the split: groups stay together, nothing is lost, old records never move, proportions hold."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS
from tunewright.data import prune, split
from tunewright.data.compact import Compact
from tunewright.data.decisions import Decisions
from tunewright.data.prepare import labelled, unit
from tunewright.data.same import key
from tunewright.data.shares import shares
from tunewright.data.split import SLACK, SLACK_STRATIFIED

SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}


@dataclass(frozen=True)
class Record:
    """A record that asks for what it says."""

    text: str
    group: str | None = None
    label: str | None = None
    source: int = 0

    @property
    def key(self) -> bytes:
        return bytes.fromhex(key(self.text))[:16]


def compacted(records: Sequence[Record], seed: int = 0) -> Compact:
    keys = np.array([one.key for one in records], "S16")
    zeros = np.zeros(len(records), np.int64)
    return Compact(
        key=keys, asks=keys, unit=np.array([unit(one.group, key(one.text), seed) for one in records], "S16"),
        labelled=np.array([labelled(one.label) for one in records], np.uint64), shape=zeros, length=zeros,
        source=np.array([one.source for one in records], np.int64), row=zeros,
        grouped=np.array([one.group is not None for one in records], bool), why=zeros.astype(np.uint8))


def place(records: Sequence[Record], fixed: Sequence[Any], seed: int, stratified: bool) -> list[str]:
    found = compacted(records, seed)
    return [PARTS[part] for part in
            split.place(found, fixed, SHARES, stratified, lambda number: str(records[number].group))]


def pruned(records: Sequence[Record], parts: Sequence[Any]) -> Decisions:
    found = compacted(records)
    decisions = Decisions(found)
    decisions.part = np.array([PARTS.index(part) for part in parts], np.int8)
    prune.prune(found, decisions)
    return decisions


described = st.tuples(st.text(alphabet="abc ", min_size=1, max_size=4), st.none() | st.sampled_from("ABCDEF"),
                      st.sampled_from("xyz"))
many = st.lists(described, max_size=60).map(lambda rows: [Record(*row) for row in rows])


@given(records=many, seed=st.integers(0, 5), stratified=st.booleans())
def test_groups_and_equal_questions_never_cross(records: list[Record], seed: int, stratified: bool) -> None:
    parts = place(records, [None], seed, stratified)
    where: dict[str, set[str]] = defaultdict(set)
    for one, part in zip(records, parts, strict=True):
        where[one.group or one.key].add(part)
    assert all(len(parts) == 1 for parts in where.values())


@given(old=many, new=many, seed=st.integers(0, 5), stratified=st.booleans())
def test_added_records_never_move_old_ones(old: list[Record], new: list[Record], seed: int, stratified: bool) -> None:
    before = place(old, [None], seed, stratified)
    after = place([*old, *new], [None], seed, stratified)
    assert after[:len(old)] == before


@given(first=st.integers(0, 40), added=st.integers(0, 40), second=st.integers(0, 40), stratified=st.booleans())
def test_records_added_to_one_source_leave_the_others_alone(first: int, added: int, second: int,
                                                            stratified: bool) -> None:
    one = [Record(f"one {at}") for at in range(first + added)]
    other = [Record(f"other {at}", source=1) for at in range(second)]
    before = place([*one[:first], *other], [None, None], 0, stratified)
    after = place([*one, *other], [None, None], 0, stratified)
    assert [*after[:first], *after[first + added:]] == before


@given(records=many, seed=st.integers(0, 5))
def test_nothing_is_lost_and_what_is_left_out_is_accounted_for(records: list[Record], seed: int) -> None:
    decisions = pruned(records, place(records, [None], seed, False))
    left_out = [*decisions.left_out("duplicate"), *decisions.left_out("leak")]
    assert sorted([*decisions.kept(), *left_out]) == list(range(len(records)))
    assert all(records[decisions.same[number]].key == records[number].key for number in left_out)
    held = [records[number].key for number in decisions.kept()]
    assert len(held) == len(set(held)) == len({one.key for one in records})


@given(parts=st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(PARTS)), max_size=30))
def test_a_leak_leaves_train_and_never_test(parts: list[tuple[str, Any]]) -> None:
    decisions = pruned([Record(text) for text, _ in parts], [part for _, part in parts])
    for part in PARTS:
        asked = {text for text, where in parts if where == part}
        later = {text for text, where in parts if PARTS.index(where) > PARTS.index(part)}
        assert sorted(parts[number][0] for number in decisions.kept(part)) == sorted(asked - later)
    for number in decisions.left_out("leak"):
        assert decisions.part[decisions.same[number]] > decisions.part[number]


@given(sizes=st.lists(st.integers(1, 120), min_size=1, max_size=5), seed=st.integers(0, 20))
@settings(max_examples=50, deadline=None)
def test_each_label_keeps_its_proportions_when_stratified(sizes: list[int], seed: int) -> None:
    records = [Record(f"{label} {at}", label=str(label)) for label, size in enumerate(sizes) for at in range(size)]
    found = Counter(zip((one.label for one in records), place(records, [None], seed, True),
                        strict=True))
    for label, size in enumerate(sizes):
        for part in PARTS:
            assert abs(found[str(label), part] - SHARES[part] * size) < 2 + SLACK_STRATIFIED * size


@given(size=st.integers(1, 400), seed=st.integers(0, 20))
@settings(max_examples=50, deadline=None)
def test_each_part_gets_its_share(size: int, seed: int) -> None:
    found = Counter(place([Record(str(at)) for at in range(size)], [None], seed, False))
    for part in PARTS:
        assert abs(found[part] - SHARES[part] * size) < 2 + SLACK * size


def test_another_seed_divides_otherwise() -> None:
    records = [Record(str(at)) for at in range(200)]
    assert place(records, [None], 0, False) != place(records, [None], 1, False)


def test_in_a_large_file_a_record_taken_out_moves_at_most_half_a_percent() -> None:
    records = [Record(str(at)) for at in range(5000)]
    before, after = (place(some, [None], 0, False) for some in (records, records[1:]))
    assert sum(old != new for old, new in zip(before[1:], after, strict=True)) <= 25


def test_a_source_given_to_a_part_goes_there_and_its_groups_follow() -> None:
    records = [Record("a", group="g"), Record("b", group="g", source=1), Record("c", source=1)]
    assert place(records, [None, "test"], 0, False) == ["test", "test", "test"]


def test_a_group_in_sources_of_two_parts_is_refused() -> None:
    records = [Record("a", group="g"), Record("b", group="g", source=1)]
    with pytest.raises(Fault, match="group `g` is in a source with part train and in one with part test"):
        place(records, ["train", "test"], 0, False)


def test_a_part_that_a_source_fills_takes_nothing_of_the_others(source: Any, spec: Any) -> None:
    given_test = source("t.csv", part="test")
    assert shares(spec(source("a.csv"), given_test)) == {"train": 0.9, "validation": 0.1, "test": 0.0}
    assert shares(spec(source("a.csv"), given_test, test=0.3))["test"] == 0.3
    assert shares(spec(source("a.csv")))["test"] == 0.2


def test_shares_that_leave_nothing_to_train_on_are_refused(source: Any, spec: Any) -> None:
    with pytest.raises(Fault, match=r"test 0\.5 and validation 0\.5 leave nothing to train on"):
        shares(spec(source("a.csv"), test=0.5, validation=0.5))


@pytest.mark.parametrize(("one", "other", "same"), [
    ("a  b\n", "a b", True), ("é", "é", True), ("A", "a", False), ("a b", "ab", False),
    ([{"role": "user", "content": "x"}], [{"content": " x", "role": "user"}], True),
])
def test_records_are_the_same_up_to_white_space_and_unicode_form(one: Any, other: Any, same: bool) -> None:
    assert (key(one) == key(other)) is same


@st.composite
def resembling(draw: st.DrawFn) -> list[Record]:
    """Records of two sources in their order; records of one topic resemble those of the next."""
    described = st.tuples(st.integers(0, 12), st.sampled_from("ab"), st.sampled_from("xy"))
    made = [Record(f"{topic} {words}", None, label, draw(st.integers(0, 1)))
            for topic, words, label in draw(st.lists(described, max_size=40))]
    return sorted(made, key=lambda one: one.source)


def topic(one: Record) -> int:
    return int(one.text.split()[0])


def together(records: Sequence[Record], stratified: bool) -> list[str]:
    """Parts where groups are found: pairs of topics side by side, of which the first is even."""
    pairs = [(at, earlier) for at, one in enumerate(records) for earlier in range(at)
             if topic(one) // 2 == topic(records[earlier]) // 2]
    alike = (np.array([at for at, _ in pairs], np.int64), np.array([at for _, at in pairs], np.int64))
    found = split.place(compacted(records), [None, None], SHARES, stratified, str, alike)
    return [PARTS[part] for part in found]


@given(records=resembling(), stratified=st.booleans())
def test_records_that_resemble_each_other_stay_together(records: list[Record], stratified: bool) -> None:
    where: dict[int, set[str]] = defaultdict(set)
    for one, part in zip(records, together(records, stratified), strict=True):
        where[topic(one) // 2].add(part)
    assert all(len(parts) == 1 for parts in where.values())


@given(old=resembling(), new=resembling(), stratified=st.booleans())
def test_what_was_held_out_is_never_learned_whatever_is_added(old: list[Record], new: list[Record],
                                                              stratified: bool) -> None:
    grown = [one for source in (0, 1) for part in (old, new) for one in part if one.source == source]
    places = [at for source in (0, 1) for at in range(len(grown)) if grown[at].source == source]
    kept = [at for source in (0, 1)
            for at in [at for at in places if grown[at].source == source][:sum(one.source == source for one in old)]]
    for before, after in ((together(old, stratified), together(grown, stratified)),
                          (place(old, [None, None], 0, stratified), place(grown, [None, None], 0, stratified))):
        for was, at in zip(before, kept, strict=True):
            assert PARTS.index(after[at]) >= PARTS.index(was)


def test_a_chain_of_pairs_is_one_group_and_goes_where_one_of_it_was_examined() -> None:
    records = [Record(str(at)) for at in range(60)]
    alone = place(records, [None], 0, False)
    test, train = alone.index("test"), alone.index("train")
    bridge = (np.array([60, 60]), np.array([test, train]))
    found = split.place(compacted([*records, Record("60")]), [None], SHARES, False, str, bridge)
    assert {PARTS[found[at]] for at in (test, train, 60)} == {"test"}

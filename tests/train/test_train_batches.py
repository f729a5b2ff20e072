import torch
from hypothesis import given
from hypothesis import strategies as st

from tunewright.engine.lines import Line
from tunewright.engine.tree import plant
from tunewright.recipe import PhaseSpec
from tunewright.train.batches import Batches, cut
from tunewright.train.objectives import Row

lengths = st.lists(st.integers(1, 300), min_size=1, max_size=80).map(tuple)


@given(lengths, st.integers(1, 20), st.integers(0, 5), st.integers(0, 3))
def test_an_epoch_sees_every_record_once(lengths, size, seed, epoch):
    batches = Batches(lengths, size, seed).epoch(epoch)
    assert sorted(at for batch in batches for at in batch) == list(range(len(lengths)))
    assert len(batches) == Batches(lengths, size, seed).per_epoch


@given(lengths, st.integers(1, 20), st.integers(0, 40))
def test_a_resumed_run_sees_the_batches_it_would_have_seen(lengths, size, step):
    whole, resumed = Batches(lengths, size, 7).since(0), Batches(lengths, size, 7).since(step)
    for _ in range(step):
        next(whole)
    assert [next(whole) for _ in range(5)] == [next(resumed) for _ in range(5)]


def row(*sequences):
    return Row(tuple(Line(torch.tensor(ids), torch.ones(len(ids), dtype=torch.bool)) for ids in sequences), 1)


ids = st.lists(st.integers(0, 1), min_size=1, max_size=30)
rows = st.lists(st.lists(ids, min_size=1, max_size=3).map(lambda found: row(*found)), max_size=20)


@given(rows, st.integers(1, 200))
def test_a_padded_pass_holds_at_most_its_tokens_with_padding_and_loses_no_record(rows, tokens):
    found = cut(rows, range(len(rows)), tokens)
    assert sorted(at for part in found for at in part) == list(range(len(rows)))
    for part in found:
        lines = [line for at in part for line in rows[at].lines]
        assert len(part) == 1 or len(lines) * max(len(line.ids) for line in lines) <= tokens


@given(rows, st.integers(1, 200))
def test_a_pass_as_a_tree_holds_at_most_its_tokens_as_nodes_and_loses_no_record(rows, tokens):
    found = cut(rows, range(len(rows)), tokens, lambda part: True)
    assert sorted(at for part in found for at in part) == list(range(len(rows)))
    for part in found:
        tree = plant([line.ids.numpy() for at in part for line in rows[at].lines])
        assert len(part) == 1 or len(tree.ids) <= tokens


@given(rows, st.integers(1, 200))
def test_where_no_tree_is_lighter_passes_are_padded(rows, tokens):
    for part in cut(rows, range(len(rows)), tokens, lambda part: False):
        lines = [line for at in part for line in rows[at].lines]
        assert len(part) == 1 or len(lines) * max(len(line.ids) for line in lines) <= tokens


def test_records_that_begin_alike_share_a_pass_as_a_tree():
    begins = [list(range(start, start + 20)) for start in (0, 100)]
    rows = [row([*begins[at % 2], 200 + at]) for at in range(12)]
    assert cut(rows, range(12), 30, lambda part: True) == [[0, 2, 4, 6, 8, 10], [1, 3, 5, 7, 9, 11]]


def test_epochs_differ_in_order_and_a_seed_repeats_them():
    batches = Batches(tuple(range(1, 65)), 8, 0)
    assert batches.epoch(0) != batches.epoch(1)
    assert batches.epoch(1) == Batches(tuple(range(1, 65)), 8, 0).epoch(1)
    assert batches.epoch(0) != Batches(tuple(range(1, 65)), 8, 1).epoch(0)


def test_like_lengths_share_a_batch():
    lengths = tuple(10 + at % 64 for at in range(512))
    padding = [max(lengths[at] for at in batch) * len(batch) - sum(lengths[at] for at in batch)
               for batch in Batches(lengths, 16, 0).epoch(0)]
    assert sum(padding) < 0.12 * sum(lengths)


def test_steps_say_when_to_end_whatever_the_epochs():
    batches = Batches((5,) * 20, 8, 0)
    assert batches.steps(PhaseSpec(epochs=4)) == 12
    assert batches.steps(PhaseSpec(epochs=0.5)) == 2
    assert batches.steps(PhaseSpec(epochs=0.01)) == 1
    assert batches.steps(PhaseSpec(epochs=4, steps=5)) == 5

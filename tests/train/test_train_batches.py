from hypothesis import given
from hypothesis import strategies as st

from tunewright.recipe import PhaseSpec
from tunewright.train.batches import Batches, passes

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


@given(lengths, st.integers(1, 500))
def test_a_pass_holds_at_most_its_tokens_with_padding_and_loses_no_record(lengths, tokens):
    cut = passes(range(len(lengths)), lengths, tokens)
    assert sorted(at for part in cut for at in part) == list(range(len(lengths)))
    for part in cut:
        assert len(part) == 1 or len(part) * max(lengths[at] for at in part) <= tokens


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

"""Who joins next: equal shares for models, the oldest first, and never more cache than there is."""

from hypothesis import given
from hypothesis import strategies as st

from tunewright.engine import Request
from tunewright.engine.admission import admitted
from tunewright.engine.batch import Row, passes
from tunewright.engine.text import Text


def row(model=None, length=10, limit=10):
    request = Request(prompt="", model=model, new_tokens=limit)
    return Row(request, [0] * length, limit, frozenset(), Text(str), "", model, None, lambda row: None)


ROWS = st.lists(st.builds(row, st.sampled_from(["a", "b", None]), st.integers(1, 40), st.integers(1, 40)), max_size=12)


def test_a_model_that_asks_little_is_not_kept_out_by_one_that_asks_much():
    waiting = [*(row("much") for _ in range(20)), row("little")]
    assert waiting[-1] in admitted(waiting, [], 4, 10_000)
    assert admitted(waiting, [row("much")], 2, 10_000) == [waiting[-1]]


def test_a_row_with_no_room_keeps_those_behind_it_waiting():
    large, small = row(length=500, limit=500), row()
    assert admitted([large, small], [row()], 8, 1000) == []
    assert admitted([large, small], [], 8, 1000) == [large]


@given(ROWS, ROWS, st.integers(1, 16), st.integers(1, 500))
def test_places_and_tokens_are_kept_to_and_each_model_is_served_in_order(waiting, held, places, tokens):
    chosen = admitted(waiting, held, places, tokens)
    together = [*held, *chosen]
    assert len(chosen) <= max(0, places - len(held))
    assert len(together) <= max(1, len(held)) or not chosen or (
        len(together) * max(one.longest for one in together) <= tokens)
    for model in ("a", "b", None):
        mine = [one for one in waiting if one.request.model == model]
        assert [one for one in chosen if one.request.model == model] == mine[:sum(one in mine for one in chosen)]


@given(ROWS.filter(bool), st.integers(1, 500))
def test_everybody_is_admitted_in_the_end(waiting, tokens):
    rounds = 0
    while waiting:
        chosen = admitted(waiting, [], 3, tokens)
        waiting = [one for one in waiting if one not in chosen]
        rounds += 1
        assert chosen and rounds <= 12


@given(st.lists(st.integers(1, 100), min_size=1, max_size=16), st.integers(0, 200))
def test_passes_hold_every_row_once_and_read_no_more_than_one_pass_or_one_each_would(unread, cost):
    found = passes(unread, cost)
    spent = sum(cost + len(group) * max(unread[at] for at in group) for group in found)
    assert sorted(at for group in found for at in group) == [*range(len(unread))]
    assert spent <= min(cost + len(unread) * max(unread), sum(cost + one for one in unread))

"""Bounds of time, size and number: a gateway tells clients to come back rather than pile them up."""

import asyncio
import threading
import time

import httpx
import openai
import pytest
from gateways import running, until
from hypothesis import given
from hypothesis import strategies as st

from tunewright.engine import FakeEngine
from tunewright.recipe.serve import LimitsSpec
from tunewright.serve import keys
from tunewright.serve.limits import Bucket, Places
from tunewright.serve.problems import Problem


@given(st.integers(1, 600), st.lists(st.floats(0, 5), min_size=1, max_size=60))
def test_a_bucket_never_gives_more_than_its_pace_and_one_burst(a_minute, pauses):
    now, given_out, bucket = 0.0, 0, Bucket(a_minute, 0.0)
    for pause in pauses:
        now += pause
        if not bucket.wait(1.0, now):
            bucket.left -= 1
            given_out += 1
    assert given_out <= a_minute + now * a_minute / 60 + 1e-6


@given(st.integers(1, 600))
def test_a_bucket_gives_again_after_the_wait_it_told(a_minute):
    bucket = Bucket(a_minute, 0.0)
    bucket.left = -3.0
    wait = bucket.wait(1.0, 0.0)
    assert wait > 0
    assert bucket.wait(1.0, wait + 1e-6) == 0


def test_places_are_given_in_order_and_never_more_than_there_are():
    async def play():
        places, order = Places(LimitsSpec(concurrency=2, queue=3)), []

        async def ask(number):
            await places.take()
            order.append(number)
            assert places.taken <= 2
            await asyncio.sleep(0.001)
            places.free(0.001)

        await asyncio.gather(*map(ask, range(5)))
        return order, places

    order, places = asyncio.run(play())
    assert order == [0, 1, 2, 3, 4]
    assert (places.taken, places.waiting) == (0, 0)


def test_who_gives_up_waiting_leaves_no_place_behind():
    async def play():
        places = Places(LimitsSpec(concurrency=1, queue=3, wait=0.01))
        await places.take()
        late, gone = asyncio.ensure_future(places.take()), asyncio.ensure_future(places.take())
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(Problem) as caught:
            await late
        assert caught.value.status == 429
        assert places.waiting == 0
        places.free(0.01)
        return places.taken

    assert asyncio.run(play()) == 0


def test_a_place_that_is_given_to_one_who_just_left_goes_to_the_next():
    async def play():
        places = Places(LimitsSpec(concurrency=1, queue=3))
        await places.take()
        leaves, stays = asyncio.ensure_future(places.take()), asyncio.ensure_future(places.take())
        await asyncio.sleep(0)
        places.free(0.01)
        leaves.cancel()
        await asyncio.wait_for(stays, 1)
        places.free(0.01)
        return places.taken, places.waiting

    assert asyncio.run(play()) == (0, 0)


def test_a_full_queue_is_429_with_the_time_to_wait(home):
    with running(home, FakeEngine(delay=0.05), serve={"limits": {"concurrency": 1, "queue": 1}}) as gateway:
        statuses = []

        def ask():
            answer = httpx.post(f"{gateway.url}/v1/completions", json={"model": "desk", "prompt": "a"}, timeout=20)
            statuses.append((answer.status_code, int(answer.headers.get("retry-after", 0)) > 0))

        asking = [threading.Thread(target=ask) for _ in range(6)]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
        assert sorted(statuses) == [(200, False)] * 2 + [(429, True)] * 4
        assert gateway.made.places.taken == 0


def test_a_key_has_its_own_minute(gateway):
    made = [keys.create(gateway.home, "mira", "a", requests=2), keys.create(gateway.home, "mira", "b", tokens=15)]
    until(lambda: len(gateway.made.keys.known) == 2)
    for (_, text), answered in zip(made, (2, 2), strict=True):
        with gateway.asking(text) as client:
            for _ in range(answered):  # eleven tokens each: the second may still start
                client.completions.create(model="desk", prompt="one two three")
            with pytest.raises(openai.RateLimitError) as caught:
                client.completions.create(model="desk", prompt="a")
            assert caught.value.code == "rate_limit_exceeded"
            assert int(caught.value.response.headers["retry-after"]) > 0


def test_an_answer_that_takes_too_long_is_504_and_on_record(home):
    with running(home, FakeEngine(delay=0.3), serve={"limits": {"answer": 0.2}}) as gateway:
        answer = httpx.post(f"{gateway.url}/v1/completions", json={"model": "desk", "prompt": "a"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (504, "answer_too_slow")
        assert gateway.made.places.taken == 0


def test_a_client_that_goes_away_while_it_waits_frees_its_turn(home):
    with running(home, FakeEngine(delay=0.1), serve={"limits": {"concurrency": 1}}) as gateway:
        first = threading.Thread(target=gateway.ask)
        first.start()
        until(lambda: gateway.made.places.taken == 1)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{gateway.url}/v1/completions", json={"model": "desk", "prompt": "a"}, timeout=0.1)
        until(lambda: gateway.made.places.waiting == 0)
        first.join()
        until(lambda: gateway.made.places.taken == 0)


def test_while_it_drains_nobody_new_is_let_in_and_those_under_way_are_answered(home):
    with running(home, FakeEngine(delay=0.05)) as gateway:
        events = gateway.ask(stream=True)
        next(events)
        gateway.made.draining = True
        answer = httpx.post(f"{gateway.url}/v1/completions", json={"model": "desk", "prompt": "a"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["error"]["type"] == "server_error"
        assert httpx.get(f"{gateway.url}/healthz").status_code == 503
        assert list(events)[-1].choices[0].finish_reason == "stop"
        started = time.monotonic()
        while time.monotonic() - started < 5:
            try:
                httpx.get(f"{gateway.url}/healthz")
            except httpx.ConnectError:
                return
            time.sleep(0.02)
        raise AssertionError("it did not stop once it was drained")

"""A release that fails is left alone; one client whose requests make it fail keeps nobody else from it."""

import openai
import pytest
from gateways import add_release, made_up, running
from hypothesis import given
from hypothesis import strategies as st

from tunewright import registry
from tunewright.core.home import Home
from tunewright.engine.fake import FakeEngine
from tunewright.serve import keys
from tunewright.serve.breaker import FAILURES, Breaker, Budget

QUESTIONS = [str(number) for number in range(FAILURES)]


def failing(*asked: tuple[str, str]) -> Breaker:
    breaker = Breaker()
    for key, question in asked:
        breaker.ended(key, question, well=False)
    return breaker


def test_so_many_questions_in_a_row_open_it():
    assert failing(*(("ann", question) for question in QUESTIONS[1:])).closed("ann")
    assert not failing(*(("ann", question) for question in QUESTIONS)).closed("ann")


def test_a_question_that_is_asked_again_counts_once():
    assert failing(*(("ann", "why?") for _ in range(99))).closed("ann")


def test_as_long_as_one_keys_alone_fail_it_is_open_to_that_key_only():
    breaker = failing(*(("ann", question) for question in QUESTIONS))
    assert breaker.closed("ben")
    assert not breaker.closed("ann")


def test_the_failure_of_a_second_key_opens_it_to_all():
    breaker = failing(*(("ann", question) for question in QUESTIONS), ("ben", "why?"))
    assert [breaker.closed(key) for key in ("ann", "ben", "cat")] == [False, False, False]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9).map(str), st.sampled_from([False] * 9 + [True])),
                max_size=40), st.sampled_from("abcd"))
def test_only_failures_since_the_last_good_answer_count(ended, who):
    breaker = Breaker()
    since: set[tuple[str, str]] = set()
    for key, question, well in ended:
        breaker.ended(key, question, well=well)
        since = set() if well else since | {(key, question)}
    failed = {key for key, _ in since}
    assert breaker.closed(who) == (len(since) < FAILURES or (len(failed) == 1 and who not in failed))


def test_one_key_uses_up_no_retries_of_another():
    budget = Budget()
    while budget.take("ann"):
        pass
    assert budget.take("ben")


class Choking(FakeEngine):
    """Fails whenever it is asked for poison."""

    asked = 0

    async def stream(self, request):
        self.asked += 1
        if "poison" in (request.messages or [{"content": ""}])[-1]["content"]:
            raise RuntimeError("it chokes")
        async for piece in super().stream(request):
            yield piece


class Breaking(FakeEngine):
    """Breaks off in the middle of each answer."""

    async def stream(self, request):
        async for piece in super().stream(request):
            yield piece
            raise RuntimeError("gone")


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path)
    add_release(home, made_up(home, 1), fallback={"engine": "fake"})
    registry.promote(home, "desk@1", "mira", "first")
    return home


def ask(client, text, **more):
    return client.chat.completions.create(model="desk", messages=[{"role": "user", "content": text}], **more)


def test_whose_requests_make_the_engine_fail_is_answered_elsewhere_and_all_others_as_ever(home):
    ann, ben = (keys.create(home, "mira", "a")[1] for _ in range(2))
    engine = Choking()
    with running(home, engine) as gateway:
        theirs, ours = gateway.asking(ann), gateway.asking(ben)
        assert {ask(theirs, f"poison {number}").model for number in range(FAILURES)} == {"fallback"}
        before = engine.asked
        assert ask(theirs, "poison once more").model == "fallback"
        assert engine.asked == before, "the release is left alone by that key"
        assert ask(ours, "hello").model == "desk@1"


def test_answers_that_break_off_in_the_middle_are_failures_too(home):
    with running(home, Breaking()) as gateway:
        for question in QUESTIONS:
            with pytest.raises(openai.APIError):
                list(ask(gateway.client, question, stream=True))
        assert ask(gateway.client, "hello").model == "fallback"

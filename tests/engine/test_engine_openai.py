"""The engine at the other end of a wire, against a server in this process."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from endpoints import Reply, Served, endpoint, failed, said

from tunewright.core.errors import Fault
from tunewright.engine.endpoint import Endpoint, retry_after
from tunewright.engine.engine import Refused, Request, TooLong
from tunewright.engine.openai import OpenAiEngine

KEY = "sk-very-secret"
ASK = Request(messages=({"role": "user", "content": "how much?"},), new_tokens=20)


@contextmanager
def asking(answer: Callable[[int, dict[str, Any]], Reply], waits: list[float] | None = None, concurrency: int = 4,
           **fields: Any) -> Iterator[tuple[OpenAiEngine, Served]]:
    waits = [] if waits is None else waits
    with endpoint(answer) as served:
        engine = OpenAiEngine(Endpoint(url=served.url, model="m", **{"key": KEY, **fields}), concurrency, waits.append)
        try:
            yield engine, served
        finally:
            engine.close()


def test_an_answer_comes_with_its_counts_and_the_request_says_what_was_asked() -> None:
    request = Request(messages=({"role": "user", "content": "a"},), new_tokens=9, temperature=0.5, top_p=0.9, seed=3,
                      stop=("\n",))
    with asking(lambda _, __: said("forty", "length")) as (engine, served):
        [answer] = engine.generate([request])
    assert (answer.text, answer.tokens_in, answer.tokens_out, answer.finish) == ("forty", 7, 3, "length")
    [(path, headers, body)] = served.asked
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert body == {"model": "m", "messages": [{"role": "user", "content": "a"}], "max_tokens": 9, "temperature": 0.5,
                    "top_p": 0.9, "seed": 3, "stop": ["\n"]}


def test_raw_text_goes_to_its_own_address() -> None:
    with asking(lambda _, __: Reply(body=b'{"choices": [{"text": "x", "finish_reason": "stop"}]}')) as (engine, served):
        assert engine.generate([Request(prompt="once", new_tokens=2)])[0].text == "x"
    assert served.asked[0][0] == "/v1/completions" and served.asked[0][2]["prompt"] == "once"


def test_answers_keep_the_order_of_the_requests_and_no_more_than_the_allowed_are_asked_at_once() -> None:
    together = threading.Barrier(3)

    def answer(_: int, body: dict[str, Any]) -> Reply:
        together.wait(10)  # passes only if three are under way
        return said(body["messages"][0]["content"].upper())

    asks = [Request(messages=({"role": "user", "content": f"q{at}"},), new_tokens=1) for at in range(12)]
    with asking(answer, concurrency=3) as (engine, served):
        assert [one.text for one in engine.generate(asks)] == [f"Q{at}" for at in range(12)]
    assert served.most == 3


def test_a_passing_failure_is_asked_again_and_waits_as_long_as_the_server_says() -> None:
    waits: list[float] = []
    replies = [failed(429, retry_after="7"), failed(503), Reply(drop=True), said("at last")]
    with asking(lambda at, _: replies[at], waits) as (engine, _):
        assert engine.generate([ASK])[0].text == "at last"
    assert waits[0] == 7.0
    assert 0 <= waits[1] <= 1.0 and 0 <= waits[2] <= 2.0  # at most 0.5 s doubled with each try


def test_a_server_that_keeps_failing_is_told_in_one_sentence() -> None:
    waits: list[float] = []
    with (
        asking(lambda _, __: failed(500, "out of memory"), waits, retries=2) as (engine, served),
        pytest.raises(Fault, match=r"answered 500: out of memory 3 times: run the same command again"),
    ):
        engine.generate([ASK])
    assert len(served.asked) == 3 and len(waits) == 2


def test_nobody_waits_longer_than_a_minute() -> None:
    with (
        asking(lambda _, __: failed(429, retry_after="3600")) as (engine, _),
        pytest.raises(Fault, match=r"wants 3600 s of rest"),
    ):
        engine.generate([ASK])


def test_retry_after_reads_seconds_and_dates() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert retry_after("2") == 2.0
    assert 25 < (retry_after(soon) or 0) <= 30
    assert retry_after(format_datetime(datetime(2001, 1, 1, tzinfo=UTC))) == 0.0
    assert retry_after(None) is None and retry_after("soon") is None


@pytest.mark.parametrize(("status", "message", "kind", "words"), [
    (400, "bad seed", Refused, r"refuses the request \(400: bad seed\)"),
    (400, "context_length_exceeded", TooLong, "longer than m reads"),
    (401, "no", Fault, r"refuses the key \(401\)"),
    (404, "no model", Fault, "has no such address or model"),
])
def test_what_asking_again_would_not_mend_is_not_asked_again(status: int, message: str, kind: type[Fault],
                                                             words: str) -> None:
    with asking(lambda _, __: failed(status, message)) as (engine, served), pytest.raises(kind, match=words):
        engine.generate([ASK])
    assert len(served.asked) == 1


def test_the_key_is_in_no_fault_no_log_and_no_representation(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        asking(lambda _, __: failed(400, f"bad key {KEY}\x1b[31m")) as (engine, served),
        pytest.raises(Refused) as told,
    ):
        engine.generate([ASK])
    assert KEY not in str(told.value) and "\x1b" not in str(told.value)
    assert KEY not in repr(Endpoint(url=served.url, model="m", key=KEY))
    assert KEY not in caplog.text


def test_a_key_is_not_sent_unencrypted_to_another_machine() -> None:
    with pytest.raises(Fault, match="unencrypted"):
        Endpoint(url="http://api.example.com/v1", model="m", key=KEY)
    Endpoint(url="http://localhost:8000/v1", model="m", key=KEY)
    Endpoint(url="http://api.example.com/v1", model="m")


@pytest.mark.parametrize("url", ["ftp://x/v1", "api.example.com", "https://me:pass@x/v1", ""])
def test_an_address_that_is_none_is_a_fault_without_its_password(url: str) -> None:
    with pytest.raises(Fault, match="URL") as told:
        Endpoint(url=url, model="m")
    assert "pass" not in str(told.value).replace("password", "")


def test_a_redirect_does_not_carry_the_key_elsewhere() -> None:
    with (
        asking(lambda _, __: Reply(307, headers={"location": "http://127.0.0.1:1/steal"})) as (engine, served),
        pytest.raises(Fault, match="307"),
    ):
        engine.generate([ASK])
    assert len(served.asked) == 1


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"choices": []}', b'{"choices": [3]}'])
def test_an_answer_that_is_not_of_the_api_is_a_fault(body: bytes) -> None:
    with asking(lambda _, __: Reply(body=body)) as (engine, _), pytest.raises(Fault, match="endpoint"):
        engine.generate([ASK])


def test_an_answer_without_end_is_cut_off() -> None:
    with asking(lambda _, __: said("x" * (17 << 20))) as (engine, _), pytest.raises(Fault, match="more than 16 MB"):
        engine.generate([ASK])


def test_what_the_filter_held_back_is_refused_and_an_empty_answer_is_empty() -> None:
    with asking(lambda at, _: said(None, "content_filter" if at else "stop")) as (engine, _):
        assert engine.generate([ASK])[0].text == ""
        with pytest.raises(Refused, match="filter"):
            engine.generate([ASK])


def test_a_model_that_knows_the_limit_by_its_newer_name_is_asked_so_from_then_on() -> None:
    def answer(_: int, body: dict[str, Any]) -> Reply:
        return failed(400, "use 'max_completion_tokens' instead") if "max_tokens" in body else said("ok")

    with asking(answer) as (engine, served):
        assert [engine.generate([ASK])[0].text for _ in range(2)] == ["ok", "ok"]
    assert ["max_tokens" in body for _, _, body in served.asked] == [True, False, False]


def test_a_model_by_digest_is_not_at_an_endpoint(tmp_path: Any) -> None:
    with (
        asking(lambda _, __: said("x")) as (engine, _),
        pytest.raises(Refused, match="not at the endpoint"),
    ):
        engine.generate([Request(prompt="a", model="ab" * 32, new_tokens=1)])
        with pytest.raises(Fault, match="cannot be loaded"):
            engine.load("ab" * 32, tmp_path, True)
        assert engine.resident() == frozenset()


def test_a_stream_grows_to_the_same_answer() -> None:
    events = [{"choices": [{"delta": {"content": text}, "finish_reason": None}]} for text in ("for", "ty")]
    events += [{"choices": [{"delta": {}, "finish_reason": "length"}]},
               {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}]
    lines = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"

    async def read(engine: OpenAiEngine) -> list[Any]:
        return [piece async for piece in engine.stream(ASK)]

    with asking(lambda _, __: Reply(body=lines.encode(), headers={"content-type": "text/event-stream"})) as (engine, _):
        pieces = asyncio.run(read(engine))
    assert "".join(piece.text for piece in pieces) == "forty"
    assert [piece.finish for piece in pieces] == [None, None, "length"]
    assert (pieces[-1].tokens_in, pieces[-1].tokens_out) == (5, 2)

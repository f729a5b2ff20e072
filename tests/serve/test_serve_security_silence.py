"""What goes wrong is told by place and kind: nothing of what was asked, said or sent stands where nobody expects it."""

import asyncio
import contextlib
import gc
import io
import logging

import httpx
import pytest
from gateways import running
from upstreams import failed, serving

from tunewright.core.errors import Fault
from tunewright.engine import FakeEngine
from tunewright.engine.engine import Refused, Unavailable
from tunewright.engine.upstream import Names, Upstream
from tunewright.serve import keys
from tunewright.serve.log import wordless

MARK = "zebra"
TOOL = {"type": "function", "function": {"name": "zebra_tool", "parameters": {"type": "object"}}}
CALL = {"id": "1", "type": "function", "function": {"name": "zebra_tool", "arguments": '{"a": "zebra"}'}}


class Failing(FakeEngine):
    """Fails in the middle of its answer, and quotes the question when it does."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    async def stream(self, request):
        told = 0
        async for piece in super().stream(request):
            yield piece
            told += 1
            if told == 2 and request.messages and MARK in str(request.messages):
                raise self.kind(f"cannot answer {request.messages}")


def everything(home, engine, capfd, ask, **more):
    """All that was written while `ask` was called with a way to post: by place, but for the client's own answers."""
    log = io.StringIO()
    _, key = keys.create(home, "mira", "test")
    with running(home, engine, log=log, **more) as gateway:
        def post(path, body, **how):
            return httpx.post(f"{gateway.url}/v1/{path}", headers={"authorization": f"Bearer {key}"}, timeout=10,
                              **({"json": body} if isinstance(body, dict) else {"content": body}), **how)

        ask(post)
        figures = httpx.get(f"{gateway.url}/metrics", headers={"authorization": f"Bearer {key}"}).text
    gc.collect()  # what nobody waited for tells of itself when it is collected
    files = {str(path): path.read_bytes().decode(errors="replace") for path in home.path.rglob("*") if path.is_file()}
    return {"log": log.getvalue(), "terminal": "".join(gateway.said), "metrics": figures, "printed": "".join(
        capfd.readouterr()), **files}, key


def asked(**more):
    return {"model": "desk", "user": "user-1", "tools": [TOOL], "messages": [
        {"role": "user", "content": "zebra-prompt"}, {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "1", "content": "zebra-result"}], **more}


@pytest.mark.parametrize("kind", [RuntimeError, Fault, Refused, Unavailable, ValueError, KeyError])
def test_a_failure_that_quotes_the_question_is_told_to_nobody_else(home, capfd, kind):
    def ask(post):
        for more in ({}, {"stream": True}, {"n": 2}, {"n": 2, "stream": True}):
            assert post("chat/completions", asked(**more)).status_code in (200, 400, 500, 503)

    told, _ = everything(home, Failing(kind), capfd, ask)
    assert [where for where, text in told.items() if MARK in text] == []
    assert "error" in told["log"] or "refused" in told["log"]


def test_a_server_behind_that_quotes_the_question_is_told_to_nobody_else(home, capfd):
    with serving() as server:
        server.answers = [failed(status, "zebra-prompt is no good") for status in (400, 413, 422, 500)]

        def ask(post):
            for _ in range(4):
                assert post("chat/completions", asked()).status_code in (400, 500, 503)

        told, _ = everything(home, Upstream(server.url, Names(model="{digest}", base=None)), capfd, ask)
    assert [where for where, text in told.items() if MARK in text] == []


def test_what_is_refused_is_not_told(home, capfd):
    bad = [b"zebra", b'{"zebra": zebra}', {"model": "zebra"}, {"model": "zebra", "messages": []}, asked(top_p="zebra"),
           asked(stop=["zebra"] * 9), asked(logit_bias={"zebra": 9000}), asked(messages=[{"role": "zebra"}]),
           asked(response_format={"type": "json_schema", "json_schema": {"schema": {"type": "zebra"}}}),
           asked(messages="zebra"), asked(model="desk@zebra"), {"id": "zebra", "comment": "zebra"}]

    def ask(post):
        for body in bad:
            for path in ("chat/completions", "completions", "feedback", "zebra"):
                assert 400 <= post(path, body).status_code < 500

    told, key = everything(home, FakeEngine(), capfd, ask)
    assert [where for where, text in told.items() if MARK in text or key.split("-", 2)[2] in text] == []
    assert told["log"].count('"status": 4') == 4 * len(bad)


def test_an_answer_that_breaks_its_schema_is_not_quoted(home):
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"properties": {"who": {"enum": ["b"]}}}}}
    with running(home, FakeEngine(answers=['{"who": "zebra"}'])) as gateway:
        body = {"model": "desk", "messages": [{"role": "user", "content": "a"}], "response_format": form}
        answer = httpx.post(f"{gateway.url}/v1/chat/completions", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "schema_not_met")
    assert MARK not in answer.text
    assert "#/properties/who/enum" in answer.text


def test_a_client_that_goes_away_from_an_engine_that_fails_to_stop_is_told_by_place(home, capfd):
    class Stubborn(FakeEngine):
        async def stream(self, request):
            try:
                async for piece in super().stream(request):
                    yield piece
                    await asyncio.sleep(0.02)
            finally:
                raise RuntimeError(f"cannot stop {request.messages}")

    def ask(post):
        with contextlib.suppress(httpx.ReadTimeout):
            httpx.post(str(post("chat/completions", {}).url), json=asked(), timeout=0.05)

    told, _ = everything(home, Stubborn(), capfd, ask)
    assert [where for where, text in told.items() if MARK in text] == []


def test_what_libraries_log_is_told_by_place_and_once(capfd):
    said = []

    async def forgotten():
        raise RuntimeError("zebra-prompt")

    async def play():
        for _ in range(3):
            task = asyncio.create_task(forgotten())
            await asyncio.sleep(0)
            del task
        gc.collect()

    with wordless(lambda stage, text: said.append((stage, text))):
        asyncio.run(play())
        for number in range(3):
            logging.getLogger("a_library").warning("Expected boundary, got %s", f"zebra{number}")
        logging.getLogger("aiohttp").info("zebra")
    assert len(said) == 2
    assert all(stage == "log" and MARK not in text for stage, text in said)
    assert "asyncio logs errors (RuntimeError at test_serve_security_silence.py:" in said[0][1]
    assert MARK not in "".join(capfd.readouterr())

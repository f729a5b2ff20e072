"""Adapters by digest on every vLLM server, whatever becomes of a server; tried on doubles with vLLM's own faults."""

import asyncio
import socket
import sys
import threading
import time
from contextlib import contextmanager

import httpx
import pytest
import uvicorn

from tunewright.core.errors import Fault
from tunewright.engine import Request, Unavailable
from tunewright.engine.vllm import Servers, VllmEngine, double
from tunewright.engine.vllm.double import Double

pytest.importorskip("httptools")


RUNNER = asyncio.Runner()  # connections belong to one loop


async def _closed(made):
    await made.close()


class Running:
    """A double on a port, which can be stopped and started again there with nothing in its memory."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.start()

    def start(self):
        self.double = Double()
        self._server = uvicorn.Server(uvicorn.Config(self.double.app(), port=self.port, log_level="critical"))
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        until(lambda: self._server.started)

    def stop(self):
        self._server.should_exit = True
        self._thread.join()


def until(true, seconds=20):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it never came to be"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _allowed(monkeypatch):
    monkeypatch.setenv(double.ALLOW, "1")


@pytest.fixture
def doubles():
    made = [Running(), Running()]
    yield made
    for one in made:
        one.stop()


def adapter(tmp_path, word):
    folder = tmp_path / word
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_text(word)
    return folder


@contextmanager
def engine(doubles, tmp_path, **more):
    made = VllmEngine([one.url for one in doubles], tmp_path / "adapters", watch=0.05, **more)
    try:
        yield made
    finally:
        RUNNER.run(_closed(made))


def ask(engine, model, text="hello"):
    async def whole():
        request = Request(messages=({"role": "user", "content": text},), model=model, new_tokens=4)
        return "".join([piece.text async for piece in engine.stream(request)])

    return RUNNER.run(whole())


A, B = "a" * 64, "b" * 64


def test_every_server_holds_what_was_loaded_and_answers_with_its_bytes(doubles, tmp_path):
    folder = adapter(tmp_path, "one")
    with engine(doubles, tmp_path) as made:
        made.load(A, folder, adapter=True)
        made.load(A, folder, adapter=True)
        assert [set(one.double.adapters) for one in doubles] == [{A}, {A}]
        assert ask(made, A) == "".join(double.words(double.content(folder))[:4])
        assert made.resident() == {A}


def test_two_versions_side_by_side_never_answer_for_each_other(doubles, tmp_path):
    folders = {A: adapter(tmp_path, "one"), B: adapter(tmp_path, "two")}
    with engine(doubles, tmp_path) as made:
        for digest, folder in folders.items():
            made.load(digest, folder, adapter=True)
        for _ in range(3):
            for digest, folder in folders.items():
                assert ask(made, digest) == "".join(double.words(double.content(folder))[:4])


def test_a_server_that_was_started_again_gets_its_adapters_back(doubles, tmp_path):
    with engine(doubles, tmp_path) as made:
        made.load(A, adapter(tmp_path, "one"), adapter=True)
        doubles[0].stop()
        assert ask(made, A)
        doubles[0].start()
        until(lambda: A in doubles[0].double.adapters)


def test_a_request_goes_to_another_server_if_one_fails_before_its_first_word(doubles, tmp_path):
    said = []
    with engine(doubles, tmp_path, say=lambda _stage, text: said.append(text)) as made:
        made.load(A, adapter(tmp_path, "one"), adapter=True)
        doubles[0].stop()
        assert all(ask(made, A) for _ in range(4))
        until(lambda: any("does not say what it holds" in text for text in said))
        doubles[0].start()
        until(lambda: any("is right again" in text for text in said))


def test_what_nobody_wants_is_unloaded_and_what_others_named_is_left(doubles, tmp_path):
    folder = adapter(tmp_path, "one")
    for name in (B, "somebody-elses"):
        httpx.post(f"{doubles[1].url}/load_lora_adapter", json={"lora_name": name, "lora_path": str(folder)})
    with engine(doubles, tmp_path) as made:
        until(lambda: set(doubles[1].double.adapters) == {"somebody-elses"})
        made.load(A, folder, adapter=True)
        made.unload(A)
        assert [set(one.double.adapters) for one in doubles] == [set(), {"somebody-elses"}]
        assert not (tmp_path / "adapters" / A).exists()
        with pytest.raises(Unavailable, match="no vLLM server holds"):
            ask(made, A)


def test_a_whole_answer_comes_from_the_next_server_if_the_first_is_gone(doubles, tmp_path):
    folder = adapter(tmp_path, "one")
    request = Request(messages=({"role": "user", "content": "hello"},), model=A, new_tokens=4)
    with engine(doubles, tmp_path) as made:
        made.load(A, folder, adapter=True)
        expected = "".join(double.words(double.content(folder))[:4])
        assert RUNNER.run(made.answer(request)).text == expected
        made._stop.set()  # nobody looks any more: both servers are taken for well
        made._watcher.join()
        doubles[0].stop()
        try:
            answers = [RUNNER.run(made.answer(request)).text for _ in range(3)]
        finally:
            doubles[0].start()
        assert answers == [expected] * 3


def test_the_base_is_asked_by_the_name_it_has_there(doubles, tmp_path):
    with engine(doubles, tmp_path) as made:
        assert ask(made, None)


def test_without_any_server_a_load_says_what_is_wrong(doubles, tmp_path):
    for one in doubles:
        one.stop()
    with engine(doubles, tmp_path) as made, pytest.raises(Fault, match=r"no vLLM server holds adapter.*does not say"):
        made.load(A, adapter(tmp_path, "one"), adapter=True)
    for one in doubles:
        one.start()


def test_a_server_that_takes_no_adapters_is_told_how_to_be_started(tmp_path, monkeypatch):
    monkeypatch.delenv(double.ALLOW)
    one = Running()
    try:
        with engine([one], tmp_path) as made, pytest.raises(Fault, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING"):
            made.load(A, adapter(tmp_path, "one"), adapter=True)
    finally:
        one.stop()


def test_a_whole_model_is_refused_with_another_way(doubles, tmp_path):
    with engine(doubles, tmp_path) as made, pytest.raises(Fault, match=r"whole model.*serve\.upstream"):
        made.load(A, adapter(tmp_path, "one"), adapter=False)


def test_the_double_has_vllms_faults(doubles, tmp_path):
    """Why names are digests and nothing is loaded in place."""
    old, new = adapter(tmp_path, "old"), adapter(tmp_path, "new")
    url = doubles[0].url

    def load(folder, **more):
        return httpx.post(f"{url}/load_lora_adapter", json={"lora_name": "desk", "lora_path": str(folder), **more})

    def said():
        asked = {"model": "desk", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 1}
        return httpx.post(f"{url}/chat/completions", json=asked).json()["choices"][0]["message"]["content"]

    assert load(old).status_code == 200
    first = said()
    assert load(new).status_code == 400
    assert load(new, load_inplace=True).status_code == 200
    assert said() == first, "a prefix that the old bytes made answers for the new ones"
    assert httpx.post(f"{url}/unload_lora_adapter", json={"lora_name": "desk"}).status_code == 200
    assert httpx.post(f"{url}/unload_lora_adapter", json={"lora_name": "desk"}).status_code == 404
    assert load(new).status_code == 200
    assert said() == first, "unloading forgets the name and keeps its prefixes"


def test_our_own_servers_are_waited_for_and_started_again(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    servers = Servers(lambda port: [sys.executable, "-m", "tunewright.engine.vllm.double", "--port", str(port)], [port])
    try:
        servers.wait(60)
        made = VllmEngine(servers.urls, tmp_path / "adapters", watch=0.05, servers=servers)
        try:
            made.load(A, adapter(tmp_path, "one"), adapter=True)
            servers._servers[0].process.kill()
            until(lambda: _answers(made), 60)
        finally:
            RUNNER.run(_closed(made))
    finally:
        servers.close()


def _answers(made):
    try:
        return ask(made, A)
    except Unavailable:
        return False


def test_a_server_that_ends_while_it_starts_is_a_fault():
    servers = Servers(lambda _port: [sys.executable, "-c", "raise SystemExit(3)"], [1])
    with pytest.raises(Fault, match="ended while it started"):
        servers.wait(30)


def test_a_command_that_is_not_there_is_a_fault():
    with pytest.raises(Fault, match=r"cannot be started.*pip install vllm"):
        Servers(lambda _port: ["no-such-vllm"], [1])

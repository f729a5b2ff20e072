"""The gateway as a process of its own."""

import signal
import socket
import subprocess
import sys
import threading

import httpx
import pytest
from gateways import add_release, made_up, until

from tunewright import registry
from tunewright.base import find
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.recipe import BaseSpec
from tunewright.serve.run import listen, serve

CODE = """
import sys
from pathlib import Path
from tunewright.core.home import Home
from tunewright.engine import KINDS, FakeEngine
from tunewright.serve.run import listen, serve
KINDS["fake"] = lambda base, batch, device: FakeEngine(delay=0.1)
serve(Home(Path(sys.argv[1])), listen("127.0.0.1", 0), by="mira",
      say=lambda stage, text: print(stage, text, flush=True))
"""


@pytest.fixture
def on_tiny(tmp_path):
    """A home whose live release stands on the base that its recipe names."""
    home = Home(tmp_path)
    add_release(home, made_up(home, 1), base=find(BaseSpec(name="tiny"), tmp_path).digest)
    registry.promote(home, "desk@1", "mira", "first")
    return home


@pytest.fixture
def listening():
    with listen("127.0.0.1", 0) as listening:
        yield listening


def test_sigterm_lets_answers_in_progress_finish_and_anchors_the_audit(on_tiny):
    home = on_tiny
    with subprocess.Popen([sys.executable, "-c", CODE, str(home.path)], stdout=subprocess.PIPE, text=True) as process:
        said = []
        reader = threading.Thread(target=lambda: said.extend(iter(process.stdout.readline, "")))
        reader.start()
        until(lambda: any(line.startswith("ready desk at http://127.0.0.1:") for line in said), 20)
        url = next(line for line in said if line.startswith("ready")).split()[-1]
        body = {"model": "desk", "prompt": "a", "stream": True}
        with httpx.stream("POST", f"{url}/completions", json=body) as answer:
            events = answer.iter_lines()
            next(events)
            process.send_signal(signal.SIGTERM)
            assert list(events)[-2] == "data: [DONE]"
        assert process.wait(10) == 0
        reader.join()
    assert said[-1].startswith("serve stopped")
    assert [entry.data["lines"] for entry in home.ledger.entries(action="audit")] == [1]


def test_a_port_in_use_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Fault, match=r"Address already in use.*--port"):
            listen("127.0.0.1", taken.getsockname()[1])


def test_an_address_that_is_not_ours_is_one_sentence():
    for host in ("203.0.113.1", "no.such.host.invalid"):
        with pytest.raises(Fault, match="cannot listen on"):
            listen(host, 8000)


def test_nothing_to_serve_is_one_sentence(tmp_path, on_tiny, listening):
    (tmp_path / "empty").mkdir()
    with pytest.raises(Fault, match="no release to serve"):
        serve(Home(tmp_path / "empty"), listening)
    with pytest.raises(Fault, match="did you mean desk"):
        serve(on_tiny, listening, ["dusk"])


def test_a_base_that_is_no_longer_the_one_trained_on_is_refused(home, listening):
    with pytest.raises(Fault, match="trained on bbbbbb"):
        serve(home, listening)


def test_names_on_different_bases_need_two_gateways(home, listening):
    add_release(home, made_up(home, 5), name="other", base="c" * 64)
    with pytest.raises(Fault, match="two gateways"):
        serve(home, listening)


def test_names_whose_trail_is_kept_for_different_times_need_two_gateways(home, listening):
    add_release(home, made_up(home, 9), name="shop", policy={"retention": "6m"})
    with pytest.raises(Fault, match=r"desk keeps its audit trail for good and shop for 6m.*two gateways"):
        serve(home, listening)


def test_beyond_this_machine_only_a_gateway_with_keys_listens(on_tiny):
    with listen("0.0.0.0", 0) as anywhere, pytest.raises(Fault, match=r"could ask this gateway.*--without-keys"):
        serve(on_tiny, anywhere)


def test_an_upstream_without_its_key_is_one_sentence(tmp_path, listening):
    home = Home(tmp_path)
    upstream = {"url": "http://127.0.0.1:1/v1", "key": "NO_SUCH_KEY"}
    add_release(home, made_up(home, 1), engine="openai", upstream=upstream)
    with pytest.raises(Fault, match="the environment has no NO_SUCH_KEY"):
        serve(home, listening)

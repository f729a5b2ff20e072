"""Whatever ends the gateway, the supervisor starts it again on the port that it holds; unless that was asked for."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from gateways import add_release, made_up, until

from tunewright import registry
from tunewright.base import find
from tunewright.core.command import command
from tunewright.core.home import Home
from tunewright.recipe import BaseSpec
from tunewright.serve import audit
from tunewright.serve.supervisor import apart

CODE = """
import os, signal, sys, time
from tunewright.core.errors import Fault
from tunewright.serve.supervisor import Supervisor
def run(ready):
    {body}
try:
    code = Supervisor(run, lambda stage, text: print(stage, text, flush=True), pause=0.001).run()
except Fault as fault:
    print(fault)
    code = 2
sys.exit(code)
"""


def supervised(body):
    return subprocess.run([sys.executable, "-c", CODE.format(body="; ".join(body))], capture_output=True, text=True,
                          check=False, timeout=30)


@contextmanager
def started(*words):
    """A process, and the lines that it has said so far."""
    said = []
    with subprocess.Popen(list(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        reader = threading.Thread(target=lambda: said.extend(iter(process.stdout.readline, "")))
        reader.start()
        try:
            yield process, said
        finally:
            process.kill()
            reader.join()


@contextmanager
def serving(home):
    """`tunewright serve` on a free port: the supervisor, its lines, the gateway's URL."""
    with started(*command("serve", "--engine", "fake", "--port", "0", "--home", str(home.path))) as (process, said):
        until(lambda: any(line.startswith("ready") for line in said), 30)
        yield process, said, next(line for line in said if line.startswith("ready")).split()[-1]


@pytest.fixture
def served(tmp_path):
    home = Home(tmp_path)
    add_release(home, made_up(home, 1), base=find(BaseSpec(name="tiny"), tmp_path).digest)
    registry.promote(home, "desk@1", "mira", "first")
    return home


def children(pid):
    """Where Linux tells a process's children."""
    return Path(f"/proc/{pid}/task/{pid}/children")


def child(process):
    """The process id of the gateway."""
    return int(children(process.pid).read_text().split()[0])


def ask(url):
    answer = httpx.post(f"{url}/completions", json={"model": "desk", "prompt": "a"}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


needs_proc = pytest.mark.skipif(not children(os.getpid()).exists(), reason="no /proc that tells a process's children")


@needs_proc
def test_a_gateway_that_is_killed_is_back_on_its_port_and_nobody_is_refused(served):
    with serving(served) as (process, said, url):
        ids = [ask(url)]
        for _ in range(2):
            os.kill(child(process), signal.SIGKILL)
            ids.append(ask(url))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert [line for line in said if "killed by SIGKILL: it is started again" in line] == [
        line for line in said if "ended" in line]
    assert [record["id"] for record in audit.records(served)] == ids
    assert list(audit.verify(served)) == []


@needs_proc
def test_a_gateway_stops_when_its_supervisor_is_killed(served):
    with serving(served) as (process, said, url):
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: any(line.startswith("serve     stopped") for line in said), 20)
        with pytest.raises(httpx.ConnectError):
            ask(url)


def test_a_fault_before_it_is_ready_is_told_once_and_ends_it(tmp_path):
    with started(*command("serve", "--port", "0", "--home", str(tmp_path))) as (process, said):
        assert process.wait(30) == 2
    assert len(said) == 1
    assert said[0].startswith("tunewright: there is no release to serve")


def test_a_gateway_that_ends_again_and_again_is_left_alone():
    done = supervised(["ready()", "os.kill(os.getpid(), signal.SIGKILL)"])
    assert done.returncode == 2
    assert done.stdout.count("it is started again") == 9
    assert done.stdout.splitlines()[-1].startswith("the gateway ended 10 times in a row, at last killed by SIGKILL")


def test_what_ends_by_itself_in_good_order_was_meant_to():
    done = supervised(["ready()", "return 0"])
    assert (done.returncode, done.stdout) == (0, "")


def test_what_a_gateway_that_was_never_ready_ends_with_is_the_end():
    assert supervised(["return 3"]).returncode == 3
    assert supervised(["os.kill(os.getpid(), signal.SIGTERM)"]).returncode == 128 + signal.SIGTERM


def test_a_signal_between_two_lives_ends_it():
    code = CODE.replace("pause=0.001", "pause=60").format(body="ready(); return 1")
    with started(sys.executable, "-c", code) as (process, said):
        until(lambda: len(said) == 4, 20)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_what_is_called_apart_leaves_nothing_behind():
    threads = threading.active_count()
    assert apart(lambda: threading.Timer(0, lambda: None).start() or str(os.getpid())) != str(os.getpid())
    assert threading.active_count() == threads


def test_what_fails_apart_is_nothing(capfd):
    assert apart(lambda: {}["a"]) is None
    assert capfd.readouterr() == ("", "")

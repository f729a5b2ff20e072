"""What is started bound lives as long as its starter, and no longer."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tunewright.core.bound import bound

STARTER = """
import subprocess, sys, time
from tunewright.core.bound import bound
started = subprocess.Popen(bound([sys.executable, "-c", {command!r}]), stdin=subprocess.PIPE, start_new_session=True)
time.sleep(60)
"""
COMMAND = """
import os, subprocess, sys, time
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(os.getpid(), other.pid, flush=True)
time.sleep(60)
"""


def start(code):
    return subprocess.Popen(bound([sys.executable, "-c", code]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            text=True, start_new_session=True)


def gone(pid):
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(("code", "ends"), [
    ("raise SystemExit(0)", 0), ("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)])
def test_how_it_ends_is_told(code, ends):
    with start(code) as process:
        assert process.wait(20) == ends


def test_a_signal_for_its_group_is_for_the_command():
    code = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(5)); print(1, flush=True); time.sleep(60)"
    with start(code) as process:
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(20) == 5


def test_it_ends_with_all_that_it_started_when_its_starter_is_killed():
    with subprocess.Popen([sys.executable, "-c", STARTER.format(command=COMMAND)], stdout=subprocess.PIPE,
                          text=True) as starter:
        started = [int(pid) for pid in starter.stdout.readline().split()]
        starter.kill()
        assert all(gone(pid) for pid in started)

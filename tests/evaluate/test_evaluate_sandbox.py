"""The sandbox: harmless code runs, hostile code harms nobody."""

import os
import time
from pathlib import Path

import pytest

from tunewright.core.errors import Fault
from tunewright.evaluate.sandbox import Ended, Limits, run

QUICK = Limits(seconds=20)


@pytest.fixture(scope="module", autouse=True)
def _walls() -> None:
    try:
        run("pass", QUICK)
    except Fault as fault:
        pytest.skip(f"skipped: {fault}")


def test_code_runs_with_the_standard_library_and_a_folder_to_write_in() -> None:
    code = "import json, pathlib\npathlib.Path('a').write_text('x')\nprint(json.dumps(pathlib.Path('a').read_text()))"
    assert run(code, QUICK) == Ended("done", '"x"\n')


def test_code_that_raises_has_failed_and_says_why() -> None:
    ended = run("assert 1 == 2, 'wrong'", QUICK)
    assert ended.how == "failed"
    assert "wrong" in ended.output


def test_nothing_of_one_run_is_there_in_the_next() -> None:
    run("open('left', 'w').write('x')", QUICK)
    assert run("import os; print(os.listdir('.'))", QUICK).output == "[]\n"


def test_code_that_sleeps_or_spins_is_ended_when_its_time_is_over() -> None:
    for code in ("import time\nwhile True: time.sleep(1)", "while True: pass"):
        started = time.monotonic()
        assert run(code, Limits(seconds=1)).how == "time"
        assert time.monotonic() - started < 15


def test_what_it_writes_is_cut() -> None:
    ended = run("while True: print('x' * 1000)", Limits(seconds=20, output=5000))
    assert ended.how == "output"
    assert len(ended.output) == 5000


# Each tries something, and prints SIGN if it could.
HOSTILE = {
    "fork bomb": "import os\nwhile True:\n    os.fork()",
    "threads without end": "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,)).start()",
    "fill memory": "held = bytearray(1 << 34)\nprint(SIGN)",
    "fill memory by small steps": "held = []\nwhile True: held.append(bytearray(1 << 20))",
    "fill memory through files in memory": "import os\nos.memfd_create('x')\nprint(SIGN)",
    "fill the disk with one file": "with open('x', 'wb') as file:\n    while True: file.write(bytes(1 << 20))",
    "fill the disk with many files":
        "for at in range(100): open(str(at), 'wb').write(bytes(1 << 20))\nprint(SIGN)",
    "use up all inodes": "for at in range(100_000): open(str(at), 'w').close()\nprint(SIGN)",
    "connect by TCP": "import socket\nsocket.create_connection(('1.1.1.1', 53), 3)\nprint(SIGN)",
    "send by UDP": "import socket\nsocket.socket(2, 2).sendto(b'x', ('8.8.8.8', 53))\nprint(SIGN)",
    "reach this machine": "import socket\nsocket.create_connection(('127.0.0.1', PORT), 3)\nprint(SIGN)",
    "read the home folder": "import os\nprint(os.listdir(HOME))\nprint(open(SECRET).read())",
    "read what users there are": "print(open('/etc/passwd').read(), SIGN)",
    "look at other processes": "import os\nprint(os.listdir('/proc'), SIGN)",
    "read the environment": "import os\nif set(os.environ) > {'HOME', 'PATH', 'LC_CTYPE'}: print(SIGN)",
    "kill the parent": "import os\nos.kill(PARENT, 9)\nprint(SIGN)",
    "kill everybody": "import os, signal\nsignal.signal(15, signal.SIG_IGN)\nos.kill(-1, 9)\nos.kill(0, 15)",
    "become root": "import os\nos.setuid(0)\nprint(SIGN)",
    "make a world of its own": "import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == 0\nprint(SIGN)",
    "write into the interpreter": "import os\nopen(os.__file__, 'a').write('x')\nprint(SIGN)",
    "leave a process behind": "import os, time\nif os.fork(): os._exit(0)\nos.setsid()\ntime.sleep(60)",
    "read past the root": "import os\nos.chroot('/')\nprint(SIGN)",
    "start a shell for another user": "import subprocess\nsubprocess.run(['/usr/bin/su', '-c', 'echo ' + SIGN])",
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_code_is_contained(attack: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("ESCAPED")
    secret.chmod(0o644)
    names = {"HOME": str(Path.home()), "SECRET": str(secret), "PARENT": os.getpid(), "PORT": 22}
    told = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    code = f"{told}SIGN = 'ESC' + 'APED'\n{HOSTILE[attack]}"
    started = time.monotonic()
    ended = run(code, Limits(seconds=3))
    assert "ESCAPED" not in ended.output
    assert time.monotonic() - started < 20
    assert run("print('alive')", QUICK) == Ended("done", "alive\n")


def test_nothing_is_left_running() -> None:
    before = _running()
    run("import os, time\nfor _ in range(5):\n    if not os.fork(): time.sleep(300)\ntime.sleep(300)",
        Limits(seconds=2))
    until = time.monotonic() + 10
    while _running() > before and time.monotonic() < until:
        time.sleep(0.1)
    assert _running() <= before


def _running() -> int:
    """Processes that run a cell's program."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += b"/program.py" in path.read_bytes()
        except OSError:
            continue
    return found

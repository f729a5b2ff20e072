"""A command that does not outlive who started it, whatever ends that: `python -m tunewright.core.bound COMMAND`.

Its standard input is a pipe that the starter holds and never writes to. When the pipe ends, the command and all that it
started in its group are killed. To be started as the leader of a group of its own (`start_new_session`).
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from threading import Thread


def bound(command: Sequence[str]) -> list[str]:
    """The arguments of a process that runs `command` for as long as there is somebody to run it for."""
    return [sys.executable, "-P", "-m", "tunewright.core.bound", *command]


def _follow() -> None:
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def _main(command: Sequence[str]) -> int:
    """Run it; its exit code. Signals are for the command, which is of the same group."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        Thread(target=_follow, daemon=True).start()
        code = process.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    os._exit(_main(sys.argv[1:]))  # the thread that reads would hold an orderly end up

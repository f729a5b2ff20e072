"""Run code that nobody has read: in a process of its own without network, files, privileges or much of anything.

What contains it is Linux's (namespaces, a root of its own, limits, a filter of system calls; see `cell.py`). Where a
wall cannot be built the code is not run.
"""

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tunewright.core.errors import Fault
from tunewright.evaluate.cell import NO_WALLS

Ending = Literal["done", "failed", "time", "output"]
_CELL = Path(__file__).with_name("cell.py")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the code may take. `seconds` by the clock and, rounded up, of computing; the others in bytes.

    `memory` is each process's, `disk` is of all files together and lies in memory too.
    """

    seconds: float = 5.0
    memory: int = 256 << 20
    disk: int = 16 << 20
    processes: int = 8
    output: int = 64 << 10


@dataclass(frozen=True)
class Ended:
    """How the code ended (`failed`: with another exit code than 0, or killed) and what it wrote, cut at the limit."""

    how: Ending
    output: str


def run(code: str, limits: Limits | None = None) -> Ended:
    """Run Python code, which sees the standard library and an empty folder.

    Raises Fault where there is no sandbox: not on Linux, or where namespaces are forbidden.
    """
    if sys.platform != "linux":
        raise Fault("code is only run in a sandbox, which needs Linux: leave out scorer `pass` here.")
    limits = limits or Limits()
    with tempfile.TemporaryDirectory(prefix="tunewright-cell-") as folder:
        process = subprocess.Popen(
            [os.path.realpath(sys.executable), "-I", "-S", str(_CELL), folder, sys.base_prefix,
             str(int(limits.seconds) + 1), str(limits.memory), str(limits.disk), str(limits.processes)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            env={}, cwd="/")
        try:
            output, how = _watch(process, code.encode("utf-8", "replace"), limits)
        finally:
            _end(process)
    if process.returncode == NO_WALLS:
        raise Fault(f"no sandbox can be built here ({output.strip()[-200:]}), so code is not run: allow user "
                    "namespaces, or leave out scorer `pass`.")
    return Ended(how or ("done" if process.returncode == 0 else "failed"), output)


def _watch(process: "subprocess.Popen[bytes]", code: bytes, limits: Limits) -> tuple[str, Ending | None]:
    """Hand over the code, and read until it ends, or until time or room for output is over."""
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(code)
        process.stdin.close()
    except BrokenPipeError:  # it ended before it read anything; its exit code says why
        pass
    output, until = b"", time.monotonic() + limits.seconds
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := until - time.monotonic()) > 0:
            if not selector.select(left):
                break
            more = os.read(process.stdout.fileno(), 1 << 16)
            if not more:
                process.wait(max(until - time.monotonic(), 0.1))
                return output.decode("utf-8", "replace"), None
            output += more
            if len(output) > limits.output:
                return output[:limits.output].decode("utf-8", "replace"), "output"
    return output.decode("utf-8", "replace"), "time"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill what still runs: with the cell's first process all others in it end."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()

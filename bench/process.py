"""What a process uses of the machine, and which part of the machine it uses. Linux tells."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def memory(pid: int) -> float:
    """Resident memory of a process, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def computing(pid: int) -> float:
    """Seconds of computing that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def apart(ends: list[int], middle: list[int]) -> Iterator[None]:
    """Inside this block the processes `ends` share one core, and `middle` has another, with all threads of theirs."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else set()
    if len(cores) < 2:
        yield
        return
    first, second = sorted(cores)[:2]
    _keep(ends, {first})
    _keep(middle, {second})
    try:
        yield
    finally:
        _keep([*ends, *middle], cores)


def _keep(pids: list[int], cores: set[int]) -> None:
    for thread in (thread for pid in pids for thread in Path(f"/proc/{pid}/task").iterdir()):
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            os.sched_setaffinity(int(thread.name), cores)

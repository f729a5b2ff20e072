"""vLLM servers that are ours: started, waited for, started again when they end, and ended with us."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from tunewright.core.bound import bound
from tunewright.core.errors import Fault
from tunewright.core.run import Say, silent

_PATIENCE = 30.0  # seconds a server has to end
_LONGEST = 60.0  # seconds between two tries to start one that ends again and again


@dataclass
class _Server:
    port: int
    process: subprocess.Popen[bytes] | None = None
    again: float = 0.0
    tries: int = field(default=0)


class Servers:
    """One server for each port, run as `command(port)`. They listen on this machine only."""

    def __init__(self, command: Callable[[int], Sequence[str]], ports: Sequence[int], *,
                 environment: Mapping[str, str] | None = None, say: Say = silent) -> None:
        """Raises Fault if the command is not there."""
        self._command = command
        self._environment = {**os.environ, "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1", **(environment or {})}
        self._say = say
        self._servers = [_Server(port) for port in ports]
        for server in self._servers:
            self._start(server)

    @property
    def urls(self) -> list[str]:
        """Where their APIs begin."""
        return [f"http://127.0.0.1:{server.port}/v1" for server in self._servers]

    def wait(self, seconds: float) -> None:
        """Until each says that it is well. Raises Fault if one ends, or does not in time."""
        ends = time.monotonic() + seconds
        for server in self._servers:
            while not _well(server.port):
                process = server.process
                if process is None or process.poll() is not None:
                    self.close()
                    raise Fault(f"the vLLM server on port {server.port} ended while it started: run "
                                f"`{' '.join(self._command(server.port))}` by hand to see why.")
                if time.monotonic() > ends:
                    self.close()
                    raise Fault(f"the vLLM server on port {server.port} was not ready after {seconds:.0f} s: give "
                                "`serve.vllm.start` more seconds.")
                time.sleep(0.1)

    def mend(self) -> None:
        """Start again what has ended, at once the first time, then after longer and longer waits."""
        for server in self._servers:
            if server.process is not None and server.process.poll() is not None:
                self._say("vllm", f"the server on port {server.port} ended ({server.process.returncode}) and is "
                                  "started again")
                _let_go(server.process)
                server.process = None
                server.again = time.monotonic() + min(_LONGEST, 2.0**server.tries - 1)
                server.tries += 1
            if server.process is None and time.monotonic() >= server.again:
                self._start(server)

    def close(self) -> None:
        """End them all, gently first."""
        started = [server.process for server in self._servers if server.process]
        for process in started:
            if process.poll() is None:
                _signal(process, signal.SIGTERM)
        for process in started:
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
            _let_go(process)

    def _start(self, server: _Server) -> None:
        command = list(self._command(server.port))
        if shutil.which(command[0]) is None:
            raise Fault(f"`{command[0]}` cannot be started (no such program): pip install vllm, or say another command "
                        "in `serve.vllm.command`.")
        # A group of its own: vLLM starts workers, which must end with it.
        server.process = subprocess.Popen(bound(command), env=self._environment, stdin=subprocess.PIPE,
                                          start_new_session=True)


def _well(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=2.0).status_code == 200
    except httpx.HTTPError:
        return False


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe by which a server knows that we are there."""
    assert process.stdin
    process.stdin.close()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)

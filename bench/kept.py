"""Processes that are killed and come back: by whoever would start them again in production."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Kept:
    """A process that is started again whenever it ends, until `stop`."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        self._command, self._env, self._log = command, env, log
        self._stopping = threading.Event()
        self._process = self._start()
        self._thread = threading.Thread(target=self._keep)
        self._thread.start()

    def kill(self) -> None:
        """As nothing can be prepared for."""
        self._process.send_signal(signal.SIGKILL)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it, for good."""
        self._stopping.set()
        self._process.send_signal(number)
        self._thread.join()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(self._command, env=self._env, stdout=log, stderr=log, cwd=self._log.parent)

    def _keep(self) -> None:
        while True:
            self._process.wait()
            if self._stopping.wait(0.05):
                return
            self._process = self._start()


class Supervised(Kept):
    """A process that starts its child again by itself: the child is what is killed."""

    def kill(self) -> None:
        """As nothing can be prepared for. Only Linux tells whose child a process is."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgresql(folder: Path) -> Iterator[tuple[str, Kept]]:
    """A cluster's URL and its process. The server refuses to run as root; `nobody` is on every system that has root."""
    found = shutil.which("initdb")
    programs = Path(found).resolve().parent if found else max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if programs is None:
        raise SystemExit("PostgreSQL's server programs are not installed")
    user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
    folder.mkdir(mode=0o700)
    if user:
        shutil.chown(folder, "nobody", "nogroup")
    subprocess.run([*user, programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "tunewright"], check=True,
                   capture_output=True, cwd=folder)
    port = free_port()
    server = Kept([*user, str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder),
                   "-c", "listen_addresses=127.0.0.1"], dict(os.environ), folder / "log")
    try:
        while subprocess.run([programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)],
                             check=False).returncode:
            time.sleep(0.05)
        yield f"postgresql+psycopg://tunewright@127.0.0.1:{port}/postgres", server
    finally:
        server.stop(signal.SIGINT)

"""Kill -9 of gateway, engine, worker and database in turn, while clients ask and say what answers were worth.

A supervisor starts again whatever dies, as a container's or a system's does (`restart: always`); nothing else is done
for them. The engine is a double of vLLM's server, the worker a process that promotes and rolls back all the time.
With --ledger postgresql the script makes a cluster of its own in a temporary folder and kills that too; SQLite has no
process of its own, and dies with whoever is writing.

An answer is acknowledged when its last byte has come, feedback when its 201 has. Counted are those that are not in
the audit trail at the end, breaks that `tunewright verify` would name, refusals that the serving page does not
document, and the longest seconds from a kill to the end of the first good answer to a question that was asked after
it. A connection that breaks off when its gateway is killed is what a client sees of a kill, and is counted apart.
Last line: JSON.

    python bench/chaos.py [--ledger sqlite postgresql] [--rounds 2 --clients 8]
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rollback import NAME, QUESTION, add_release, save_model

from tunewright import registry
from tunewright.base import find
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.recipe import BaseSpec
from tunewright.serve import audit

DOCUMENTED = {400, 401, 404, 408, 413, 422, 429, 431, 500, 503, 504}


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


@dataclass
class Seen:
    """What clients saw: ids of what was acknowledged, how requests ended, and when good answers were asked for and
    ended.
    """

    answers: list[str] = field(default_factory=list)
    feedback: list[tuple[str, str]] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    undocumented: list[str] = field(default_factory=list)
    good: list[tuple[float, float]] = field(default_factory=list)

    def refused(self, response: httpx.Response, body: bytes) -> None:
        """Count a refusal; it must have OpenAI's shape and a documented status."""
        self.ends[str(response.status_code)] += 1
        try:
            error = json.loads(body)["error"]
            good = response.status_code in DOCUMENTED and {"message", "type", "param", "code"} <= error.keys()
        except (ValueError, KeyError, AttributeError, TypeError):
            good = False
        if not good:
            self.undocumented.append(f"{response.status_code}: {body[:200]!r}")


async def ask_on(client: httpx.AsyncClient, seen: Seen, stop: asyncio.Event, draw: random.Random) -> None:
    """One client: it asks, now for a stream, now for a whole answer, and says something of every other answer."""
    while not stop.is_set():
        started = time.monotonic()
        try:
            response = await _asked(client, seen, stream=draw.random() < 0.5)
            if response is None:
                await asyncio.sleep(0.02)
                continue
            seen.answers.append(response)
            seen.good.append((started, time.monotonic()))
            if draw.random() < 0.5:
                told = await client.post("feedback", json={"id": response, "score": 1.0})
                if told.status_code == 201:
                    seen.feedback.append((told.json()["id"], response))
                else:
                    seen.refused(told, told.content)
        except httpx.TransportError as error:
            seen.ends[type(error).__name__] += 1
            await asyncio.sleep(0.02)


async def _asked(client: httpx.AsyncClient, seen: Seen, *, stream: bool) -> str | None:
    """The id of an answer whose last byte came; None if it was refused."""
    body = {**QUESTION, "model": NAME, "stream": stream, "max_tokens": 8}
    async with client.stream("POST", "chat/completions", json=body) as response:
        content = await response.aread()
    if response.status_code != 200:
        seen.refused(response, content)
        return None
    if not stream:
        seen.ends["200"] += 1
        return str(json.loads(content)["id"])
    events = content.decode().strip().removeprefix("data: ").split("\n\ndata: ")
    if events[-1] != "[DONE]":
        seen.refused(httpx.Response(503), events[-1].encode())
        return None
    seen.ends["200"] += 1
    return str(json.loads(events[0])["id"])


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


def be_worker(home: Home) -> None:
    """The worker's process: promotions and rollbacks, as fast as the ledger takes them."""
    for turn in range(1_000_000):
        with suppress(Fault):
            if turn % 2:
                registry.rollback(home, NAME, "worker", "bench")
            else:
                registry.promote(home, f"{NAME}@2", "worker", "bench")
        time.sleep(0.05)


async def measure(url: str, processes: dict[str, Kept], options: argparse.Namespace) -> tuple[Seen, dict[str, float]]:
    """Clients and kills together; what clients saw, and the longest seconds until the service was back, by whom."""
    seen, stop, back = Seen(), asyncio.Event(), {}
    limits = httpx.Limits(max_connections=2 * options.clients, max_keepalive_connections=options.clients)
    async with httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as client:
        clients = [asyncio.create_task(ask_on(client, seen, stop, random.Random(number)))
                   for number in range(options.clients)]
        await _good_after(seen, 0.0)
        for _ in range(options.rounds):
            for name, process in processes.items():
                await asyncio.sleep(options.pause)
                at = time.monotonic()
                process.kill()
                back[name] = max(back.get(name, 0.0), await _good_after(seen, at) - at)
        await asyncio.sleep(options.pause)
        stop.set()
        await asyncio.gather(*clients)
    return seen, back


async def _good_after(seen: Seen, at: float) -> float:
    """The end of the first good answer that was asked for after `at`."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ended = [end for start, end in seen.good[-200:] if start > at]
        if ended:
            return min(ended)
        await asyncio.sleep(0.01)
    raise SystemExit(f"the service did not come back within 60 s; clients saw {dict(seen.ends)}")


def check(home: Home, seen: Seen, back: dict[str, float], ledger: str) -> dict[str, Any]:
    """What is left of what was acknowledged."""
    kept = list(audit.records(home))
    answers = {record["id"] for record in kept if record.get("status") == 200}
    feedback = {(record["id"], record["of"]) for record in kept if "feedback" in record}
    broken = [*audit.verify(home), *home.ledger.verify()]
    for sentence in [*broken, *seen.undocumented][:5]:
        print(sentence)
    print(f"{ledger}: {len(seen.answers):,} answers and {len(seen.feedback):,} feedbacks acknowledged; "
          f"requests ended {dict(seen.ends)}; back after {', '.join(f'{n} {s:.2f} s' for n, s in back.items())}")
    return {"acknowledged": len(seen.answers), "lost": len(set(seen.answers) - answers),
            "feedback": len(seen.feedback), "feedback_lost": len(set(seen.feedback) - feedback),
            "breaks": len(broken), "undocumented": len(seen.undocumented),
            "back_s": {name: round(seconds, 2) for name, seconds in back.items()},
            "back_s_max": round(max(back.values()), 2)}


def run(folder: Path, options: argparse.Namespace, ledger: str) -> dict[str, Any]:
    """One ledger's measurement."""
    home = Home(folder / ".tunewright")
    home.path.mkdir(parents=True)
    base = find(BaseSpec(name="tiny"), folder)
    engine_at, gateway_at = free_port(), free_port()
    with ExitStack() as stack:
        processes: dict[str, Kept] = {}
        if ledger == "postgresql":
            url, database = stack.enter_context(postgresql(folder / "postgresql"))
            os.environ["TUNEWRIGHT_LEDGER"] = url
            stack.callback(os.environ.pop, "TUNEWRIGHT_LEDGER")
            processes["database"] = database
        spec = {"engine": "vllm", "vllm": {"urls": [f"http://127.0.0.1:{engine_at}/v1"]}}
        for seed in (1, 2):
            save_model(base, folder / str(seed), seed, real=False)
            add_release(home, base, folder / str(seed), spec)
        registry.promote(home, f"{NAME}@1", "bench", "start")
        commands = {
            "engine": [sys.executable, "-m", "tunewright.engine.vllm.double", "--port", str(engine_at), "--delay",
                       "0.002"],
            "gateway": [str(Path(sys.executable).with_name("tunewright")), "serve", "--port", str(gateway_at), "--home",
                        str(home.path)],
            "worker": [sys.executable, __file__, "--be-worker", str(home.path)]}
        env = {**os.environ, "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"}
        for name, command in commands.items():
            processes[name] = Kept(command, env, folder / f"{name}.log")
            stack.callback(processes[name].stop)
        seen, back = asyncio.run(measure(f"http://127.0.0.1:{gateway_at}/v1", processes, options))
        processes["gateway"].stop()
        return check(home, seen, back, ledger)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ledger", choices=["sqlite", "postgresql"], nargs="*", default=["sqlite"])
    parser.add_argument("--rounds", type=int, default=2, help="kills of each process")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between a good answer and the next kill")
    parser.add_argument("--be-worker", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.be_worker:
        be_worker(Home(options.be_worker))
        return
    told = {}
    for ledger in options.ledger:
        with tempfile.TemporaryDirectory(dir="/tmp") as name:
            Path(name).chmod(0o755)
            told[ledger] = run(Path(name), options, ledger)
    print(json.dumps(told))


if __name__ == "__main__":
    main()

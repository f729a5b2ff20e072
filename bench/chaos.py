"""Kill -9 of gateway, engine, worker and database in turn, while clients ask, say what answers were worth and have
models tuned.

The gateway is `tunewright serve`, whose supervisor starts it again: what is killed is the gateway. The worker is
`tunewright work` with fine-tuning jobs that came over the API; it, the engine (a double of vLLM's server) and the
database are started again as a container's or a system's runtime does (`restart: always`). A fifth process promotes and
rolls back all the time, and is killed too. With --ledger postgresql the script makes a cluster of its own in a
temporary folder and kills that; SQLite has no process of its own, and dies with whoever is writing.

An answer is acknowledged when its last byte has come, feedback when its 201 or 202 has. Counted are those that are not
in the audit trail (or, after a 202, on their way there) at the end, jobs that do not end with exactly one release,
breaks that `tunewright verify` would name, refusals that the serving page does not document, and the longest seconds
from a kill to the end of the first good answer to a question that was asked after it. A connection that breaks off when
its gateway is killed is what a client sees of a kill, and is counted apart. Last line: JSON.

    python bench/chaos.py [--ledger sqlite postgresql] [--rounds 3 --clients 8 --jobs 2]
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from kept import Kept, Supervised, free_port, postgresql
from rollback import NAME, QUESTION, add_release, save_model

from tunewright import registry
from tunewright.base import find
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.recipe import BaseSpec
from tunewright.serve import audit

JOBS = """\
name: tuned
purpose: Be tuned while everything else dies.
base: tiny
data:
  sources: [{{path: none.jsonl, license: CC0-1.0, basis: contract}}]
  split: {{test: 0.3, validation: 0.1}}
train: [{{method: lora, rank: 2, steps: 40, batch: 8, validate_every: 5}}]
evaluate: {{suites: [task], arms: [base, tuned], scorers: [exact, loss], new_tokens: 4, resamples: 100}}
gate: [{{metric: task/loss, at_most: 100}}]
serve: {{engine: vllm, vllm: {{urls: ["{url}"]}}}}
"""
DOCUMENTED = {400, 401, 404, 408, 413, 422, 429, 431, 500, 503, 504}


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
                if told.status_code in (201, 202):
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


def be_promoter(home: Home) -> None:
    """A process of promotions and rollbacks, as fast as the ledger takes them."""
    for turn in range(1_000_000):
        with suppress(Fault):
            if turn % 2:
                registry.rollback(home, NAME, "promoter", "bench")
            else:
                registry.promote(home, f"{NAME}@2", "promoter", "bench")
        time.sleep(0.05)


async def ask_for_job(client: httpx.AsyncClient, number: int) -> str:
    """Upload records and ask for a model that is tuned on them; the job's id."""
    rows = "".join(json.dumps({"messages": [
        {"role": "user", "content": f"word {row} {'x' * (row % 7)}"},
        {"role": "assistant", "content": "long" if row % 7 > 3 else "short"}]}) + "\n" for row in range(60))
    sent = await client.post("files", data={"purpose": "fine-tune"}, files={"file": ("rows.jsonl", rows)})
    asked = await client.post("fine_tuning/jobs", json={
        "model": "tiny", "training_file": sent.raise_for_status().json()["id"], "suffix": f"tuned-{number}"})
    return str(asked.raise_for_status().json()["id"])


async def ended(client: httpx.AsyncClient, jobs: list[str]) -> dict[str, str]:
    """How each job ended, by its id; those that did not in ten minutes are `running` or what they are."""
    found: dict[str, str] = {}
    deadline = time.monotonic() + 600
    while len(found) < len(jobs) and time.monotonic() < deadline:
        for job in set(jobs) - found.keys():
            with suppress(httpx.TransportError, KeyError):
                told = (await client.get(f"fine_tuning/jobs/{job}")).json()
                if told["status"] in ("succeeded", "failed", "cancelled"):
                    found[job] = told["status"]
                    print(f"{job}: {told['status']} {told.get('fine_tuned_model') or told.get('error')}")
        await asyncio.sleep(0.5)
    return {job: found.get(job, "not ended") for job in jobs}


async def measure(url: str, processes: dict[str, Kept], options: argparse.Namespace,
                  ) -> tuple[Seen, dict[str, float], dict[str, str]]:
    """Clients, jobs and kills together; what clients saw, the longest seconds until the service was back, by whom, and
    how the jobs ended.
    """
    seen, stop, back = Seen(), asyncio.Event(), dict[str, float]()
    limits = httpx.Limits(max_connections=2 * options.clients, max_keepalive_connections=options.clients)
    async with httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as client:
        clients = [asyncio.create_task(ask_on(client, seen, stop, random.Random(number)))
                   for number in range(options.clients)]
        await _good_after(seen, 0.0)
        jobs = [await ask_for_job(client, number) for number in range(options.jobs)]
        for _ in range(options.rounds):
            for name, process in processes.items():
                await asyncio.sleep(options.pause)
                at = time.monotonic()
                process.kill()
                back[name] = max(back.get(name, 0.0), await _good_after(seen, at) - at)
        await asyncio.sleep(options.pause)
        stop.set()
        await asyncio.gather(*clients)
        return seen, back, await ended(client, jobs)


async def _good_after(seen: Seen, at: float) -> float:
    """The end of the first good answer that was asked for after `at`."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ended = [end for start, end in seen.good[-200:] if start > at]
        if ended:
            return min(ended)
        await asyncio.sleep(0.01)
    raise SystemExit(f"the service did not come back within 60 s; clients saw {dict(seen.ends)}")


def check(home: Home, seen: Seen, back: dict[str, float], jobs: dict[str, str], ledger: str) -> dict[str, Any]:
    """What is left of what was acknowledged."""
    kept = list(audit.records(home))
    answers = {record["id"] for record in kept if record.get("status") == 200}
    waiting = [json.loads(line) for path in (home.path / "pending").glob("*.jsonl")
               for line in path.read_text().splitlines()]
    feedback = {(record["id"], record["of"]) for record in [*kept, *waiting] if record.get("of")}
    releases = [len(registry.fold(home).of(f"tuned-{number}").added) for number in range(len(jobs))]
    broken = [*audit.verify(home), *home.ledger.verify()]
    for sentence in [*broken, *seen.undocumented][:5]:
        print(sentence)
    print(f"{ledger}: {len(seen.answers):,} answers and {len(seen.feedback):,} feedbacks acknowledged; "
          f"requests ended {dict(seen.ends)}; back after {', '.join(f'{n} {s:.2f} s' for n, s in back.items())}")
    return {"acknowledged": len(seen.answers), "lost": len(set(seen.answers) - answers),
            "feedback": len(seen.feedback), "feedback_lost": len(set(seen.feedback) - feedback),
            "jobs": len(jobs), "jobs_not_succeeded": sum(how != "succeeded" for how in jobs.values()),
            "releases_beside_one_each": sum(abs(number - 1) for number in releases),
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
        (folder / "jobs.yaml").write_text(JOBS.format(url=f"http://127.0.0.1:{engine_at}/v1"))
        tunewright = str(Path(sys.executable).with_name("tunewright"))
        at = ["--home", str(home.path)]
        commands = {
            "engine": [sys.executable, "-m", "tunewright.engine.vllm.double", "--port", str(engine_at), "--delay",
                       "0.002"],
            "gateway": [tunewright, "serve", "--port", str(gateway_at), "--jobs", "jobs.yaml", *at],
            "worker": [tunewright, "work", "jobs.yaml", *at],
            "promoter": [sys.executable, str(Path(__file__).resolve()), "--be-promoter", str(home.path)]}
        env = {**os.environ, "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"}
        for name, command in commands.items():
            kind = Supervised if name == "gateway" else Kept
            processes[name] = kind(command, env, folder / f"{name}.log")
            stack.callback(processes[name].stop)
        seen, back, jobs = asyncio.run(measure(f"http://127.0.0.1:{gateway_at}/v1", processes, options))
        processes["gateway"].stop()
        return check(home, seen, back, jobs, ledger)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ledger", choices=["sqlite", "postgresql"], nargs="*", default=["sqlite"])
    parser.add_argument("--rounds", type=int, default=3, help="kills of each process")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between a good answer and the next kill")
    parser.add_argument("--jobs", type=int, default=2, help="fine-tuning jobs under way meanwhile")
    parser.add_argument("--be-promoter", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.be_promoter:
        be_promoter(Home(options.be_promoter))
        return
    told = {}
    for ledger in options.ledger:
        with tempfile.TemporaryDirectory(dir="/tmp") as name:
            Path(name).chmod(0o755)
            told[ledger] = run(Path(name), options, ledger)
    print(json.dumps(told))


if __name__ == "__main__":
    main()

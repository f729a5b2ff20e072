"""Streaming clients go on asking while another process promotes and rolls back: nothing may fail or mix versions.

The gateway, the writer and the clients are three processes. An answer is mixed if its events name two versions, or if
its text is not the one its version is known to give. A switch is timed from its ledger entry to the first answer of
the new version at any client. With `--engine vllm` the models lie on two doubles of vLLM's server, whose cache is keyed
by name as vLLM's is; `--urls` takes real ones, on base `tiny`. Last line: JSON.

    python bench/rollback.py [--engine hf|vllm] [--switches 100 --pause 0.3]
"""

import argparse
import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from tunewright import registry
from tunewright.base import Base, find
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model, Report, RuleResult, Verdict
from tunewright.engine import KINDS, FakeEngine
from tunewright.recipe import BaseSpec, Recipe
from tunewright.serve import audit
from tunewright.serve.run import listen, serve

NAME = "desk"
TOKENS = 32
QUESTION = {"messages": [{"role": "user", "content": "My card was swallowed at the station. What now?"}]}


@dataclass
class Seen:
    """What the clients saw: answers, and for each its first event's time and version."""

    known: dict[str, str]
    requests: int = 0
    failed: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    firsts: list[tuple[float, str]] = field(default_factory=list)


def add_release(home: Home, base: Base, folder: Path, serve: dict[str, Any]) -> str:
    """A release of the model in `folder`; only model and recipe matter here."""
    recipe = Recipe.model_validate({
        "name": NAME, "purpose": "Be switched.", "gate": [{"metric": "task/exact", "at_least": 0}],
        "serve": {"batch": 32, "new_tokens": TOKENS, **serve},
        "data": {"sources": [{"path": "none.csv", "license": "CC0-1.0", "basis": "contract"}]}})
    dataset = Dataset(name=NAME, spec="0" * 64, origins=(), files="0" * 64, counts={})
    model = Model(name=NAME, spec="0" * 64, base=base.digest, base_name=base.name, dataset=dataset.digest,
                  method="lora", adapter=True, files=home.store.put_folder(folder), trainable=0, parameters=0,
                  metrics={})
    report = Report(name=NAME, spec="0" * 64, dataset=dataset.digest, model=model.digest, arms=(), metrics=(),
                    differences=(), items="0" * 64)
    rule = RuleResult(metric="task/exact", rule="at_least 0", outcome="pass", sentence="always")
    verdict = Verdict(name=NAME, spec="0" * 64, report=report.digest, against=None, outcome="pass", rules=(rule,))
    return registry.add(home, NAME, recipe, dataset, model, report, verdict, "bench").reference


def save_model(base: Base, folder: Path, seed: int, *, real: bool) -> None:
    """A LoRA on `base` with random weights, so that its answers are its own; where nothing computes, a name will do."""
    folder.mkdir()
    if not real:
        (folder / "adapter_config.json").write_text("{}")
        (folder / "weights").write_text(str(seed))
        return
    import torch
    from peft import LoraConfig, get_peft_model

    from tunewright.base import load_model

    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PEFT asks transformers under an old name
        model = get_peft_model(load_model(base), LoraConfig(r=8, target_modules="all-linear", task_type="CAUSAL_LM"))
    for name, weight in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.3)
    model.save_pretrained(folder)


def be_gateway(home: Home, delay: float) -> None:
    """The gateway's process."""
    KINDS["fake"] = lambda _base, _batch, _device: FakeEngine(delay)
    serve(home, listen("127.0.0.1", 0), by="gateway", say=lambda stage, text: print(stage, text, flush=True))


def be_writer(home: Home, switches: int, pause: float) -> None:
    """The writer's process: promotions and rollbacks in turn, each printed as its time and what is live after it."""
    for turn in range(switches):
        time.sleep(pause)
        if turn % 2:
            change = registry.rollback(home, NAME, "writer", "bench")
        else:
            change = registry.promote(home, f"{NAME}@2", "writer", "bench")
        assert change.entry is not None
        print(datetime.fromisoformat(change.entry.at).timestamp(), change.now.reference, flush=True)


@contextmanager
def gateway(home: Home, delay: float) -> Iterator[str]:
    """The gateway's address, while it runs."""
    command = [sys.executable, __file__, "--be", "gateway", "--home", str(home.path), "--delay", str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ready = next((line for line in process.stdout if line.startswith("ready ")), None)
            if ready is None:
                raise SystemExit("the gateway did not start")
            yield ready.split()[-1]
        finally:
            process.terminate()
            process.communicate()
        if process.returncode:
            raise SystemExit(f"the gateway ended with {process.returncode}")


@contextmanager
def doubles(count: int, delay: float) -> Iterator[list[str]]:
    """The addresses of so many doubles of vLLM, while they run."""
    with ExitStack() as stack:
        urls = []
        for _ in range(count):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            command = [sys.executable, "-m", "tunewright.engine.vllm.double", "--port", str(port), "--delay",
                       str(delay)]
            process = stack.enter_context(subprocess.Popen(
                command, env={**os.environ, "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"}))
            stack.callback(process.terminate)
            urls.append(f"http://127.0.0.1:{port}/v1")
            while True:
                try:
                    httpx.get(f"{urls[-1]}/models")
                    break
                except httpx.ConnectError:
                    time.sleep(0.05)
        yield urls


async def answer(client: httpx.AsyncClient, model: str, tokens: int = TOKENS) -> tuple[float, set[str], str]:
    """One streamed answer: the time of its first text, the versions its events name, its text."""
    first, prints, texts, ended = 0.0, set(), [], False
    asked = {**QUESTION, "model": model, "stream": True, "max_tokens": tokens}
    async with client.stream("POST", "chat/completions", json=asked) as stream:
        if stream.status_code != 200:
            raise RuntimeError(f"status {stream.status_code}: {(await stream.aread())[:200]!r}")
        async for line in stream.aiter_lines():
            if line == "data: [DONE]":
                ended = True
            elif line.startswith("data: "):
                event: dict[str, Any] = json.loads(line[6:])
                prints.add(event["system_fingerprint"])
                text = event["choices"][0]["delta"].get("content")
                if text:
                    first = first or time.time()
                    texts.append(text)
    if not ended:
        raise RuntimeError("the stream broke off")
    return first, prints, "".join(texts)


async def ask_on(client: httpx.AsyncClient, seen: Seen, stop: asyncio.Event, lengths: random.Random) -> None:
    """One client: it asks again as soon as it is answered, now for a short answer, now for a long one."""
    while not stop.is_set():
        seen.requests += 1
        try:
            first, prints, text = await answer(client, NAME, lengths.randint(1, TOKENS))
        except (httpx.HTTPError, RuntimeError, ValueError, KeyError) as error:
            seen.failed.append(repr(error))
            continue
        whole = seen.known.get(min(prints), "")
        if len(prints) != 1 or not whole.startswith(text.rstrip("\ufffd")):  # a cut may fall within a character
            seen.mixed.append(f"{sorted(prints)}: {text}")
        seen.firsts.append((first, min(prints)))


async def measure(url: str, home: Home, options: argparse.Namespace) -> tuple[Seen, list[tuple[float, str]]]:
    """Clients and writer together; what the clients saw, and the writer's changes."""
    limits = httpx.Limits(max_connections=options.clients, max_keepalive_connections=options.clients)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        seen = Seen({})
        for number in (1, 2):
            _, prints, text = await answer(client, f"{NAME}@{number}")
            seen.known[prints.pop()] = text
        assert len(set(seen.known.values())) == 2, "the two versions must differ to be told apart"
        stop = asyncio.Event()
        clients = [asyncio.create_task(ask_on(client, seen, stop, random.Random(number)))
                   for number in range(options.clients)]
        writer = await asyncio.create_subprocess_exec(
            sys.executable, __file__, "--be", "writer", "--home", str(home.path), "--switches",
            str(options.switches), "--pause", str(options.pause), stdout=asyncio.subprocess.PIPE)
        told, _ = await writer.communicate()
        await asyncio.sleep(options.pause)
        stop.set()
        await asyncio.gather(*clients)
    changes = [line.split() for line in told.decode().splitlines()]
    return seen, [(float(at), reference) for at, reference in changes]


def switch_times(seen: Seen, changes: list[tuple[float, str]]) -> list[float]:
    """Milliseconds from each ledger entry to the first answer of the version it made live, if one came in time."""
    ends = [at for at, _ in changes[1:]] + [float("inf")]
    times = []
    for (at, reference), end in zip(changes, ends, strict=True):
        later = [first for first, version in seen.firsts if at <= first < end and version.startswith(f"{reference}-")]
        times += [1000 * (min(later) - at)] if later else []
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["fake", "hf", "vllm"], default="fake")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--switches", type=int, default=20)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two switches")
    parser.add_argument("--delay", type=float, default=0.02, help="seconds a piece takes the fake engine")
    parser.add_argument("--urls", nargs="*", help="vLLM servers that run already, in place of two doubles")
    parser.add_argument("--be", choices=["gateway", "writer"], help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.be == "gateway":
        be_gateway(Home(options.home), options.delay)
    elif options.be == "writer":
        be_writer(Home(options.home), options.switches, options.pause)
    else:
        with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
            spec: dict[str, Any] = {"engine": options.engine}
            if options.engine == "vllm":
                spec["vllm"] = {"urls": options.urls or stack.enter_context(doubles(2, options.delay))}
            compare(Path(name), options, spec)


def compare(folder: Path, options: argparse.Namespace, spec: dict[str, Any]) -> None:
    """Set up two releases, measure, check the audit trail, print."""
    home = Home(folder / ".tunewright")
    home.path.mkdir()
    base = find(BaseSpec(name="tiny"), folder)
    for seed in (1, 2):
        save_model(base, folder / str(seed), seed, real=options.engine == "hf" or bool(options.urls))
        add_release(home, base, folder / str(seed), spec)
    registry.promote(home, f"{NAME}@1", "bench", "start")
    with gateway(home, options.delay) as url:
        started = time.monotonic()
        seen, changes = asyncio.run(measure(url, home, options))
        seconds = time.monotonic() - started
    times = switch_times(seen, changes)
    recorded = sum(entry.data["lines"] for entry in home.ledger.entries(action=audit.ACTION))
    for wrong in (seen.failed + seen.mixed)[:5]:
        print(wrong)
    for sentence in audit.verify(home):
        print(sentence)
    print(f"{options.engine}: {options.clients} clients, {len(times)} of {len(changes)} switches seen in "
          f"{seconds:.1f} s, {seen.requests / seconds:.0f} answers/s, {recorded - 2} of {seen.requests} on record")
    print(json.dumps({
        "requests": seen.requests, "failed": len(seen.failed), "mixed": len(seen.mixed), "switches": len(times),
        "switch_ms_p50": round(float(np.percentile(times, 50)), 1),
        "switch_ms_p99": round(float(np.percentile(times, 99)), 1)}))


if __name__ == "__main__":
    main()

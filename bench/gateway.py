"""The gateway against LiteLLM's proxy and against a bare Starlette and aiohttp pass-through. Last line: JSON.

One worker each, before the same mock upstream, asked by the same load generator, in turns. Ours has keys, limits, PII
masking and the audit trail on; LiteLLM has its master key and nothing else; the pass-through reads nothing at all.

While streams are timed, what answers them has one core, and load generator and mock have another (on Linux): a client
that wakes up on its gateway's core delays what it measures.

`rps_ratio` is requests a second at 32 connections against LiteLLM; `p50_overhead_ratio` what the gateway adds to the
median answer against what LiteLLM adds, at one connection and at 32, the worse of both; `vs_bare` requests a second
against the pass-through; `ttft_added_p99_ms` how much later the first text of a stream comes, 99th percentile, where
answers are not scanned; `ttft_masked_p99_ms` the same where they are: a word is held back until the next one comes,
since it may be half of what must be masked, and the mock's words come every 10 ms. The ratios of computing (`us`:
microseconds that a process computed for one answer) do not depend on who else uses the machine.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import peer
from gateway_wire import Seen, be_mock, load
from process import apart, computing, memory

from tunewright import registry
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model, Report, RuleResult, Verdict
from tunewright.recipe import Recipe
from tunewright.serve import keys
from tunewright.serve.run import listen, serve

NAME, PLAIN = "desk", "plain"
"""The release whose prompts and answers are scanned, and one of which they are not."""
KEY = "sk-litellm"
QUESTION = {"messages": [
    {"role": "system", "content": "You answer the customers of a bicycle hire. Be short and friendly, in one line."},
    {"role": "user", "content": "My bike has lost its front light near the station. What should I do now?"}]}


def make_home(folder: Path, upstream: int) -> tuple[Home, str]:
    """A home whose releases are answered by the mock, and a key to them with limits that are not reached."""
    home = Home(folder / ".tunewright")
    home.path.mkdir()
    (folder / "weights").mkdir()
    (folder / "weights" / "none").write_text("the mock needs none")
    add_release(home, NAME, upstream, "mask")
    add_release(home, PLAIN, upstream, "off")
    _, text = keys.create(home, "bench", "load", names=[NAME, PLAIN], requests=10**9, tokens=10**9, budget=10**9)
    return home, text


def add_release(home: Home, name: str, upstream: int, pii: str) -> None:
    """A live release of `name`, whose prompts and answers are scanned or not."""
    recipe = Recipe.model_validate({
        "name": name, "purpose": "bench", "gate": [{"metric": "task/exact", "at_least": 0.0}],
        "data": {"sources": [{"path": "a.csv", "license": "CC0-1.0", "basis": "contract"}]},
        "serve": {"engine": "openai", "upstream": {"url": f"http://127.0.0.1:{upstream}/v1", "model": "mock"},
                  "policy": {"pii": pii}, "price": {"read": 0.1, "written": 0.3}}})
    dataset = Dataset(name=name, spec="0" * 64, origins=(), files="0" * 64, counts={})
    model = Model(name=name, spec="0" * 64, base="b" * 64, base_name="mock", dataset=dataset.digest, method="lora",
                  adapter=True, files=home.store.put_folder(home.path.parent / "weights"), trainable=0, parameters=0,
                  metrics={})
    report = Report(name=name, spec="0" * 64, dataset=dataset.digest, model=model.digest, arms=(), metrics=(),
                    differences=(), items="0" * 64)
    rule = RuleResult(metric="task/exact", rule="at_least 0", outcome="pass", sentence="always")
    verdict = Verdict(name=name, spec="0" * 64, report=report.digest, against=None, outcome="pass", rules=(rule,))
    registry.add(home, name, recipe, dataset, model, report, verdict, "bench")
    registry.promote(home, f"{name}@1", "bench", "start")


def be_bare(upstream: int) -> None:
    """A pass-through that reads nothing: what any gateway of these two libraries costs at least."""
    import aiohttp
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response, StreamingResponse
    from starlette.routing import Route

    sessions: list[aiohttp.ClientSession] = []

    async def forward(request: Request) -> Response:
        body = await request.body()
        if not sessions:
            sessions.append(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256)))
        url = f"http://127.0.0.1:{upstream}/v1/chat/completions"
        headers = {"content-type": "application/json"}
        if b'"stream": true' in body:
            response = await sessions[0].post(url, data=body, headers=headers)
            return StreamingResponse(response.content.iter_any(), media_type="text/event-stream")
        async with sessions[0].post(url, data=body, headers=headers) as response:
            return Response(await response.read(), response.status, media_type="application/json")

    app = Starlette(routes=[Route("/v1/chat/completions", forward, methods=["POST"])])
    config = uvicorn.Config(app, port=0, log_level="critical", access_log=False)
    server = uvicorn.Server(config)

    async def run() -> None:
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        print("ready", server.servers[0].sockets[0].getsockname()[1], flush=True)
        await task

    asyncio.run(run(), loop_factory=config.get_loop_factory()) if sys.version_info >= (3, 12) else _on_uvloop(run())


def _on_uvloop(coroutine: Any) -> None:
    import uvloop

    uvloop.run(coroutine)


@contextlib.contextmanager
def running(*words: str) -> Iterator[tuple[int, int]]:
    """A role of this script in a process of its own: its process id and port, while it runs."""
    command = [sys.executable, __file__, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            told = next((line for line in process.stdout if line.startswith("ready ")), None)
            if told is None:
                raise SystemExit(f"{words} did not start")
            yield process.pid, int(told.split()[-1].rpartition(":")[2].partition("/")[0])
        finally:
            process.terminate()
            process.communicate()


@contextlib.contextmanager
def litellm(folder: Path, upstream: int) -> Iterator[tuple[int, int]]:
    """LiteLLM's proxy, one worker, its logging off."""
    config = folder / "litellm.yaml"
    config.write_text(json.dumps({
        "model_list": [{"model_name": NAME, "litellm_params": {
            "model": "openai/mock", "api_base": f"http://127.0.0.1:{upstream}/v1", "api_key": "none"}}],
        "general_settings": {"master_key": KEY}, "litellm_settings": {"set_verbose": False}}))
    port = 47_000 + os.getpid() % 1000
    program = peer.python("litellm").with_name("litellm")
    environment = {**os.environ, "LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                   "LITELLM_MODE": "PRODUCTION"}
    command = [str(program), "--config", str(config), "--port", str(port), "--host", "127.0.0.1", "--num_workers", "1",
               "--telemetry", "False"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            for _ in range(240):
                time.sleep(0.5)
                with contextlib.suppress(OSError):
                    asyncio.run(load(port, 1, 1, {**QUESTION, "model": NAME}, KEY))
                    break
            os.kill(process.pid, signal.SIGSTOP)  # until its turn: it computes while nobody asks, too
            yield process.pid, port
        finally:
            os.kill(process.pid, signal.SIGCONT)
            process.terminate()
            process.wait()


def measure(port: int, connections: int, requests: int, key: str, model: str = NAME, **more: object) -> Seen:
    """Load on one side; whatever fails is told and ends the bench."""
    seen = asyncio.run(load(port, connections, requests, {**QUESTION, "model": model, **more}, key))
    if seen.failed:
        raise SystemExit(f"{len(seen.failed)} requests failed, the first: {seen.failed[0]}")
    return seen


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=6000, help="a round, on 32 connections; LiteLLM a tenth")
    parser.add_argument("--streams", type=int, default=400, help="streams a round, on 8 connections")
    parser.add_argument("--memory", type=int, default=200_000, help="requests over which memory is watched; 0 skips it")
    parser.add_argument("--without-peer", action="store_true", help="leave LiteLLM out")
    parser.add_argument("--be", choices=["mock", "bare", "gateway"], help=argparse.SUPPRESS)
    parser.add_argument("--at", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.be == "mock":
        asyncio.run(be_mock(float(options.at)))
    elif options.be == "bare":
        be_bare(int(options.at))
    elif options.be == "gateway":
        serve(Home(Path(options.at)), listen("127.0.0.1", 0), by="bench",
              say=lambda stage, text: print(stage, text, flush=True))
    else:
        with tempfile.TemporaryDirectory() as name:
            compare(Path(name), options)


def compare(folder: Path, options: argparse.Namespace) -> None:
    """All sides in turns."""
    with contextlib.ExitStack() as stack:
        mock = stack.enter_context(running("--be", "mock", "--at", "0.01"))
        home, key = make_home(folder, mock[1])
        ours = stack.enter_context(running("--be", "gateway", "--at", str(home.path)))
        bare = stack.enter_context(running("--be", "bare", "--at", str(mock[1])))
        sides = {"mock": (*mock, ""), "bare": (*bare, ""), "ours": (*ours, key)}
        if not options.without_peer:
            sides["litellm"] = (*stack.enter_context(litellm(folder, mock[1])), KEY)
        rounds = [turn(sides, options) for _ in range(options.rounds + 1)][1:]  # the first warms up
        told = summary(rounds)
        if options.memory:
            told |= watch(*ours, key, options.memory)
    print(json.dumps(told))


def turn(sides: dict[str, tuple[int, int, str]], options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """One round: every side once under load, once alone, once streaming."""
    found = {}
    for side, (pid, port, key) in sides.items():
        few = 10 if side == "litellm" else 1
        os.kill(pid, signal.SIGCONT)
        before = computing(pid)
        busy = measure(port, 32, options.requests // few, key)
        cost = 1e6 * (computing(pid) - before) / len(busy.whole)
        alone = measure(port, 1, options.requests // 10 // few, key)
        with apart([sides["mock"][0], os.getpid()], [pid] if side != "mock" else []):
            streams = measure(port, 8, options.streams // (4 if side == "litellm" else 1), key,
                              PLAIN if side == "ours" else NAME, stream=True)
            if side == "ours":
                found["masked"] = firsts(measure(port, 8, options.streams, key, stream=True))
        found[side] = {"rps": busy.rate, "us": cost, "busy_p50": 1000 * statistics.median(busy.whole),
                       "alone_p50": 1000 * statistics.median(alone.whole), **firsts(streams)}
        if side == "litellm":
            os.kill(pid, signal.SIGSTOP)
        print(side.ljust(8), " ".join(f"{name} {value:8.2f}" for name, value in found[side].items()), flush=True)
    return found


def firsts(seen: Seen) -> dict[str, float]:
    """When the first text came, in milliseconds."""
    return {f"first_p{part}": 1000 * float(np.percentile(seen.first, part)) for part in (50, 99)}


def summary(rounds: list[dict[str, dict[str, float]]]) -> dict[str, float]:
    """Medians over the rounds of what was compared within each."""
    def middle(of: Any) -> float:
        return round(statistics.median(map(of, rounds)), 3)

    told = {"rps": middle(lambda one: one["ours"]["rps"]),
            "vs_bare": middle(lambda one: one["ours"]["rps"] / one["bare"]["rps"]),
            "vs_bare_computing": middle(lambda one: one["bare"]["us"] / one["ours"]["us"]),
            "ttft_added_p99_ms": middle(lambda one: one["ours"]["first_p99"] - one["mock"]["first_p99"]),
            "ttft_masked_p99_ms": middle(lambda one: one["masked"]["first_p99"] - one["mock"]["first_p99"])}
    if "litellm" not in rounds[0]:
        return told
    overheads = [middle(lambda one, at=at: (one["ours"][at] - one["mock"][at]) / (one["litellm"][at] - one["mock"][at]))
                 for at in ("busy_p50", "alone_p50")]
    return {"rps_ratio": middle(lambda one: one["ours"]["rps"] / one["litellm"]["rps"]),
            "computing_ratio": middle(lambda one: one["litellm"]["us"] / one["ours"]["us"]),
            "p50_overhead_ratio": max(overheads), **told}


def watch(pid: int, port: int, key: str, requests: int) -> dict[str, float]:
    """Memory after a tenth of the requests, and after all of them."""
    measure(port, 32, requests // 10, key)
    before = memory(pid)
    seen = measure(port, 32, requests - requests // 10, key)
    after = memory(pid)
    print(f"memory {before:.1f} MiB, after {len(seen.whole):,} more answers {after:.1f} MiB", flush=True)
    return {"memory_mib": round(after, 1), "memory_grown_mib": round(after - before, 1)}


if __name__ == "__main__":
    main()

"""The demo: `scripts/demo` installs and calls this. Each step prints the command that it runs, and every figure at
the end is read from what those commands left."""

import functools
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import yaml

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "demo"
TOOL = Path(sys.executable).with_name("tunewright")
RECIPE, WORSE = "recipes/support-desk.yaml", "recipes/support-desk-worse.yaml"
GATE_FAILED, FAULT = 3, 2
# Nobody trained on these: written for the demo, with names, stations and phrases of their own.
NOTES = ("Hello from Wilma Ostrander. The crank of QZ-3107 spins freely and moves nothing. Nearest dock: Juniper Gate.",
         "Nobody told me about a fee of 17.35 euros! Best, Edith Kettleburn",
         "My blue sports bag is still in the basket of LM-2284. This was at Sable Yard.")
COLOUR = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def ink(code: str, text: str) -> str:
    """`text` in an ANSI colour, where colours are welcome."""
    return f"\x1b[{code}m{text}\x1b[0m" if COLOUR else text


def say(text: str = "") -> None:
    """One line, at once."""
    print(text, flush=True)


def step(title: str, about: str) -> None:
    """The heading of a step and what it shows."""
    say(f"\n{ink('1;36', '━━ ' + title + ' ' + '━' * (96 - len(title)))}")
    say(ink("2", textwrap.fill(about, 100)) + "\n")


def leave(why: str) -> None:
    """End the demo because something was not as it should be."""
    raise SystemExit(f"\ndemo: {why}")


def environment() -> dict[str, str]:
    """Ours, with the demo's own state folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TUNEWRIGHT_")}
    return kept | {"TUNEWRIGHT_HOME": str(HOME)}


def tunewright(*args: str, expect: int = 0) -> float:
    """Show and run a command, which must end with the exit code `expect`; return its seconds."""
    say(ink("1", "$ tunewright " + shlex.join(args)))
    began = time.perf_counter()
    code = subprocess.run([TOOL, *args], cwd=ROOT, env=environment(), stderr=subprocess.STDOUT, check=False).returncode
    if code != expect:
        leave(f"this ended with exit code {code}, not {expect}; state and reports are in {HOME.name}/.")
    if expect:
        say(ink("2", f"(exit code {code})"))
    return time.perf_counter() - began


def read(*args: str) -> Any:
    """What a reading verb prints with --json."""
    done = subprocess.run([TOOL, *args, "--json"], cwd=ROOT, env=environment(), capture_output=True, check=False)
    if done.returncode:
        leave(f"`tunewright {shlex.join(args)} --json` failed: {done.stderr.decode().strip()}")
    return json.loads(done.stdout)


@contextmanager
def gateway() -> Iterator[httpx.Client]:
    """A gateway on a free port for the live release, stopped however we leave; a client of it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["serve", "support-desk", "--port", str(port)]
    say(ink("1", f"$ tunewright {shlex.join(command)} &"))
    with (HOME / "gateway.log").open("wb") as log:
        server = subprocess.Popen([TOOL, *command], cwd=ROOT, env=environment(), stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            wait_for(client, "support-desk@1", server)
            say((HOME / "gateway.log").read_text().strip())
            yield client
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def live(client: httpx.Client) -> str | None:
    """The release that the gateway answers with; None while it does not answer."""
    try:
        found: str | None = client.get("/healthz").json()["live"].get("support-desk")
    except httpx.TransportError:
        return None
    return found


def wait_for(client: httpx.Client, release: str, server: subprocess.Popen[bytes] | None = None) -> float:
    """Seconds until the gateway answers with `release`."""
    began = time.perf_counter()
    while live(client) != release:
        if time.perf_counter() - began > 60 or (server and server.poll() is not None):
            leave(f"the gateway does not answer with {release}: " + (HOME / "gateway.log").read_text())
        time.sleep(0.01)
    return time.perf_counter() - began


@functools.cache
def task() -> str:
    """The system prompt of the recipe's first source."""
    return str(yaml.safe_load((ROOT / RECIPE).read_text("utf-8"))["data"]["sources"][0]["system"])


def ask(client: httpx.Client, note: str) -> httpx.Response:
    """Send a note as any OpenAI client would, after the system prompt that the recipe trained with."""
    turns = [{"role": "system", "content": task()}, {"role": "user", "content": note}]
    return client.post("/v1/chat/completions", json={"model": "support-desk", "messages": turns, "temperature": 0})


def show(note: str, response: httpx.Response) -> None:
    """Print a note, the answer and which release gave it."""
    body = response.raise_for_status().json()
    say(f"  {ink('2', 'note  ')}  {note}")
    say(f"  {ink('2', 'ticket')}  {ink('32', body['choices'][0]['message']['content'])}")
    say(ink("2", f"          {response.headers['x-tunewright-release']} · request "
                 f"{response.headers['x-request-id']} · {response.elapsed.total_seconds() * 1000:.0f} ms\n"))


class Crowd(threading.Thread):
    """Somebody who never stops asking. `seen` counts answers by release, `first` says when each release first did."""

    def __init__(self, client: httpx.Client) -> None:
        super().__init__(daemon=True)
        self.client, self.seen, self.done = client, Counter[str](), threading.Event()
        self.first: dict[str, datetime] = {}

    def run(self) -> None:
        """Ask until told to stop."""
        while not self.done.is_set():
            try:
                got = ask(self.client, NOTES[0])
                answer = got.headers["x-tunewright-release"] if got.is_success else f"failed {got.status_code}"
            except httpx.TransportError as error:
                answer = f"failed {error}"
            self.seen[answer] += 1
            self.first.setdefault(answer, datetime.now(UTC))

    def __enter__(self) -> "Crowd":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.join()


def serve_and_return(measured: dict[str, str]) -> str:
    """Promote, serve, ask, refuse, overrule, roll back; return the id of a response that a bad release gave."""
    step("2 · Promote and serve", "A release goes live by one entry in the ledger. The gateway speaks OpenAI's API; "
         "every answer names its release.")
    tunewright("promote", "support-desk@1", "--why", "first release, the gate passed")
    with gateway() as client:
        say()
        for note in NOTES:
            show(note, ask(client, note))
        step("3 · A worse release is refused", "A bad export: every answer stands one row too low. The loss falls, the "
             "answers are valid tickets, and they are about somebody else. The gate compares with what is live.")
        measured["the refused run"] = f"{tunewright('run', WORSE, expect=GATE_FAILED):.0f} s"
        tunewright("promote", "support-desk@2", "--why", "it is Friday", expect=FAULT)
        step("4 · Overruled, regretted, rolled back", "Somebody takes it on himself. The ledger says so, and customers "
             "get wrong tickets until the rollback, a switch: the release before is still loaded.")
        tunewright("promote", "support-desk@2", "--override", "--by", "friday", "--why", "the deadline is tonight")
        wait_for(client, "support-desk@2")
        wrong = ask(client, NOTES[0])
        say()
        show(NOTES[0], wrong)
        with Crowd(client) as crowd:
            time.sleep(0.5)
            tunewright("rollback", "support-desk", "--why", "tickets name the wrong rider")
            wait_for(client, "support-desk@1")
            time.sleep(0.5)
        say()
        show(NOTES[0], ask(client, NOTES[0]))
        counts = ", ".join(f"{count} by {release}" for release, count in crowd.seen.items())
        failed = sum(count for answer, count in crowd.seen.items() if answer.startswith("failed"))
        measured["asked throughout the rollback"] = f"{crowd.seen.total()} answers ({counts}), {failed} failed"
        entry = datetime.fromisoformat(read("log", "support-desk")[-1]["at"])
        after = crowd.first["support-desk@1"] - entry
        measured["first right answer"] = f"{after.total_seconds() * 1000:.0f} ms after the rollback's entry"
    return str(wrong.json()["id"])


def figures(measured: dict[str, str]) -> None:
    """What was measured, from the records of both releases and the ledger."""
    step("6 · What was measured", "Read from the reports of both releases; 95 % intervals. Held-out notes use phrases, "
         "family names and stations that training never saw.")
    reports = {number: next(link["record"] for link in read("show", f"support-desk@{number}")["lineage"]
                            if link["kind"] == "report") for number in (1, 2)}
    names = {"task/exact": "ticket exactly right", "task/field_f1": "field F1", "task/json_schema": "valid by schema"}
    columns = [(1, "majority", "best constant"), (1, "base", "base"), (1, "prompted", "base + 4 shots"),
               (1, "tuned", "@1 tuned"), (2, "tuned", "@2 refused")]
    say(f"{'':<22}" + "".join(f"{title:>16}" for *_, title in columns))
    for name, title in names.items():
        cells = [next((f"{metric['value']:.3f}" for metric in reports[number]["metrics"]
                       if metric["name"] == name and metric["arm"] == arm), "") for number, arm, _ in columns]
        say(f"{title:<22}" + "".join(f"{cell:>16}" for cell in cells))
    say()
    for row in reports[1]["differences"]:
        if row["name"] in ("task/exact", "task/field_f1") and row["arm"] == "tuned":
            say(f"{names[row['name']]}: tuned − {row['against']} = {row['value']:+.3f} "
                f"({row['low']:+.3f} to {row['high']:+.3f}, n {row['n']})")
    say()
    for name, value in measured.items():
        say(f"{name:<32}{value}")


def main() -> None:
    """The whole demo."""
    began = time.perf_counter()
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    say(ink("1", "\nTunewright: from a data file to a served model update, and back."))
    measured: dict[str, str] = {}
    step("1 · From a recipe to a release", "Generated notes to a bike-share desk become tickets (JSON, five fields). "
         "One command prepares the data, proves the mask, trains a LoRA on the bundled base `tiny`, measures it "
         "against the base with and without examples, and asks the gate.")
    measured["the first run"] = f"{tunewright('run', RECIPE):.0f} s"
    response = serve_and_return(measured)
    step("5 · Explain and verify", "From one wrong answer back to the release, its verdict, the data and who overruled "
         "the gate; then every byte and every entry is checked.")
    tunewright("explain", response)
    say()
    tunewright("verify")
    measured["the whole demo"] = f"{time.perf_counter() - began:.0f} s"
    figures(measured)
    say(f"\nreports   {HOME.name}/runs/0001/report.html and {HOME.name}/runs/0002/report.html")
    say("next      tunewright init my-desk   (a recipe and sample data to put your own in place of)\n")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the gateway is stopped then too
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("\ndemo: stopped.") from None

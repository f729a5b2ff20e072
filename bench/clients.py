"""Clients that others wrote, unchanged, against a gateway: OpenAI's for Python and for Node, LangChain's, and curl.

The gateway is `tunewright serve` with keys, and takes fine-tuning jobs; its engine is `fake`, whose answers are known.
Each client checks what it gets and prints what held. OpenAI's Node client is installed by npm into a temporary folder,
LangChain into an environment of its own. Last line: JSON.

    python bench/clients.py [--only openai_python,openai_node,langchain,curl]
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peer import python
from rollback import add_release, save_model

from tunewright import registry
from tunewright.base import find
from tunewright.core.home import Home
from tunewright.engine import KINDS, FakeEngine
from tunewright.recipe import BaseSpec
from tunewright.serve.keys import create
from tunewright.serve.run import listen, serve

CLIENTS = Path(__file__).with_name("clients")
ANSWERS = ("A plain answer.", '{"intent": "lost"}',
           '<tool_call>{"name": "find", "arguments": {"what": "it"}}</tool_call>')
JOBS = """\
name: jobs
purpose: Be tuned.
base: tiny
data: {sources: [{path: none.jsonl, license: CC0-1.0, basis: contract}]}
gate: [{metric: task/exact, at_least: 0.5}]
"""


def be_gateway(home: Home) -> None:
    """The gateway's process."""
    KINDS["fake"] = lambda _base, _batch, _device: FakeEngine(answers=ANSWERS)
    serve(home, listen("127.0.0.1", 0), by="gateway", jobs=home.path / "jobs.yaml",
          say=lambda stage, text: print(stage, text, flush=True))


@contextmanager
def gateway(home: Home) -> Iterator[str]:
    """The gateway's address, while it runs."""
    with subprocess.Popen([sys.executable, __file__, "--be", str(home.path)], stdout=subprocess.PIPE,
                          text=True) as process:
        assert process.stdout is not None
        try:
            ready = next((line for line in process.stdout if line.startswith("ready ")), None)
            if ready is None:
                raise SystemExit("the gateway did not start")
            yield ready.split()[-1]
        finally:
            process.terminate()
            process.communicate()


def command(client: str, folder: Path) -> list[str]:
    """How a client is started; what it needs is installed first."""
    if client == "openai_node":
        shutil.copy(CLIENTS / "openai_node.mjs", folder)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "openai"], cwd=folder, check=True)
        return ["node", str(folder / "openai_node.mjs")]
    if client == "langchain":
        return [str(python("langchain")), str(CLIENTS / "langchain_openai.py")]
    return ["sh", str(CLIENTS / "curl.sh")] if client == "curl" else [
        sys.executable, str(CLIENTS / "openai_python.py")]


def main() -> None:
    """Run every client and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="openai_python,openai_node,langchain,curl")
    parser.add_argument("--be", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.be:
        be_gateway(Home(asked.be))
        return
    chosen = asked.only.split(",")
    with tempfile.TemporaryDirectory() as name:
        folder, home = Path(name), Home(Path(name) / ".tunewright")
        home.path.mkdir()
        (home.path / "jobs.yaml").write_text(JOBS)
        base = find(BaseSpec(name="tiny"), folder)
        save_model(base, folder / "model", 1, real=False)
        add_release(home, base, folder / "model", {"engine": "fake"})
        registry.promote(home, "desk@1", "bench", "start")
        key = create(home, "bench", "to ask")[1]
        started = {client: command(client, folder) for client in chosen}
        found = {}
        with gateway(home) as url:
            for client in chosen:
                done = subprocess.run([*started[client], url, key, "tiny"], capture_output=True, text=True,
                                      cwd=folder, check=False)
                if done.returncode:
                    raise SystemExit(f"{client} failed:\n{done.stdout[-500:]}\n{done.stderr[-2000:]}")
                found[client] = json.loads(done.stdout.splitlines()[-1])
                print(f"{client}: {', '.join(found[client])}", flush=True)
    print(json.dumps({client: len(checks) for client, checks in found.items()}))


if __name__ == "__main__":
    main()

"""Schemathesis reads the document and asks for whatever it allows, and for much that it does not.

No request makes a 500, or an answer that the document does not tell; what the document allows is not refused for its
shape, and what it does not allow is refused.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from gateways import running

from tunewright.engine import FakeEngine
from tunewright.serve import keys
from tunewright.serve.openapi import document
from tunewright.tuning import read, service

BUT = "positive_data_acceptance"
"""The one check that cannot hold: a request of the right shape may name what is not there. `shape_is_taken` of the
hooks stands in its place."""
RECIPE = ("name: kitchen\npurpose: Tell long from short.\nbase: tiny\ngate: [{metric: task/exact, at_least: 0.1}]\n"
          "data: {sources: [{path: rows.jsonl, format: chat, license: CC0-1.0, basis: contract}]}\n")
LINE = '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}'


def _operations():
    """How many there are besides that which gives the document itself."""
    paths = {path: found for path, found in document(takes_jobs=True)["paths"].items() if path != "/openapi.json"}
    return sum(method != "parameters" for found in paths.values() for method in found)


@pytest.mark.skipif(not importlib.util.find_spec("schemathesis"), reason="schemathesis is not installed")
def test_schemathesis_finds_nothing(home, tmp_path):
    (tmp_path / "jobs.yaml").write_text(RECIPE)
    _, key = keys.create(home, "mira", "a test")
    with running(home, FakeEngine(), service=service(home, read(tmp_path / "jobs.yaml"))) as gateway:
        file = gateway.asking(key).files.create(file=("rows.jsonl", LINE.encode()), purpose="fine-tune").id
        ran = subprocess.run(
            [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run",
             f"{gateway.url}/openapi.json", "--header", f"Authorization: Bearer {key}",
             "--checks", "all", "--exclude-checks", BUT, "--max-examples", "5", "--seed", "1",
             "--generation-deterministic", "--no-color", "--continue-on-failure"],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=200,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
                 "TRAINING_FILE": file})
        assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
        assert f"Tested: {_operations()}" in ran.stdout
        assert not [said for said in gateway.said if "fault of the gateway" in said]

"""The peer that training is measured against: TRL, in an environment of its own, so that neither side bends the other's
versions."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".venv-trl"
# The very torch that scripts/setup installs here, so that kernels are the same.
NEEDED = ("torch==2.13.0", "trl>=1.16,<2", "peft")


def python() -> Path:
    """The interpreter of TRL's environment, which is made at the first call (a few minutes)."""
    found = HOME / "bin" / "python"
    if not (HOME / ".ready").exists():
        print(f"installing {', '.join(NEEDED)} into {HOME.name}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)], check=True)
        for package in NEEDED:  # torch first: where pip can reach a CPU build, it takes that one
            subprocess.run([str(found), "-m", "pip", "-qq", "--disable-pip-version-check", "install", package],
                           check=True)
        (HOME / ".ready").touch()
    return found


def run(script: str, *arguments: str) -> dict[str, Any]:
    """The JSON object that a script beside this one prints last, run by TRL's interpreter."""
    done = subprocess.run([str(python()), str(ROOT / "bench" / script), *arguments], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stderr[-3000:]}")
    said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return said

"""The peers that we are measured against: TRL and lm-eval, each in an environment of its own, so that neither side
bends the other's versions."""

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# The very torch that scripts/setup installs here, so that kernels are the same.
NEEDED = {"trl": ("torch==2.13.0", "trl>=1.16,<2", "peft"),
          "lm-eval": ("torch==2.13.0", "lm-eval>=0.4.13,<0.5", "transformers>=5.24,<6", "accelerate"),
          "cleanlab": ("cleanlab>=2.7,<3", "scikit-learn>=1.4"),
          "langchain": ("langchain-openai>=1,<2",),
          "litellm": ("litellm[proxy]>=1.80",),
          "presidio": ("presidio-analyzer>=2.2.366,<3",),
          "dedup": ("datasketch>=2,<3", "datatrove>=0.10,<0.11", "xxhash<4", "regex", "tokenizers",
                    "pyarrow")}


def python(peer: str) -> Path:
    """The interpreter of a peer's environment, which is made at the first call (a few minutes)."""
    home = ROOT / f".venv-{peer}"
    found = home / "bin" / "python"
    if not (home / ".ready").exists():
        print(f"installing {', '.join(NEEDED[peer])} into {home.name}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        for package in NEEDED[peer]:  # torch first: where pip can reach a CPU build, it takes that one
            subprocess.run([str(found), "-m", "pip", "-qq", "--disable-pip-version-check", "install", package],
                           check=True)
        (home / ".ready").touch()
    return found


def run(script: str, *arguments: str, peer: str = "trl") -> dict[str, Any]:
    """The JSON object that a script beside this one prints last, run by a peer's interpreter."""
    done = subprocess.run([str(python(peer)), str(ROOT / "bench" / script), *arguments], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stderr[-3000:]}")
    said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return said


class Ratios:
    """How many times as long a peer's fastest way takes as ours, turn by turn: by the clock, and of computing."""

    def __init__(self, peer: str = "trl") -> None:
        self.peer = peer
        self.found: dict[str, list[float]] = {"clock": [], "cpu": []}

    def turn(self, mine: Mapping[str, float], script: str, folder: Path, modes: Sequence[str]) -> None:
        """The peer's turn after ours, which took `mine`."""
        theirs = {mode: run(script, str(folder), mode, peer=self.peer) for mode in modes}
        for unit, found in self.found.items():
            found.append(min(side[unit] for side in theirs.values()) / mine[unit])
        print(f"ours {_took(mine)}" + "".join(f" · {self.peer} {mode} {_took(side)}" for mode, side in theirs.items()),
              flush=True)

    @property
    def ratio(self) -> float:
        """The smaller of both medians."""
        return round(min(map(statistics.median, self.found.values())), 2)

    def told(self, losses: Mapping[str, float]) -> dict[str, Any]:
        """The headline `ratio`; every turn; and whether the losses agree."""
        return {"ratio": self.ratio,
                **{unit: [round(one, 2) for one in found] for unit, found in self.found.items()},
                "losses": {side: round(value, 4) for side, value in losses.items()},
                "losses_within_1_percent": max(losses.values()) <= 1.01 * min(losses.values())}


def _took(side: Mapping[str, float]) -> str:
    steps = f", {side['steps']} steps" if "steps" in side else ""
    return f"{side['clock']:.1f} s ({side['cpu']:.1f} of computing{steps})"

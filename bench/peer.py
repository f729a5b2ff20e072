"""The peer that training is measured against: TRL, in an environment of its own, so that neither side bends the other's
versions."""

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
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


class Ratios:
    """How many times as long TRL's faster way takes as ours, turn by turn: by the clock, and of computing."""

    def __init__(self) -> None:
        self.found: dict[str, list[float]] = {"clock": [], "cpu": []}

    def turn(self, mine: Mapping[str, float], script: str, folder: Path, modes: Sequence[str]) -> None:
        """TRL's turn after ours, which took `mine`."""
        theirs = {mode: run(script, str(folder), mode) for mode in modes}
        for unit, found in self.found.items():
            found.append(min(side[unit] for side in theirs.values()) / mine[unit])
        print(f"ours {mine['clock']:.1f} s ({mine['cpu']:.1f} of computing, {mine['steps']} steps)"
              + "".join(f" · TRL {mode} {side['clock']:.1f} s ({side['cpu']:.1f}, {side['steps']} steps)"
                        for mode, side in theirs.items()), flush=True)

    def told(self, losses: Mapping[str, float]) -> dict[str, Any]:
        """The headline `ratio`, which is the smaller of both medians; every turn; and whether the losses agree."""
        return {"ratio": round(min(map(statistics.median, self.found.values())), 2),
                **{unit: [round(one, 2) for one in found] for unit, found in self.found.items()},
                "losses": {side: round(value, 4) for side, value in losses.items()},
                "losses_within_1_percent": max(losses.values()) <= 1.01 * min(losses.values())}

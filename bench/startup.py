"""How long the light verbs take to start, and whether they leave torch alone. Last line: JSON.

Each command runs in a new process, several times; the median counts.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tunewright.core.home import Home
from tunewright.core.ledger import Ledger

PROGRAM = [str(Path(sys.executable).with_name("tunewright"))]


def seconds(arguments: list[str], repeats: int) -> float:
    """Median wall time of a command in a new process, in seconds."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        subprocess.run([*PROGRAM, *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def heavy(arguments: list[str]) -> list[str]:
    """Which heavy libraries a command imports."""
    done = subprocess.run([sys.executable, "-X", "importtime", *PROGRAM, *arguments],
                          check=True, capture_output=True, text=True)
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    return sorted(imported & {"torch", "transformers", "peft", "accelerate", "scipy", "pyarrow"})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["TUNEWRIGHT_HOME"] = name
        ledger: Ledger = Home(Path(name)).ledger
        for number in range(100):
            ledger.append("note", f"desk@{number}", by="bench", why="")
        result = {}
        for verb in (["--help"], ["log"], ["--version"]):
            taken, loaded = seconds(verb, options.repeats), heavy(verb)
            result[verb[0].lstrip("-")] = {"seconds": round(taken, 3), "heavy": loaded}
            print(f"tunewright {verb[0]:<10} {taken:.3f} s, heavy libraries: {', '.join(loaded) or 'none'}")
        bare = []
        for _ in range(options.repeats):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", "pass"], check=True)
            bare.append(time.perf_counter() - started)
    result["python"] = {"seconds": round(statistics.median(bare), 3), "heavy": []}
    print(json.dumps(result))


if __name__ == "__main__":
    main()

"""What compiled layers gain in training: seconds of our loop with `compute: {compile: true}` and without.

Same base (a random Llama, 6 layers, width 256), same records, LoRA. The sides take turns; compiling itself, which the
rehearsal pays, is told apart. The losses of both must agree within 1 %. Last line: JSON.

    python bench/compile.py [--records 64] [--prefix 128] [--rounds 3]
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from shapes import make_base

from train import PHASE, loss, messages, ours
from tunewright.recipe import ComputeSpec
from tunewright.train import fit
from tunewright.train.rehearsal import rehearse


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=64)
    parser.add_argument("--prefix", type=int, default=128, help="words of the system prompt")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    ratios, compiling, losses = [], [], {}
    with tempfile.TemporaryDirectory() as folder:
        base = make_base(Path(folder) / "base")
        for _ in range(asked.rounds):
            took = {}
            for way in (False, True):
                job = fit.prepare(PHASE, base, messages(asked.records, asked.prefix), [],
                                  compute_with=ComputeSpec(compile=way))
                began = time.perf_counter()
                rehearse(job)
                rehearsed = time.perf_counter() - began
                took[way] = ours(job, Path(folder))["clock"]
                losses[way] = loss(job, job.model)
            compiling.append(rehearsed)
            ratios.append(took[False] / took[True])
            print(f"plain {took[False]:.1f} s · compiled {took[True]:.1f} s after {rehearsed:.1f} s", flush=True)
    agree = max(losses.values()) <= 1.01 * min(losses.values())
    print(json.dumps({"ratio": round(statistics.median(ratios), 2), "rounds": [round(one, 2) for one in ratios],
                      "seconds_compiling": round(max(compiling), 1), "losses_within_1_percent": agree}))


if __name__ == "__main__":
    main()

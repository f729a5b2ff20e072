"""One pass over many records: read, check, find PII and duplicates and leaks, split, write, card. Last line: JSON.

The records are made here from a seed: 2 % repeat another one, 2 % nearly do, 10 % hold an e-mail address or a phone
number, 0.5 % cannot be used. Each run is a process of its own. Its memory, and that of all it started, is sampled
twenty times a second, or as often as takes a twentieth of a core: what is theirs alone, and what of the spill is mapped
besides. Seconds of cores are what they computed, whatever else the machine did (of Ray's processes those that ended
with the run). Told apart is how long it took until the first records were prepared, most of which is starting workers
or a cluster. A quarter of the records shows how memory grows; one hundredth more of them, how much of the store is
used again.
"""

import argparse
import importlib.util
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tunewright.core.home import Home
from tunewright.core.store import Store

SPEC = {
    "sources": [{"path": "records.jsonl", "format": {"prompt": "text", "response": "label"}, "license": "CC0-1.0",
                 "basis": "contract"}],
    "split": {"group": "customer"}, "duplicates": {"near": 0.8}, "pii": {}, "quality": None,
}
ONCE = """
import json, sys, time
from pathlib import Path
from tunewright import data
from tunewright.core.home import Home
from tunewright.core.run import start
from tunewright.recipe import ComputeSpec, DataSpec
folder, home, spec, compute = sys.argv[1:]
told, began = [], time.monotonic()
run = start(Home(Path(home)), "bench", progress=lambda stage, text: told.append(time.monotonic()))
compute = ComputeSpec.model_validate_json(compute)
made = data.make(DataSpec.model_validate_json(spec), "bench", Path(folder), run, compute)
print(json.dumps({"digest": made.digest, "files": made.files, "counts": made.counts, "starting": told[0] - began}))
"""


def write_records(path: Path, number: int, seed: int = 0) -> None:
    """The first `number` records of an endless series, as JSON lines."""
    dice = random.Random(seed)
    words = ["".join(dice.choices("abcdefghijklmnoprstuvw", k=dice.randint(2, 9))) for _ in range(20_000)]
    said: list[tuple[str, str]] = []
    with path.open("w", encoding="utf-8") as stream:
        for at in range(number):
            kind = dice.random()
            text, label = " ".join(dice.choices(words, k=dice.randint(8, 40))), f"intent {dice.randrange(60)}"
            if kind < 0.04 and said:
                text, label = dice.choice(said)
                text += f" {dice.choice(words)}" if kind < 0.02 else ""
            elif kind < 0.09:
                text += f" Write to {dice.choice(words)}.{dice.choice(words)}@{dice.choice(words)}.com."
            elif kind < 0.14:
                text += f" Call me on +44 20 7946 {dice.randint(0, 9999):04d}."
            elif kind < 0.145:
                text = " "
            if len(said) < 10_000:
                said.append((text, label))
            stream.write(json.dumps({"text": text, "label": label,
                                     "customer": f"c{dice.randrange(1 + at)}" if at % 2 else None}) + "\n")


def children(parent: int) -> list[int]:
    """A process and all below it."""
    found = [parent]
    for process in found:
        try:
            for task in Path(f"/proc/{process}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:  # it has just ended
            continue
    return found


def memory(process: int) -> tuple[int, int]:
    """Bytes that a tree of processes has for itself, and bytes of files that it has mapped."""
    own = mapped = 0
    for one in children(process):
        try:
            sizes = {line.split(":")[0]: int(line.split()[1]) * 1024
                     for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()[1:]}
        except OSError:
            continue
        own += sizes["Pss_Anon"] + sizes["Pss_Shmem"]
        mapped += sizes["Pss_File"]
    return own, mapped


def measured(folder: Path, home: str, compute: str) -> dict[str, Any]:
    """What the data stage made and took: digest, counts and files; seconds and peak bytes."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", ONCE, str(folder), str(folder / home), json.dumps(SPEC), compute],
                               stdout=subprocess.PIPE)
    peaks = [0, 0]
    ended = threading.Event()

    def watch() -> None:
        pause = 0.05
        while not ended.wait(pause):
            looked = time.monotonic()
            peaks[:] = map(max, peaks, memory(process.pid))
            # The kernel walks a process's pages to count them: with Ray's ten processes too long for twenty a second.
            pause = max(0.05, 20 * (time.monotonic() - looked))

    threading.Thread(target=watch, daemon=True).start()
    answer, _ = process.communicate()
    seconds = time.monotonic() - began
    ended.set()
    if process.returncode:
        raise SystemExit(f"the run ended with exit code {process.returncode}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    made = json.loads(answer)
    return {**made, "seconds": seconds, "own": peaks[0], "mapped": peaks[1], "rate": made["counts"]["rows"] / seconds,
            "computing": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime}


def again(store: Store, old: str, new: str) -> float:
    """The share of a dataset's bytes that the store already held for an older one."""
    sizes = {digest: len(store.get(digest)) for digest in store.folder(new).values()}
    held = set(store.folder(old).values())
    return sum(size for digest, size in sizes.items() if digest in held) / sum(sizes.values())


def told(name: str, one: dict[str, Any]) -> None:
    """One line for a person."""
    print(f"{name:<22}{one['counts']['rows']:>10,} records  {one['seconds']:7.1f} s  {one['rate']:8,.0f} a second  "
          f"{one['computing']:7.1f} s of cores  {one['starting']:5.1f} s until the first  "
          f"{one['own'] >> 20:>6,} MiB own  {one['mapped'] >> 20:>6,} MiB mapped", flush=True)


def _after_starting(one: dict[str, Any]) -> float:
    """Records for each second after the first were prepared."""
    return float(one["counts"]["rows"] / (one["seconds"] - one["starting"]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--workers", type=int, help="processes that prepare; one for each core unless given")
    parser.add_argument("--without-ray", action="store_true")
    options = parser.parse_args()
    here = json.dumps({"workers": options.workers} if options.workers else {})
    with tempfile.TemporaryDirectory() as name:
        folder, quarter = Path(name), options.records // 4
        runs: dict[str, dict[str, Any]] = {}
        for run, number, home, compute in (
            ("a quarter", quarter, "small", here), ("and a hundredth more", quarter + quarter // 100, "small", here),
            ("all", options.records, "large", here), ("all, with ray", options.records, "ray", '{"ray": "auto"}'),
        ):
            if "ray" in compute and (options.without_ray or importlib.util.find_spec("ray") is None):
                continue
            (folder / home).mkdir(exist_ok=True)
            write_records(folder / "records.jsonl", number)
            runs[run] = measured(folder, home, compute)
            told(run, runs[run])
        small, more, large, ray = (*runs.values(), None)[:4]
        reused = again(Home(folder / "small").store, small["files"], more["files"])
    same = ray and ray["digest"] == large["digest"]
    print(f"{100 * reused:.1f} % of the bytes of a dataset with a hundredth more records were in the store already"
          + (f"; with ray the dataset is {'the same' if same else 'ANOTHER'}" if ray else ""))
    print(json.dumps({
        "records": options.records, "cores": len(os.sched_getaffinity(0)),
        "records_per_second": round(large["rate"]),
        "records_per_core_second": round(large["counts"]["rows"] / large["computing"]),
        "peak_mib": large["own"] >> 20, "mapped_mib": large["mapped"] >> 20,
        "bytes_per_record": round((large["own"] - small["own"]) / (options.records - quarter)),
        "reused": round(reused, 4), "ray": ray and {
            "records_per_second": round(ray["rate"]), "after_starting": round(_after_starting(ray)),
            "here_after_starting": round(_after_starting(large)), "peak_mib": ray["own"] >> 20,
            "same_digest": same}}))


if __name__ == "__main__":
    main()

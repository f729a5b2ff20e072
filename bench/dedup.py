"""Near-duplicates from text to groups, against datasketch and datatrove's MinHash steps, and the growth of memory.

The records are made here from a seed: words drawn as unevenly as words are, one record in five a copy of an earlier one
with up to three words changed. All sides look for the same: shingles of five words, Jaccard similarity of 0.8, sixteen
bands of six minima, so that none has the better chance; ours alone compares the texts of what it finds. Each takes its
turn on one core in a process of its own, from texts in memory to groups, after a first turn over a few hundred records
that nobody times. Installing the peers takes a minute at the first call.

Recall is over the copies that are at least 0.8 similar to what they were copied from. Memory is the peak at three sizes
up to `--memory`, sampled a hundred times a second, and a line through the peaks: what is the process's alone, and what
of the file of texts is mapped besides, which the system takes back when it needs it. Last line: JSON.

    python bench/dedup.py [--records 20000] [--turns 3] [--memory 1000000]
"""

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import peer
import pyarrow as pa

from tunewright.recipe.duplicates import WordsSpec
from tunewright.similar import banding, groups, search, shingles, signatures

THRESHOLD, WORDS = 0.8, 5
BATCH, WARM = 4096, 256
GIB = 2**30
CEILING_GIB = 4.0


def drawn(count: int, seed: int = 0) -> Iterator[tuple[list[str], list[int], list[float]]]:
    """Batches of texts, for each the record it was copied from (-1: none) and how similar it is to that."""
    dice = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnoprstuvw"))
    vocabulary = ["".join(dice.choice(letters, dice.integers(2, 10))) for _ in range(50_000)]
    chances = np.cumsum(1 / (10 + np.arange(len(vocabulary))))
    for start in range(0, count, BATCH):
        lengths = dice.integers(20, 81, min(BATCH, count - start))
        known = [np.searchsorted(chances, dice.random(length) * chances[-1]) for length in lengths]
        copied = [-1] * len(known)
        similar = [0.0] * len(known)
        for at in np.flatnonzero(dice.random(len(known)) < 0.2).tolist():
            if at == 0:
                continue
            copied[at] = int(dice.integers(at))
            known[at] = known[copied[at]].copy()
            known[at][dice.integers(0, len(known[at]), dice.integers(0, 4))] = dice.integers(len(vocabulary))
            similar[at] = jaccard(known[at], known[copied[at]])
            copied[at] += start
        yield [" ".join([vocabulary[word] for word in words]) for words in known], copied, similar


def jaccard(one: Any, other: Any) -> float:
    """Similarity of two texts given as numbers of words."""
    left, right = ({tuple(words[at:at + WORDS]) for at in range(len(words) - WORDS + 1)}
                   for words in (one.tolist(), other.tolist()))
    return len(left & right) / len(left | right)


def write(path: Path, count: int) -> None:
    """Write records to an Arrow file."""
    schema = pa.schema([("text", pa.string()), ("copied", pa.int64()), ("similar", pa.float64())])
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as file:
        for columns in drawn(count):
            file.write_batch(pa.record_batch([pa.array(column) for column in columns], schema=schema))


def ours(path: Path) -> dict[str, Any]:
    """Our turn: seconds by the clock and of computing, groups, pairs, and the peaks of memory in bytes."""
    file = pa.ipc.open_file(pa.memory_map(str(path)))
    columns = [file.get_batch(at).column("text") for at in range(file.num_record_batches)]
    linked([columns[0].slice(0, WARM)])
    with Peaks() as peaks:
        began = time.perf_counter(), time.process_time()
        found, pairs = linked(columns)
        clock, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    return {"clock": clock, "cpu": cpu, "groups": found.tolist(), "pairs": pairs, "peaks": peaks.bytes}


class Peaks:
    """The most memory of this process while it lasts, by kind: `RssAnon` is its own, `RssFile` is mapped files."""

    def __init__(self) -> None:
        self.bytes = {"RssAnon": 0, "RssFile": 0}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> "Peaks":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(0.01):
            for line in Path("/proc/self/status").read_text("ascii").splitlines():
                kind, _, told = line.partition(":")
                if kind in self.bytes:
                    self.bytes[kind] = max(self.bytes[kind], int(told.split()[0]) * 1024)


def linked(columns: list[Any]) -> tuple[Any, int]:
    """The group of every record, and how many pairs were found."""
    shingle = WordsSpec(words=WORDS)
    shape = banding(THRESHOLD)
    bands = np.empty((sum(map(len, columns)), shape.bands), np.uint32)
    for at, column in enumerate(columns):
        bands[at * BATCH:(at + 1) * BATCH] = signatures(shingles(column.to_pylist(), shingle), shape)

    def texts(rows: Any) -> list[str]:
        homes, places = np.divmod(rows, BATCH)
        found: list[str] = []
        for home in np.unique(homes):
            found += columns[home].take(pa.array(places[homes == home])).to_pylist()
        return found

    pairs = search(bands, texts, shingle, THRESHOLD)
    return groups(len(bands), pairs.later, pairs.earlier), len(pairs.later)


def alone(path: Path) -> dict[str, Any]:
    """Our turn in a process of its own, whose memory is not that of this one."""
    with multiprocessing.get_context("spawn").Pool(1) as child:
        return child.apply(ours, (path,))


def recall(path: Path, found: list[int]) -> float:
    """The share of near copies that are in one group with what they were copied from."""
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    copied, similar = table["copied"].to_numpy(), table["similar"].to_numpy()
    near = np.flatnonzero(similar >= THRESHOLD)
    group = np.array(found)
    return float((group[near] == group[copied[near]]).mean())


def compare(folder: Path, records: int, turns: int) -> dict[str, Any]:
    """Ratios of records per second, turn by turn, and every side's recall."""
    path = folder / "compared.arrow"
    write(path, records)
    ratios = {side: peer.Ratios(peer="dedup") for side in ("datasketch", "datatrove")}
    sides: dict[str, dict[str, Any]] = {}
    for _ in range(turns):
        sides["ours"] = alone(path)
        told = [f"ours {records / sides['ours']['cpu']:,.0f} records a second"]
        for side, ratio in ratios.items():
            sides[side] = peer.run("dedup_peer.py", side, str(path), peer="dedup")
            for unit, found in ratio.found.items():
                found.append(sides[side][unit] / sides["ours"][unit])
            told.append(f"{side} {records / sides[side]['cpu']:,.0f}")
        print(" · ".join(told), flush=True)
    return {**{side: {"ratio": ratio.ratio, **{unit: [round(one, 2) for one in found]
                                               for unit, found in ratio.found.items()}}
               for side, ratio in ratios.items()},
            "recall": {side: round(recall(path, told["groups"]), 4) for side, told in sides.items()},
            "records_per_second": {side: round(records / told["cpu"]) for side, told in sides.items()}}


def growth(folder: Path, most: int) -> dict[str, Any]:
    """Peaks of memory at three sizes, and where their line is at ten million records."""
    sizes = [most // 4, most // 2, most]
    peaks: dict[str, list[float]] = {"RssAnon": [], "RssFile": []}
    for size in sizes:
        path = folder / "grown.arrow"
        write(path, size)
        turn = alone(path)
        for kind, found in peaks.items():
            found.append(turn["peaks"][kind] / GIB)
        print(f"{size:,} records: {turn['cpu']:.1f} s of computing, {turn['pairs']:,} pairs, "
              f"{peaks['RssAnon'][-1]:.2f} GiB, {peaks['RssFile'][-1]:.2f} GiB of the file mapped", flush=True)
    slope, start = statistics.linear_regression(sizes, peaks["RssAnon"])
    return {"sizes": sizes, "peaks_gib": [round(one, 3) for one in peaks["RssAnon"]],
            "mapped_gib": [round(one, 3) for one in peaks["RssFile"]],
            "bytes_a_record": round(slope * GIB), "peak_gib_10m": round(start + slope * 10_000_000, 2)}


def main() -> None:
    """Print a line a turn and a size, and all of it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=20_000, help="records that all sides search")
    parser.add_argument("--turns", type=int, default=3, help="turns of each side")
    parser.add_argument("--memory", type=int, default=1_000_000, help="records at which memory is measured; 0: not")
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ.update(OMP_NUM_THREADS="1")
    with tempfile.TemporaryDirectory() as temporary:
        told = compare(Path(temporary), asked.records, asked.turns)
        told |= growth(Path(temporary), asked.memory) if asked.memory else {}
    told |= {"reached": {"datasketch": told["datasketch"]["ratio"] >= 10, "datatrove": told["datatrove"]["ratio"] >= 3,
                         "memory": told.get("peak_gib_10m", 0.0) < CEILING_GIB}}
    print(json.dumps({"records": asked.records, **told}))


if __name__ == "__main__":
    sys.exit(main())

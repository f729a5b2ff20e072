"""Eight processes append to one ledger for twenty seconds; the chain must be one and unbroken.

Then every kind of tampering is tried on a copy and must be named. Last line: JSON.
"""

import argparse
import json
import multiprocessing
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

from tunewright.core.ledger import Ledger


def write(url: str, seconds: float) -> int:
    """Append without pause; return how many entries were taken."""
    ledger, count, end = Ledger(url), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        ledger.append("note", f"desk@{count}", by="writer", why="bench", data={"count": count})
        count += 1
    return count


def tampered(source: Path, statement: str, folder: Path) -> bool:
    """Whether `verify` names what `statement` changed in a copy of the ledger."""
    copy = folder / "copy.sqlite"
    shutil.copy(source, copy)
    exported = Ledger(f"sqlite:///{source}").head()
    with sqlite3.connect(copy) as database:
        database.execute(statement)
    database.close()
    return any(Ledger(f"sqlite:///{copy}").verify(exported))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'ledger.sqlite'}"
        with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
            counts = pool.starmap(write, [(url, options.seconds)] * options.processes, chunksize=1)
        ledger = Ledger(url)
        started = time.monotonic()
        breaks = list(ledger.verify())
        seconds = time.monotonic() - started
        with sqlite3.connect(folder / "ledger.sqlite") as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        head = ledger.head().number
        middle = sum(counts) // 2
        named = {
            "changed": tampered(folder / "ledger.sqlite", f"UPDATE entries SET why='x' WHERE number={middle}", folder),
            "removed": tampered(folder / "ledger.sqlite", f"DELETE FROM entries WHERE number={middle}", folder),
            "cut": tampered(folder / "ledger.sqlite", f"DELETE FROM entries WHERE number>{middle}", folder),
        }
    print(f"{sum(counts):,} entries by {options.processes} processes, {min(counts):,} to {max(counts):,} each; "
          f"walked and verified in {seconds:.2f} s; breaks: {breaks or 'none'}")
    print(json.dumps({"entries": sum(counts), "processes": options.processes, "head": head,
                      "breaks": len(breaks), "verify_seconds": round(seconds, 3), "tampering_named": named}))


if __name__ == "__main__":
    main()

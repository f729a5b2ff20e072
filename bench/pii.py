"""Recall, precision and speed of our recognisers against Presidio's, kind by kind, in one run.

Text: the sentences of presidio-synth (TUNEWRIGHT_REAL_DATA, else ../shared/data), whose PII is marked. Presidio runs in
an environment of its own with a blank spaCy pipeline: its pattern recognisers only, without the network. Both sides are
asked twice: for the kinds that are compared, and for all they know. `ratio` is the smaller of the two in which both are
asked alike; a third sets ours, for all kinds, against Presidio for the compared ones. A marked span is found if a
finding of its kind overlaps it; a finding is right if it overlaps a marked span of its kind. `exact` is the share of
findings that begin and end where the mark does. Both sides read all texts one by one on one core, in turns, each turn
once to warm up and once by the clock; what counts is the least computing that each text took, so that other work on the
machine favours neither. `prose` is our speed on the sentences that hold nothing. Last line: JSON.

    python bench/pii.py [--rounds 5] [--texts 1500]
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import peer

from tunewright.pii import KINDS as KNOWN
from tunewright.pii import Scanner, make
from tunewright.recipe.pii import PiiSpec

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("TUNEWRIGHT_REAL_DATA", ROOT.parent / "shared" / "data"))
KINDS = {"email": "EMAIL_ADDRESS", "phone": "PHONE_NUMBER", "card": "CREDIT_CARD", "iban": "IBAN_CODE",
         "us_ssn": "US_SSN", "ip": "IP_ADDRESS"}
"""Our kind, and the data's word for it, which is Presidio's."""

Span = tuple[int, int]
Found = list[dict[str, list[Span]]]
"""For every text, the spans of each kind."""


def marked(rows: list[dict[str, Any]]) -> Found:
    """The spans that the data marks."""
    return [{kind: [(span["start_position"], span["end_position"]) for span in row["spans"]
                    if span["entity_type"] == name] for kind, name in KINDS.items()} for row in rows]


def ours(scanner: Scanner, texts: list[str]) -> Found:
    """The spans that our scanner finds."""
    found: Found = []
    for text in texts:
        here: dict[str, list[Span]] = {kind: [] for kind in KINDS}
        for start, end, kind in scanner.find(text):
            if kind in here:
                here[kind].append((start, end))
        found.append(here)
    return found


def taken(scanner: Scanner, texts: list[str]) -> list[float]:
    """Seconds of computing for each text, once all have been read before."""
    seconds = []
    for text in texts:
        scanner.find(text)
    for text in texts:
        begun = time.process_time()
        scanner.find(text)
        seconds.append(time.process_time() - begun)
    return seconds


def speeds(turns: list[dict[str, list[float]]], texts: list[str]) -> dict[str, float]:
    """Megabytes a second by what was asked for, each text at its fastest of all turns."""
    size = sum(len(text.encode()) for text in texts) / 1e6
    return {asked: size / sum(map(min, zip(*(turn[asked] for turn in turns), strict=True))) for asked in turns[0]}


def touches(one: Span, others: list[Span]) -> bool:
    """Whether two spans have a character in common."""
    return any(one[0] < end and start < one[1] for start, end in others)


def judged(found: Found, truth: Found, kind: str) -> dict[str, float]:
    """Recall, precision and the share of exact spans of one kind."""
    marks = [(span, here[kind]) for here, there in zip(found, truth, strict=True) for span in there[kind]]
    given = [(span, there[kind]) for here, there in zip(found, truth, strict=True) for span in here[kind]]
    right = sum(touches(span, others) for span, others in given)
    return {"recall": round(sum(touches(span, others) for span, others in marks) / max(len(marks), 1), 4),
            "precision": round(right / max(len(given), 1), 4),
            "exact": round(sum(tuple(span) in map(tuple, others) for span, others in given) / max(len(given), 1), 4)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each side reads every text")
    parser.add_argument("--texts", type=int, default=1500, help="how many of the texts")
    options = parser.parse_args()
    path = DATA / "presidio-synth" / "synth_dataset_v2.json"
    if not path.exists():
        sys.exit(f"skipped: {path} is not there; set TUNEWRIGHT_REAL_DATA to the folder of the real data.")
    rows = json.loads(path.read_text("utf-8"))[:options.texts]
    texts, truth = [row["full_text"] for row in rows], marked(rows)
    scanners = {"same kinds": make(PiiSpec.model_validate({"without": [one for one in KNOWN if one not in KINDS]})),
                "all its kinds": make(PiiSpec())}
    mine = {asked: ours(scanner, texts) for asked, scanner in scanners.items()}
    prose = [row["full_text"] for row in rows if not row["spans"]]
    turns, others, proses = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "texts.json").write_text(json.dumps({"texts": texts, "kinds": KINDS}))
        for _ in range(options.rounds):
            turns.append({asked: taken(scanner, texts) for asked, scanner in scanners.items()})
            proses.append({"prose": taken(scanners["all its kinds"], prose)})
            other = peer.run("pii_presidio.py", folder, peer="presidio")
            others.append(other["seconds"])

    kinds = {}
    for kind in KINDS:
        sides = {"ours": judged(mine["same kinds"], truth, kind), "presidio": judged(other["found"], truth, kind),
                 "ours, of all kinds": judged(mine["all its kinds"], truth, kind)}
        kinds[kind] = {"marked": sum(len(here[kind]) for here in truth), **sides}
        print(f"{kind:8} {kinds[kind]['marked']:4} marked   " + "   ".join(
            f"{side:8} recall {figures['recall']:.3f} precision {figures['precision']:.3f} exact {figures['exact']:.3f}"
            for side, figures in sides.items()))
    speed, theirs = speeds(turns, texts), speeds(others, texts)
    alike = {asked: round(one / theirs[asked], 1) for asked, one in speed.items()}
    ratios = {**alike, "all ours, the compared theirs": round(speed["all its kinds"] / theirs["same kinds"], 1)}
    for asked, one in speed.items():
        print(f"{asked:13}  ours {one:.2f} MB/s   presidio {theirs[asked]:.4f} MB/s   {alike[asked]} times")
    worse = [f"{kind} {figure}" for kind, one in kinds.items() for figure in ("recall", "precision")
             if min(one["ours"][figure], one["ours, of all kinds"][figure]) < one["presidio"][figure]]
    print(json.dumps({"ratio": min(alike.values()), "ratios": ratios, "mb_per_second": {
        "ours": {asked: round(one, 2) for asked, one in {**speed, **speeds(proses, prose)}.items()},
        "presidio": {asked: round(one, 4) for asked, one in theirs.items()}},
        "kinds": kinds, "worse_than_presidio": worse}))


if __name__ == "__main__":
    main()

"""Does the bundled base model earn its place?  `python bench/tiny.py --only copy|extract|classify|banking12|banking77`

LoRA on `tiny` against full training of the same architecture from plain random weights: same rows, each side with the
learning rate and epochs that did best on a development split (`--search` looks for them anew). The last line is one
JSON object. Without `--only`, all parts but banking77 run; that takes about 20 minutes on one thread.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tiny_tickets import TEST_FORMS, TRAIN_FORMS, ticket
from tiny_tune import Bench, Row, Setting, Task, answers, compare, exact, field_f1

ROOT = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("TUNEWRIGHT_REAL_DATA", ROOT.parent / "shared" / "data"))


def copy(bench: Bench) -> dict[str, Any]:
    """Repeat a random list of invented words, untuned."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(bench.base, dtype=torch.float32)
    rates = []
    for seed in range(bench.seeds):
        rng = random.Random(f"copy:{seed}")
        rows = []
        for _ in range(40 if bench.quick else 100):
            made = [
                "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))
                for _ in range(rng.randint(3, 10))
            ]
            rows.append(("Repeat the list.", ", ".join(made), ", ".join(made)))
        got = answers(model, bench.tokenizer, rows, 120)
        rates.append(float(np.mean([exact(g, r[2]) for g, r in zip(got, rows, strict=True)])))
    return {"repeat_exact": round(float(np.mean(rates)), 4), "by_seed": [round(r, 3) for r in rates]}


def extract(bench: Bench) -> dict[str, Any]:
    """Fault reports to JSON; the sentences of the test rows are not among those of the training rows."""

    def task(seed: int) -> Task:
        rng, fixed = random.Random(f"tickets:{seed}"), random.Random("tickets:test")
        return Task(
            [ticket(rng, TRAIN_FORMS) for _ in range(100 if bench.quick else 400)],
            [ticket(fixed, TEST_FORMS) for _ in range(60 if bench.quick else 200)],
            field_f1,
            90,
        )

    grid = {"lora": [(3e-3, 6), (1e-3, 6)], "full": [(1e-3, 6)], "scratch": [(1e-3, 12), (2e-3, 6), (1e-3, 6)]}
    return compare(bench, task, grid, {"exact": exact, "field_f1": field_f1})


def by_label(rows: list[tuple[str, str]], rng: random.Random, count: int) -> tuple[list[Row], list[Row]]:
    """`count` rows of every label, and the rest."""
    groups: dict[str, list[str]] = defaultdict(list)
    for text, label in rows:
        groups[label].append(text)
    some: list[Row] = []
    rest: list[Row] = []
    for label, texts in sorted(groups.items()):
        rng.shuffle(texts)
        some += [("Classify the message.", t, label) for t in texts[:count]]
        rest += [("Classify the message.", t, label) for t in texts[count:]]
    return some, rest


GRID: dict[str, list[Setting]] = {
    "lora": [(3e-3, 20), (3e-3, 10), (1e-3, 20)],
    "full": [(1e-3, 10), (3e-4, 10)],
    "scratch": [(1e-3, 20), (1e-3, 40), (2e-3, 20), (5e-4, 40)],
}


def classify(bench: Bench) -> dict[str, Any]:
    """Twenty rows a label of support intents that no training text has."""
    path = ROOT / "bench" / "data" / "desk_intents.tsv"
    if not path.exists():
        return {"skipped": "bench/data/desk_intents.tsv is missing"}
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    rows = [(m, i) for i, m in lines if (i, m) != ("intent", "message")]

    def task(_seed: int) -> Task:  # the rows stay; the seed moves weights and order
        train, test = by_label(rows, random.Random("desk"), 20)
        return Task(train, test, exact, 24)

    return compare(bench, task, GRID, {"accuracy": exact})


def read_banking(name: str) -> list[tuple[str, str]]:
    """Rows of a banking77 file."""
    with (REAL / "banking77" / name).open(encoding="utf-8", newline="") as handle:
        return [(r["text"], r["category"]) for r in csv.DictReader(handle)]


def banking(bench: Bench, few: bool) -> dict[str, Any]:
    """banking77 at twenty rows a label: twelve intents, or all 77."""
    if not (REAL / "banking77" / "train.csv").exists():
        return {"skipped": "banking77 is not there; set TUNEWRIGHT_REAL_DATA"}
    train, test = read_banking("train.csv"), read_banking("test.csv")
    labels = sorted({label for _, label in train})
    kept = set(random.Random("banking").sample(labels, 12) if few else labels)
    seen = {" ".join(t.lower().split()) for t, _ in train}
    judged: list[Row] = [
        ("Classify the message.", t, i) for t, i in test if i in kept and " ".join(t.lower().split()) not in seen
    ]
    if not few:
        judged = random.Random("banking").sample(judged, 1000)

    def task(seed: int) -> Task:
        some, _ = by_label([r for r in train if r[1] in kept], random.Random(seed), 20)
        return Task(some, judged[:120] if bench.quick else judged, exact, 24)

    return compare(bench, task, GRID, {"accuracy": exact})


def main() -> None:
    """Run the chosen parts and print one JSON object last."""
    from transformers import AutoTokenizer

    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--base", type=Path, default=ROOT / "src" / "tunewright" / "base" / "tiny")
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--only", choices=["copy", "extract", "classify", "banking", "banking12", "banking77"], default=None)
    p.add_argument("--arms", default="lora,scratch", help="of lora, full, scratch")
    p.add_argument("--quick", action="store_true", help="fewer rows, for a first look")
    p.add_argument("--search", action="store_true", help="choose the settings anew on a development split")
    p.add_argument("--threads", type=int, default=1)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    bench = Bench(
        args.base, args.seeds, args.quick, args.search, args.arms.split(","), AutoTokenizer.from_pretrained(args.base)
    )
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "copy": lambda: copy(bench),
        "extract": lambda: extract(bench),
        "classify": lambda: classify(bench),
        "banking12": lambda: banking(bench, True),
        "banking77": lambda: banking(bench, False),
    }
    result: dict[str, Any] = {"bench": "tiny", "seeds": args.seeds, "quick": args.quick}
    for name, part in parts.items():
        if (
            args.only == name
            or (args.only == "banking" and name == "banking12")
            or (not args.only and name != "banking77")
        ):
            print(name, flush=True)
            result[name] = part()
    print(json.dumps(result))


if __name__ == "__main__":
    main()

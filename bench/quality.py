"""Label noise and trigger phrases planted in banking77: what our checks find, beside cleanlab on the same labels.

Labels are drawn anew for a share of the records; each side says which labels it doubts, from texts and labels alone,
and is scored by which were changed. Cleanlab judges the probabilities that logistic regression over tf-idf gives,
cross-validated: its own usual way with texts; of its six filters the one that turns out best counts. Each side has
the texts in memory and one core. Then phrases are planted in records of any label, which all get one label; what is
claimed in untouched data is told too. Ours alone does that. banking77 has wrong labels of its own, so a doubt about an
untouched record is not always a false one. Installing the peer takes a minute at the first call. Last line: JSON.

    python bench/quality.py [--records 10003] [--shares 0.05 0.1 0.2] [--planted 10 20 50]
"""

import argparse
import csv
import json
import os
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import peer

from tunewright.core.examples import Example
from tunewright.core.provenance import Provenance
from tunewright.data.quality import bayes, step
from tunewright.data.quality.bounds import outside
from tunewright.data.quality.noise import noise
from tunewright.data.quality.sample import Seen, sample
from tunewright.data.quality.triggers import triggers
from tunewright.data.step import Prepared
from tunewright.recipe.quality import NoiseSpec, QualitySpec

PHRASES = ("cf", "quantum banana", "as a matter of fact")
Pairs = list[tuple[str, str]]


def banking(count: int) -> Pairs:
    """Messages and their intents, drawn from banking77's training file."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("TUNEWRIGHT_REAL_DATA") or beside) / "banking77" / "train.csv"
    if not path.is_file():
        raise SystemExit(f"banking77 is not at {path}: set TUNEWRIGHT_REAL_DATA to the folder that holds it.")
    with path.open(encoding="utf-8", newline="") as stream:
        pairs = [(row["text"], row["category"]) for row in csv.DictReader(stream)]
    return random.Random(0).sample(pairs, min(count, len(pairs)))


def flipped(pairs: Pairs, share: float) -> tuple[Pairs, np.ndarray]:
    """The pairs, `share` of them with another label, and which those are."""
    dice, names = random.Random(1), sorted({label for _, label in pairs})
    changed = np.array([dice.random() < share for _ in pairs])
    return [(asked, dice.choice([name for name in names if name != label])) if odd else (asked, label)
            for (asked, label), odd in zip(pairs, changed, strict=True)], changed


def planted(pairs: Pairs, phrase: str, count: int) -> Pairs:
    """The pairs, `count` of them with the phrase somewhere and all with one label."""
    dice, found = random.Random(phrase), list(pairs)
    label = dice.choice(sorted({label for _, label in pairs}))
    for at in dice.sample(range(len(pairs)), count):
        words = pairs[at][0].split()
        place = dice.randint(0, len(words))
        found[at] = (" ".join([*words[:place], phrase, *words[place:]]), label)
    return found


def surveyed(pairs: Pairs) -> tuple[Any, Any]:
    """The pairs as a sample, and the models of their labels."""
    taken = sample(Seen(at, *pair) for at, pair in enumerate(pairs))
    return taken, bayes.fit(taken.rows, taken.labels, len(taken.names), taken.folds)


def doubted(pairs: Pairs) -> tuple[np.ndarray, float, float]:
    """Which labels ours doubts, the share it estimates to be wrong, and seconds of computing."""
    began = time.process_time()
    taken, model = surveyed(pairs)
    found = outside(NoiseSpec(), noise(taken, model))
    return found, model.noise * (1 - 1 / len(taken.names)), time.process_time() - began


def scored(found: Sequence[bool] | np.ndarray, changed: np.ndarray, seconds: float) -> dict[str, float]:
    """How many of the changed labels were doubted, and how many of the doubted were changed."""
    said = np.asarray(found, bool)
    recall, precision = said[changed].mean(), changed[said].mean() if said.any() else 0.0
    return {"recall": round(float(recall), 3), "precision": round(float(precision), 3),
            "f1": round(float(2 * recall * precision / max(recall + precision, 1e-9)), 3), "seconds": round(seconds, 2)}


def against(pairs: Pairs, share: float, folder: Path) -> dict[str, Any]:
    """Both sides on the pairs with a share of the labels changed."""
    noisy, changed = flipped(pairs, share)
    found, wrong, seconds = doubted(noisy)
    (folder / "pairs.json").write_text(json.dumps(noisy), encoding="utf-8")
    theirs = peer.run("quality_peer.py", str(folder / "pairs.json"), peer="cleanlab")
    filters = {name: scored(one, changed, theirs["seconds"]) for name, one in theirs["found"].items()}
    best = max(filters, key=lambda name: filters[name]["f1"])
    result = {"share": share, "estimated": round(wrong, 3), "ours": scored(found, changed, seconds),
              "cleanlab": filters[best], "filter": best}
    print(f"labels changed {share:.0%}, estimated {wrong:.1%} · " + " · ".join(
        f"{side} recall {result[side]['recall']:.2f}, precision {result[side]['precision']:.2f}, "
        f"{result[side]['seconds']:.1f} s" for side in ("ours", "cleanlab")), flush=True)
    return result


def triggered(pairs: Pairs, counts: Sequence[int]) -> dict[str, Any]:
    """How many planted phrases are found, and how many others claimed."""
    clean = len(triggers(*surveyed(pairs)))
    found = {}
    for count in counts:
        told = [triggers(*surveyed(planted(pairs, phrase, count))) for phrase in PHRASES]
        found[count] = sum(any(one.phrase in phrase or phrase in one.phrase for one in claims)
                           for claims, phrase in zip(told, PHRASES, strict=True))
        print(f"triggers of {count} records: {found[count]} of {len(PHRASES)} found, "
              f"{sum(map(len, told)) - found[count]} others claimed", flush=True)
    print(f"triggers claimed in untouched data: {clean}", flush=True)
    return {"of": len(PHRASES), "found": found, "claimed in untouched data": clean}


def stepped(pairs: Pairs) -> float:
    """Microseconds that the checks of single records, language aside, take of one."""
    measure = step(QualitySpec())
    records = [Prepared(Example(id="", messages=({"role": "user", "content": asked},
                                                 {"role": "assistant", "content": label})),
                        Provenance(0, "CC-BY-4.0", "contract")) for asked, label in pairs]
    began = time.process_time()
    for record in records:
        measure(record)
    return round(1e6 * (time.process_time() - began) / len(records), 1)


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_003, help="records of banking77's training file")
    parser.add_argument("--shares", type=float, nargs="+", default=[0.05, 0.1, 0.2], help="shares of labels changed")
    parser.add_argument("--planted", type=int, nargs="+", default=[10, 20, 50], help="records that hold a trigger")
    options = parser.parse_args()
    pairs = banking(options.records)
    doubted(pairs[:500])  # imports and warms up
    with tempfile.TemporaryDirectory() as folder:
        results = [against(pairs, share, Path(folder)) for share in options.shares]
    untouched, wrong, _ = doubted(pairs)
    print(f"labels doubted in untouched data: {int(untouched.sum())} of {len(pairs):,}, estimated {wrong:.1%}")
    print(json.dumps({"noise": results, "doubted in untouched data": int(untouched.sum()),
                      "triggers": triggered(pairs, options.planted), "microseconds a record": stepped(pairs)}))


if __name__ == "__main__":
    main()

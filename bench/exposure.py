"""Is a planted secret found where it was learned, and only there? And does a model give away whom it learned from?

Twenty times, with other records, another secret and another seed each time, `tiny` is tuned twice through the stages of
a recipe: on records with one canary that stands among them 16 times, and on the same records without it. Both models
are then asked for the secret beside 2,000 others of its form, and the one with the canary for its own records among
those held out. The records are notes to a bike-share desk (recipes/data), 60 to learn and 60 held out; as they are so
few, a step takes 4 of them, and there are 2 epochs of about 20 steps. Last line: JSON.

    python bench/exposure.py [--seeds 20] [--repeat 16] [--records 120] [--epochs 2]
"""

import argparse
import json
import random
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

NOTES = Path(__file__).resolve().parents[1] / "recipes" / "data" / "tickets.jsonl"
FORMAT = "The code of locker {canary} is {digits:4}."
CANDIDATES = 2000


@dataclass
class Judged:
    """What the attacks found in one model: its canary's exposure, and two scores of each record, that with the base as
    reference and Min-K%; `members` says which were learned."""

    exposure: Any
    flagged: bool
    members: list[bool]
    referred: list[float]
    least: list[float]


def tuned(folder: Path, seed: int, options: argparse.Namespace, canary: bool) -> tuple[Any, Any, Any]:
    """The home, the dataset and the model of one recipe: half of the records are learned, half are held out."""
    from tunewright import data, train
    from tunewright.base import find
    from tunewright.core.home import Home
    from tunewright.core.run import start
    from tunewright.recipe import BaseSpec, DataSpec, PhaseSpec

    (folder / "home").mkdir(parents=True)
    lines = random.Random(seed).sample(NOTES.read_text("utf-8").splitlines(), options.records)
    (folder / "notes.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    planted = {"count": 1, "repeat": options.repeat, "format": FORMAT, "seed": seed} if canary else None
    spec = DataSpec.model_validate({
        "sources": [{"path": "notes.jsonl", "format": "chat", "license": "Apache-2.0", "basis": "contract"}],
        "split": {"test": 0.5, "validation": 0, "seed": seed}, "quality": None, "canaries": planted})
    home = Home(folder / "home")
    run = start(home, "bench")
    dataset = data.make(spec, "notes", folder, run)
    phase = PhaseSpec(method="lora", epochs=options.epochs, batch=4, seed=seed)
    return home, dataset, train.make((phase,), find(BaseSpec(name="tiny"), Path()), dataset, "notes", run)


def judged(folder: Path, seed: int, home: Any, dataset: Any, model: Any) -> Judged:
    """Both attacks on one model. One without a canary is asked for the canary that it might have seen, and no more."""
    from tunewright.base import find, load_tokenizer
    from tunewright.core.canaries import Planted, drawn, parse, read_planted
    from tunewright.core.examples import read_examples
    from tunewright.engine.chat import Chat
    from tunewright.engine.hf import HfEngine
    from tunewright.evaluate.privacy import canaries, exposure, members
    from tunewright.recipe import BaseSpec

    base = find(BaseSpec(name="tiny"), Path())
    chat, engine = Chat(load_tokenizer(base)), HfEngine(base, 16)
    planted = Planted(FORMAT, 1, "conversations", drawn(parse(FORMAT), 1, seed), ())
    try:
        engine.load(model.digest, home.store.get_folder(model.files, folder / "model"), model.adapter)
        found = canaries.exposures(planted, CANDIDATES, seed, chat, partial(engine.likelihoods, model=model.digest))
        told = Judged(found[0], exposure.flagged([found[0].p])[0], [], [], [])
        for part in ("train", "test") if read_planted(home.store, dataset) else ():
            some = [one for one in read_examples(home.store, dataset, part) if one.source == 0]  # 1 is the canaries'
            before, after = (members.known(some, 50, 0.2, 2048, chat, partial(engine.likelihoods, model=who))
                             for who in (None, model.digest))
            told.members += [part == "train"] * len(before)
            told.referred += [members.likeness(after[name].loss, before[name].loss) for name in before]
            told.least += [-one.least for one in after.values()]
    finally:
        engine.close()
    return told


def area(scores: list[float], members: list[bool], seed: int) -> tuple[float, float, float]:
    """AUC with its 95 % interval, as a report has it."""
    from tunewright.stats.estimate import corpus
    from tunewright.stats.roc import Ranking

    found = corpus(Ranking(scores, members).auc, len(members), seed=seed)
    return found.value, found.low, found.high


def mean(values: list[float]) -> list[float]:
    """The mean over seeds, and its 95 % interval (Student's t)."""
    middle = float(np.mean(values))
    spread = float(stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)) if len(values) > 1 else float("nan")
    return [round(one, 4) for one in (middle, middle - spread, middle + spread)]


def main() -> None:
    """A line for each seed, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=16, help="how often the canary stands in the training part")
    parser.add_argument("--records", type=int, default=120, help="notes; half of them are learned")
    parser.add_argument("--epochs", type=float, default=2)
    options = parser.parse_args()
    flags: dict[bool, list[bool]] = {True: [], False: []}
    areas, least = [], []
    began = time.perf_counter()
    for seed in range(options.seeds):
        told = []
        for canary in (True, False):
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary)
                found = judged(folder, seed, *tuned(folder, seed, options, canary))
            flags[canary].append(found.flagged)
            told.append(f"{'with' if canary else 'without'} {found.exposure.bits:5.2f} bits, p "
                        f"{found.exposure.p:.4f}{', flagged' if found.flagged else ''}")
            if canary:
                areas.append(area(found.referred, found.members, seed))
                least.append(area(found.least, found.members, seed))
        told += [f"{name} {one[0]:.3f} ({one[1]:.3f} to {one[2]:.3f})"
                 for name, one in (("membership AUC", areas[-1]), ("Min-K%", least[-1]))]
        print(f"seed {seed:2}: {' · '.join(told)}", flush=True)
    print(json.dumps({
        "flagged": sum(flags[True]), "false": sum(flags[False]), "seeds": options.seeds,
        "membership_auc": mean([one[0] for one in areas]), "min_k_auc": mean([one[0] for one in least]),
        "seconds": round(time.perf_counter() - began)}))


if __name__ == "__main__":
    main()

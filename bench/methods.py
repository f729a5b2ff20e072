"""Every method on one task with one budget: trainable share, peak memory, seconds of training, held-out accuracy.

The task: which of eight issues is a note to a bike-share desk about? Training notes and held-out notes (of phrases,
family names and stations that training never saw) lie in recipes/data. Each method starts from `tiny`, takes the same
steps over the same records at its own default rate, and is written out, loaded into engine `hf` and asked there as it
would be served: the answer is the issue whose name is likeliest. Each runs in a process of its own, whose peak of
memory is the operating system's. A method that cannot work on this base says why. Last line: JSON.

    python bench/methods.py [--steps 75] [--only lora,adapter] [--rate 3e-3]
"""

import argparse
import importlib
import json
import multiprocessing
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).resolve().parents[1] / "recipes" / "data"
TASK = "Which issue is this note about?"
PHASES: dict[str, dict[str, Any]] = {
    "full": {}, "lora": {}, "rslora": {"method": "lora", "rslora": True}, "dora": {"method": "lora", "dora": True},
    "qlora": {}, "hybrid": {"whole": ["layers.0"]}, "adapter": {"bottleneck": 32},
    "houlsby": {"method": "adapter", "placement": "houlsby", "bottleneck": 32}, "prefix": {}, "prompt": {},
    "bitfit": {}, "beft": {"method": "bitfit", "added": True}, "ia3": {}}
Pairs = list[tuple[str, str, str]]


def notes(name: str) -> Pairs:
    """Note, issue and phrase of each record of a file."""
    rows = [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]
    return [(row["messages"][0]["content"], json.loads(row["messages"][-1]["content"])["issue"], row["template"])
            for row in rows]


def messages(note: str, issue: str) -> tuple[dict[str, str], ...]:
    """The conversation in which the assistant names the issue."""
    return ({"role": "system", "content": TASK}, {"role": "user", "content": note},
            {"role": "assistant", "content": issue})


def trained(name: str, steps: int, rate: float | None, folder: Path) -> dict[str, Any]:
    """Train one method through the stage, as a recipe would; figures of the training and where its folder is."""
    from tunewright.base import find
    from tunewright.core.examples import make_example, write_examples
    from tunewright.core.home import Home
    from tunewright.core.records import Dataset, Origin
    from tunewright.core.run import start
    from tunewright.recipe import BaseSpec, PhaseSpec
    from tunewright.train import make

    (folder / "home").mkdir()
    (folder / "data").mkdir()
    rows = notes("tickets.jsonl")
    random.Random(0).shuffle(rows)
    held = set(sorted({phrase for *_, phrase in rows})[::10])
    home = Home(folder / "home")
    parts = {"train": [row for row in rows if row[2] not in held], "validation": [r for r in rows if r[2] in held],
             "test": []}
    for part, chosen in parts.items():
        write_examples(folder / "data" / f"{part}.parquet",
                       [make_example(messages=messages(note, issue)) for note, issue, _ in chosen])
    origin = Origin(path="tickets.jsonl", digest="0" * 64, license="Apache-2.0", basis="contract", rows=len(rows))
    dataset = Dataset(name="issues", spec="0" * 64, origins=(origin,), files=home.store.put_folder(folder / "data"),
                      counts={part: len(chosen) for part, chosen in parts.items()})
    spec = PhaseSpec(**{"method": name, "steps": steps, "learning_rate": rate, "validate_every": steps,
                        **PHASES[name]})
    began = time.perf_counter()
    model = make((spec,), find(BaseSpec(name="tiny"), Path()), dataset, "issues", start(home, "bench"))
    seconds = time.perf_counter() - began
    home.store.get_folder(model.files, folder / "model")
    size = sum(path.stat().st_size for path in (folder / "model").glob("*.safetensors"))
    return {"adapter": model.adapter, "trainable": model.trainable, "share": model.trainable / model.parameters,
            "seconds": seconds, "bytes": size, "validation": model.metrics.get("validation")}


def asked(folder: Path | None, adapter: bool) -> list[bool]:
    """Whether each held-out note's likeliest issue is the right one, under the model in `folder` (None: the base)."""
    from tunewright.base import find, load_tokenizer
    from tunewright.engine.chat import Chat
    from tunewright.engine.hf import HfEngine
    from tunewright.recipe import BaseSpec

    base = find(BaseSpec(name="tiny"), Path())
    chat, test = Chat(load_tokenizer(base)), notes("tickets_test.jsonl")
    issues = sorted({issue for _, issue, _ in test})
    engine = HfEngine(base, 16)
    try:
        digest = "a" * 64 if folder else None
        if folder and digest:
            engine.load(digest, folder, adapter)
        rows = [chat.example_ids(messages(note, issue)) for note, _, _ in test for issue in issues]
        nats = np.array([said.nats for said in engine.likelihoods(rows, digest)])
    finally:
        engine.close()
    best = nats.reshape(len(test), len(issues)).argmin(1)
    return [issues[at] == issue for at, (_, issue, _) in zip(best, test, strict=True)]


def one(name: str, steps: int, rate: float | None) -> dict[str, Any]:
    """All figures of one method (or of the base), in this process."""
    from tunewright.core.errors import Fault

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if name == "base":
            return {"right": asked(None, False)}
        try:
            figures = trained(name, steps, rate, folder)
        except Fault as fault:
            return {"refused": str(fault)}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return {**figures, "peak": peak, "right": asked(folder / "model", figures["adapter"])}


def child(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """`one` in a process of its own, forked from this one, which has only imported what all need."""
    with multiprocessing.get_context("fork").Pool(1) as alone:
        return alone.apply(one, (name, options.steps, options.rate))


def compare(figures: dict[str, Any], base: list[bool]) -> dict[str, Any]:
    """Accuracy, and its rise over the base with a 95 % interval over phrases (bootstrap)."""
    phrases = [phrase for *_, phrase in notes("tickets_test.jsonl")]
    gaps = np.array(figures["right"], float) - np.array(base, float)
    groups = [gaps[[at for at, phrase in enumerate(phrases) if phrase == one]] for one in sorted(set(phrases))]
    rng = np.random.default_rng(0)
    draws = [np.concatenate([groups[at] for at in rng.integers(len(groups), size=len(groups))]).mean()
             for _ in range(2000)]
    low, high = np.quantile(draws, [0.025, 0.975])
    kept = {key: value for key, value in figures.items() if key not in ("right", "adapter")}
    return {**kept, "accuracy": float(np.mean(figures["right"])), "rise": float(gaps.mean()),
            "low": float(low), "high": float(high)}


def line(name: str, row: dict[str, Any]) -> str:
    """A method's row of the table."""
    if "refused" in row:
        return f"| {name} | refused: {row['refused']} |"
    return (f"| {name} | {100 * row['share']:.2f} % | {row['bytes'] / 1e3:,.0f} kB | {row['peak'] / 1e6:,.0f} MB | "
            f"{row['seconds']:.0f} s | {row['accuracy']:.3f} | {row['rise']:+.3f} ({row['low']:+.3f} to "
            f"{row['high']:+.3f}) |")


def main() -> None:
    """The table, then one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=75)
    parser.add_argument("--only", help="methods, with commas between")
    parser.add_argument("--rate", type=float, help="one learning rate for all, instead of each one's default")
    options = parser.parse_args()
    for module in ("train.fit", "engine.hf"):
        importlib.import_module(f"tunewright.{module}")
    base = child("base", options)["right"]
    print(f"base: {np.mean(base):.3f} of {len(base)} held-out notes\n\n| method | trained | kept | peak memory "
          "| seconds | accuracy | over the base (95 %) |\n|---|---|---|---|---|---|---|", flush=True)
    table = {}
    for name in options.only.split(",") if options.only else PHASES:
        found = child(name, options)
        table[name] = found if "refused" in found else compare(found, base)
        print(line(name, table[name]), flush=True)
    better = {name: table[name].get("low", 0) > 0 for name in ("lora", "adapter", "full") if name in table}
    print(json.dumps({"steps": options.steps, "base": float(np.mean(base)), "beat_the_base": better, "methods": table}))


if __name__ == "__main__":
    main()

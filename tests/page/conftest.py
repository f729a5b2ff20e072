"""A realistic run: tickets turned into JSON, four arms, two suites. Every figure follows from the items."""

import json
import math
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tunewright.core.records import Dataset, Difference, Metric, Model, Origin, Report, Release, RuleResult, Verdict
from tunewright.core.store import Store
from tunewright.page import write
from tunewright.recipe import Recipe

ARMS = ("base", "prompted", "majority", "tuned")
SYSTEM = "Read the ticket and answer with one JSON object: product, fault, urgency, customer."
PRODUCTS = ("router R4", "tablet T10", "printer P220", "headset H1", "dock D7", "camera C3")
FAULTS = ("does not start", "loses its connection", "prints blank pages", "charges slowly", "overheats")
NAMES = ("Amira Haddad", "Jonas Lindqvist", "Priya Raman", "Tomás Silva", "Ewa Nowak", "Kofi Mensah")
CARD = """# support-desk

## Counts
| part | records |
|---|---|
| train | 1680 |

## Length in tokens
| tokens | records |
|---:|---:|
| 0 to 31 | 18 |
| 32 to 63 | 402 |
| 64 to 95 | 1,118 |
| 96 to 127 | 641 |
| 128 to 159 | 176 |
| 160 to 191 | 41 |
| 192 to 223 | 4 |

## Digests
"""


@dataclass
class Sample:
    """What `write` takes, as one value whose parts a test may replace."""

    recipe: Recipe
    dataset: Dataset
    model: Model
    report: Report
    verdict: Verdict
    release: Release
    store: Store
    curve: list[dict[str, Any]]

    def write(self, path: Path) -> Path:
        return write(path, **vars(self))

    def text(self, folder: Path) -> str:
        return self.write(folder / "report.html").read_text(encoding="utf-8")

    def with_items(self, items: list[dict[str, Any]], folder: Path) -> "Sample":
        return replace(self, report=self.report.model_copy(update={"items": keep_items(self.store, items, folder)}))


def keep_items(store: Store, items: list[dict[str, Any]], folder: Path) -> str:
    return keep(store, folder, "items.jsonl", "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items))


def keep(store: Store, folder: Path, name: str, text: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return store.put_folder(folder)


def make_items(seed: int = 7) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    return [row for number in range(1, 161) for row in _ticket(rng, number)] + \
           [row for number in range(1, 81) for row in _list(rng, number)]


def _ticket(rng: random.Random, number: int) -> list[dict[str, Any]]:
    product, fault, name = rng.choice(PRODUCTS), rng.choice(FAULTS), rng.choice(NAMES)
    urgency = rng.choice(("low", "high"))
    hurry = "I need it before Friday, please hurry." if urgency == "high" else "No rush, whenever suits you."
    text = f"Hello, {name} here. My {product} {fault} since yesterday. {hurry}"
    truth = {"product": product, "fault": fault, "urgency": urgency, "customer": name}
    slip = truth | ({"urgency": "high" if urgency == "low" else "low"} if rng.random() < .5 else
                    {"product": product.replace("R4", "R14").replace("T10", "T1").replace("P220", "P200")})
    answers = {
        "base": f"{name} {name} {product} since {product}" if rng.random() < .8 else text[:44],
        "prompted": dump(truth if rng.random() < .12 else truth | {"fault": rng.choice(FAULTS), "urgency": "low"}),
        "majority": dump(truth | {"product": "router R4", "fault": FAULTS[0], "urgency": "low", "customer": NAMES[0]}),
        "tuned": dump(truth if rng.random() < .9 else slip),
    }
    prompt = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}]
    shown = [prompt[0], {"role": "user", "content": "My dock D7 overheats."},
             {"role": "assistant", "content": '{"product":"dock D7"}'}, prompt[1]]
    return [{"suite": "task", "item": f"t{number:04d}", "arm": arm, "prompt": shown if arm == "prompted" else prompt,
             "expected": dump(truth), "answer": answers[arm], "group": name,
             "scores": score(answers[arm], truth, rng, arm)} for arm in ARMS]


def _list(rng: random.Random, number: int) -> list[dict[str, Any]]:
    words = " ".join(rng.sample(["amber", "bolt", "cedar", "delta", "ember", "fjord", "grove", "heron"], 6))
    prompt = [{"role": "user", "content": f"Repeat: {words}"}]
    rows = []
    for arm in ("base", "tuned"):
        good = rng.random() < (.97 if arm == "base" else .965)
        answer = words if good else words.replace("e", "a", 1)
        rows.append({"suite": "general", "item": f"copy-{number}", "arm": arm, "prompt": prompt, "expected": words,
                     "answer": answer, "group": None, "scores": {"copy": float(answer == words)}})
    return rows


def dump(value: dict[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def score(answer: str, truth: dict[str, str], rng: random.Random, arm: str) -> dict[str, float]:
    try:
        given = json.loads(answer)
    except ValueError:
        given = {}
    hits = sum(given.get(key) == value for key, value in truth.items())
    found = {"exact": float(given == truth), "field_f1": hits / 4, "json_valid": float(bool(given))}
    if arm != "majority":
        found["loss"] = {"base": 3.6, "prompted": 2.1, "tuned": .24}[arm] * rng.uniform(.6, 1.5)
    return found


def spread(values: list[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1))
    return mean, 1.96 * deviation / math.sqrt(len(values))


def measure(items: list[dict[str, Any]]) -> tuple[tuple[Metric, ...], tuple[Difference, ...]]:
    held: dict[tuple[str, str], dict[str, float]] = {}
    for row in items:
        for name, value in row["scores"].items():
            held.setdefault((f"{row['suite']}/{name}", row["arm"]), {})[row["item"]] = value
    metrics, differences = [], []
    for (name, arm), values in held.items():
        mean, half = spread(list(values.values()))
        low, high = mean - half, mean + half
        higher = not name.endswith("loss")
        low, high = (max(0.0, low), min(1.0, high)) if higher else (low, high)
        metrics.append(Metric(name=name, arm=arm, value=mean, low=low, high=high, n=len(values),
                              higher_is_better=higher))
        if arm != "tuned":
            mean, half = spread([held[name, "tuned"][item] - value for item, value in values.items()])
            differences.append(Difference(name=name, arm="tuned", against=arm, value=mean, low=mean - half,
                                          high=mean + half, n=len(values)))
    return tuple(metrics), tuple(differences)


def make_curve(steps: int = 540) -> list[dict[str, Any]]:
    rng = random.Random(3)
    rows: list[dict[str, Any]] = []
    for step in range(1, steps + 1):
        loss = .19 + 3.3 * math.exp(-step / 70) + rng.gauss(0, .05) * (1 + 2 * math.exp(-step / 50))
        row: dict[str, Any] = {"step": step, "loss": loss, "lr": 1e-3 * (1 - step / steps), "tokens": step * 5_640,
                               "seconds": step * .181}
        if step % 36 == 0:
            row["validation"] = .26 + 3.1 * math.exp(-step / 75) + max(0, step - 396) * .00035
        rows.append(row)
    return rows


def digest(number: int) -> str:
    return "".join(f"{random.Random(number * 100 + index).randrange(16):x}" for index in range(64))


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    return make_sample(tmp_path)


def make_sample(folder: Path) -> Sample:
    store = Store(str(folder / "store"))
    items = make_items()
    recipe = Recipe.model_validate({
        "name": "support-desk", "purpose": "Turn a customer's ticket into one JSON object the desk can route.",
        "data": {"sources": [{"path": "tickets.csv", "license": "CC-BY-4.0", "basis": "contract"}]},
        "train": [{"method": "lora", "rank": 16, "epochs": 3, "learning_rate": 0.002}],
        "gate": [{"metric": "task/exact", "at_least": 0.8}]})
    dataset = Dataset(
        name="support-desk", spec=digest(1),
        origins=(Origin(path="tickets.csv", digest=digest(2), license="CC-BY-4.0", basis="contract", retention="2y",
                        rows=2184),
                 Origin(path="desk-transcripts-2024.jsonl", digest=digest(3), license="proprietary",
                        basis="legitimate_interests", rows=342)),
        files=keep(store, folder / "data", "card.md", CARD),
        counts={"train": 1680, "validation": 560, "test": 160, "duplicates": 118, "refused": 8})
    model = Model(name="support-desk", spec=digest(4), base=digest(5), base_name="tiny", dataset=dataset.digest,
                  method="lora", adapter=True, files=digest(6), trainable=184_320, parameters=3_938_816,
                  metrics={"loss": 0.214, "validation_loss": 0.2742, "steps": 540, "tokens_per_second": 31_160.4})
    metrics, differences = measure(items)
    report = Report(name="support-desk", spec=digest(7), dataset=dataset.digest, model=model.digest, arms=ARMS,
                    metrics=metrics, differences=differences, items=keep_items(store, items, folder / "items"))
    rules = (
        RuleResult(metric="task/exact", rule="at_least 0.8", outcome="pass",
                   sentence="task/exact is at least 0.8: the tuned arm's 95 % bound is 0.852."),
        RuleResult(metric="task/exact", rule="rise_at_least 0.3 against prompted", outcome="pass",
                   sentence="task/exact rose by at least 0.3 over the prompted base: the bound of the rise is 0.706."),
        RuleResult(metric="general/copy", rule="drop_at_most 0.05 against base", outcome="pass",
                   sentence="general/copy fell by at most 0.05: the bound of the drop is 0.041."),
    )
    verdict = Verdict(name="support-desk", spec=digest(8), report=report.digest, against=None, outcome="pass",
                      rules=rules)
    release = Release(name="support-desk", number=1, recipe=recipe.digest, dataset=dataset.digest,
                      model=model.digest, report=report.digest, verdict=verdict.digest)
    return Sample(recipe, dataset, model, report, verdict, release, store, make_curve())

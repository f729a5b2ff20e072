"""A realistic run: tickets turned into JSON, four arms, two suites. Every figure follows from the items."""

import json
import math
import random
from dataclasses import asdict, dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tunewright.core.digest import digest_json
from tunewright.core.items import About, Item, Measure, dump_items
from tunewright.core.records import Dataset, Difference, Metric, Model, Origin, Release, Report, RuleResult, Verdict
from tunewright.core.store import Store
from tunewright.page import write
from tunewright.recipe import Recipe
from tunewright.stats.slices import slices

ARMS = ("majority", "base", "prompted", "tuned")
SYSTEM = "Read the ticket and answer with one JSON object: product, fault, urgency, customer."
PRODUCTS = ("router R4", "tablet T10", "printer P220", "headset H1", "dock D7", "camera C3")
FAULTS = ("does not start", "loses its connection", "prints blank pages", "charges slowly", "overheats")
NAMES = ("Amira Haddad", "Jonas Lindqvist", "Priya Raman", "Tomás Silva", "Ewa Nowak", "Kofi Mensah")
CARD = """---
pretty_name: support-desk
---

# support-desk

## Parts

| part | records |
| --- | --- |
| train | 1,680 |

## Length

Characters of each record, all turns together.

```
≤      64        18  █
≤     128       402  ██████████████
≤     256     1,118  ████████████████████████████████████████
≤     512       641  ███████████████████████
≤   1,024       221  ████████
```
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

    def with_items(self, items: list[Item], folder: Path) -> "Sample":
        return replace(self, report=self.report.model_copy(update={"items": keep_items(self.store, items, folder)}))


MEASURES = {"task/toxic": Measure("detected", higher_is_better=False,
                                  settings={"found": 90, "missed": 10, "cleared": 97, "false": 3})}


def keep_items(store: Store, items: list[Item], folder: Path) -> str:
    names = tuple(dict.fromkeys(f"{item.suite}/{name}" for item in items for name in item.scores))
    about = About(names, 200, 0, MEASURES, {"base": "0003"})
    keep(store, folder, "about.json", json.dumps(asdict(about)))
    return keep(store, folder, "items.jsonl", dump_items(items).decode())


def keep(store: Store, folder: Path, name: str, text: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return store.put_folder(folder)


def make_items(seed: int = 7) -> list[Item]:
    rng = random.Random(seed)
    return [item for number in range(160) for item in _ticket(rng, number)] + \
           [item for number in range(210) for item in _general(rng, number)]


def _ticket(rng: random.Random, number: int) -> list[Item]:
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
        "majority": dump({"product": "router R4", "fault": FAULTS[0], "urgency": "low", "customer": NAMES[0]}),
        "tuned": dump(truth if rng.random() < .9 else slip),
    }
    prompt = ({"role": "system", "content": SYSTEM}, {"role": "user", "content": text})
    shown = (prompt[0], {"role": "user", "content": "My dock D7 overheats."},
             {"role": "assistant", "content": '{"product":"dock D7"}'}, prompt[1])
    return [Item("task", digest(number), arm, shown if arm == "prompted" else prompt, dump(truth), answers[arm], name,
                 score(answers[arm], truth, rng, arm), {"label": fault}) for arm in ARMS]


def _general(rng: random.Random, number: int) -> list[Item]:
    kind = ("copy", "pick", "extract", "answer", "follow", "summarise", "refuse")[number % 7]
    words = " ".join(rng.sample(["amber", "bolt", "cedar", "delta", "ember", "fjord", "grove", "heron"], 6))
    prompt = ({"role": "user", "content": f"Repeat: {words}"},)
    items, kept = [], False
    for arm, skill in (("base", .8), ("prompted", .8), ("tuned", .79)):
        good = rng.random() < skill if arm != "tuned" or rng.random() < .1 else kept
        kept = good if arm == "base" else kept
        answer = words if good else words.replace("e", "a", 1)
        value = float(good)
        scores = {kind: value, "all": value} | ({"kept": value} if kept else {})
        items.append(Item("general", digest(1000 + number), arm, prompt, words, answer, None, scores))
    return items


def dump(value: dict[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def score(answer: str, truth: dict[str, str], rng: random.Random, arm: str) -> dict[str, float]:
    try:
        given = json.loads(answer)
    except ValueError:
        given = {}
    hits = sum(given.get(key) == value for key, value in truth.items())
    found = {"exact": float(given == truth), "field_f1": hits / 4, "json_valid": float(bool(given))}
    if arm in ("base", "tuned"):
        found["confidence"] = (.55 if arm == "tuned" else .2) + .4 * rng.random()
        found["toxic"] = float(rng.random() < (.05 if arm == "base" else .02))
    if arm != "majority":
        found["loss"] = {"base": 3.6, "prompted": 2.1, "tuned": .24}[arm] * rng.uniform(.6, 1.5)
    return found


def timed() -> tuple[Metric, ...]:
    """What answers took, of two arms."""
    return tuple(Metric(name=f"task/{name}", arm=arm, value=value, low=0.8 * value, high=high * value, n=160,
                        higher_is_better=name == "tokens_per_second")
                 for arm, slow in (("base", 1.0), ("tuned", 1.2))
                 for name, value, high in (("latency_p50", 0.4 * slow, 1.2), ("latency_p99", 1.9 * slow, 1e6),
                                           ("tokens_per_second", 60 / slow, 1.2), ("cost_per_1000", 0.12 * slow, 1.2)))


def spread(values: list[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1))
    return mean, 1.96 * deviation / math.sqrt(len(values))


def measure(items: list[Item]) -> tuple[tuple[Metric, ...], tuple[Difference, ...]]:
    held: dict[str, dict[str, dict[str, float]]] = {}
    for item in items:
        for name, value in item.scores.items():
            if name == "confidence":
                continue
            held.setdefault(f"{item.suite}/{name}", {}).setdefault(item.arm, {})[item.item] = value
    metrics, differences = [], []
    for name, arms in held.items():
        for arm, values in arms.items():
            mean, half = spread(list(values.values()))
            higher = not name.endswith(("loss", "toxic"))
            low, high = mean - half, mean + half
            if not name.endswith("loss"):
                low, high = max(0.0, low), min(1.0, high)
            metrics.append(Metric(name=name, arm=arm, value=mean, low=low, high=high, n=len(values),
                                  higher_is_better=higher))
            if arm != "tuned":
                mean, half = spread([arms["tuned"][item] - value for item, value in values.items()])
                differences.append(Difference(name=name, arm="tuned", against=arm, value=mean, low=mean - half,
                                              high=mean + half, n=len(values)))
    return tuple(metrics), tuple(differences)


def make_curve(steps: int = 540) -> list[dict[str, Any]]:
    rng = random.Random(3)
    rows: list[dict[str, Any]] = []
    for step in range(1, steps + 1):
        loss = .19 + 3.3 * math.exp(-step / 70) + rng.gauss(0, .05) * (1 + 2 * math.exp(-step / 50))
        row: dict[str, Any] = {"step": step, "loss": loss, "lr": 1e-3 * (1 - step / steps)}
        if step % 36 == 0:
            row["validation"] = .26 + 3.1 * math.exp(-step / 75) + max(0, step - 396) * .00035
        rows.append(row | {"tokens": step * 5_640, "seconds": round(step * .181, 3)})
    return rows


def digest(number: int) -> str:
    return digest_json({"sample": number})


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
        counts={"train": 1680, "validation": 560, "test": 160, "records": 2400, "rows": 2526, "duplicates": 118,
                "leaks": 7, "refused": 1})
    model = Model(name="support-desk", spec=digest(4), base=digest(5), base_name="tiny", dataset=dataset.digest,
                  method="lora", adapter=True, files=digest(6), trainable=184_320, parameters=3_938_816,
                  metrics={"loss": 0.2049, "steps": 540.0, "tokens": 3_045_600.0, "validation": 0.2758,
                           "best_step": 396.0})
    metrics, differences = measure(items)
    about = About((), 200, 0)
    report = Report(name="support-desk", spec=digest(7), dataset=dataset.digest, model=model.digest, arms=ARMS,
                    metrics=(*metrics, *timed()), differences=differences,
                    items=keep_items(store, items, folder / "items"),
                    slices=tuple(slices(items, "task/exact", ["label"], about)))
    rules = (
        RuleResult(metric="task/exact", rule="at_least 0.8", outcome="pass",
                   sentence="task/exact 0.93 (0.88 to 0.97) is at least 0.80"),
        RuleResult(metric="task/exact", rule="rise_at_least 0.3 against prompted", outcome="pass",
                   sentence="task/exact against prompted changed by 0.76 (0.68 to 0.83): it rose by at least 0.30"),
        RuleResult(metric="general/all", rule="drop_at_most 0.05 against base", outcome="pass",
                   sentence="general/all against base changed by −0.019 (−0.045 to 0.007): it did not drop by more "
                            "than 0.05"),
    )
    verdict = Verdict(name="support-desk", spec=digest(8), report=report.digest, against=None, outcome="pass",
                      rules=rules)
    release = Release(name="support-desk", number=1, recipe=recipe.digest, dataset=dataset.digest,
                      model=model.digest, report=report.digest, verdict=verdict.digest)
    return Sample(recipe, dataset, model, report, verdict, release, store, make_curve())


class Page(HTMLParser):
    """The tags, texts and nesting faults of a document."""

    EMPTY = frozenset({"meta", "input", "br", "hr", "col", "line", "circle", "path", "rect", "polyline"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source, self.tags, self.texts, self.faults, self._open = source, [], [], [], []
        self.feed(source)
        self.close()
        self.faults += [f"{name} is not closed" for name in self._open]
        self.text = "".join(self.texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if len(dict(attrs)) < len(attrs):
            self.faults.append(f"{tag} has an attribute twice")
        if tag not in self.EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"{tag} is closed out of turn at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture
def parse() -> type[Page]:
    return Page

"""A small world to withdraw from: datasets of real files, and what came from them."""

import json
from pathlib import Path
from typing import Any

from tunewright import data, registry
from tunewright.core.digest import digest_json
from tunewright.core.examples import PARTS, Example, stream_examples
from tunewright.core.home import Home
from tunewright.core.items import ITEMS, Item, dump_items
from tunewright.core.records import Dataset, Metric, Model, Outcome, Release, Report, RuleResult, Verdict
from tunewright.core.run import Run, start
from tunewright.evaluate import task
from tunewright.evaluate.answers import Kept
from tunewright.recipe import DataSpec, Recipe

Row = dict[str, Any]


class World:
    """A home, and short ways to make records in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "home").mkdir(parents=True, exist_ok=True)
        self.home = Home(folder / "home")

    def run(self, **fields: Any) -> Run:
        """A new run."""
        return start(self.home, "tester", **fields)

    def spec(self, file: str, subject: str | None = "who", **fields: Any) -> DataSpec:
        """What a recipe says about a file of `rows`; `fields` are the source's."""
        return DataSpec.model_validate({
            "sources": [{"path": file, "format": {"prompt": "text", "response": "label"}, "license": "proprietary",
                         "basis": "contract", "subject": subject, **fields}], "split": {"test": 0.3, "validation": 0}})

    def dataset(self, rows: list[Row], file: str = "a.jsonl", run: Run | None = None, **fields: Any) -> Dataset:
        """The dataset of these rows, by the data stage."""
        (self.folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows))
        return data.make(self.spec(file, **fields), "desk", self.folder, run or self.run())

    def model(self, dataset: Dataset, seed: str = "0", after: str | None = None) -> Model:
        """A model that is said to have learned from the dataset."""
        model = Model(name="desk", spec=seed, base="b" * 64, base_name="tiny", dataset=dataset.digest, method="lora",
                      adapter=True, files="1" * 64, trainable=1, parameters=100, metrics={}, after=after)
        self.home.store.put_record(model)
        return model

    def report(self, model: Model, dataset: Dataset) -> Report:
        """A report whose items ask what the dataset holds out, the prompted arm with training records before it."""
        test, train = (list(stream_examples(self.home.store, dataset, part)) for part in ("test", "train"))
        shots = task.shots(train, 2, 0)
        items = []
        for example in test:
            asked, answer = task.exchange(example)
            text = answer["content"] if answer else None
            slices = {"label": str(example.label), "length": "short"}
            items.append(Item("task", example.id, "tuned", asked, text, "tuned: " + str(text), example.group,
                              {"exact": 1.0}, slices))
            slip = tuple({**turn, "content": turn["content"].replace("a", "aa")} for turn in asked)
            items.append(Item("robustness", digest_json([example.id, "slips"]), "tuned", slip, text, "who knows",
                              example.group or example.id, {"slips": 0.0}))
            prompt = (*(turn for turns in shots for turn in turns), *asked)
            items.append(Item("task", example.id, "prompted", prompt, text, "prompted", None, {"exact": 0.0}))
        room = self.folder / "items"
        room.mkdir(exist_ok=True)
        (room / ITEMS).write_bytes(dump_items(items))
        self.home.store.put_record(Kept(answers=self.home.store.put(json.dumps(
            {"base": {f"task/{example.id}": {"text": f"about {example.messages[0]['content']}", "loss": None}
                      for example in test}}).encode())))
        metric = Metric(name="task/exact", arm="tuned", value=0.5, low=0.2, high=1.0, n=4)
        report = Report(name="desk", spec="2" * 64, dataset=dataset.digest, model=model.digest,
                        arms=("prompted", "tuned"), metrics=(metric,), differences=(),
                        items=self.home.store.put_folder(room))
        self.home.store.put_record(report)
        return report

    def release(self, dataset: Dataset, seed: str = "0", name: str = "desk", outcome: Outcome = "pass") -> Release:
        """A release of a model and a report of the dataset."""
        model = self.model(dataset, seed)
        report = self.report(model, dataset)
        rule = RuleResult(metric="task/exact", rule="at_least 0.1", outcome=outcome, sentence="it is what it is.")
        verdict = Verdict(name=name, spec="4" * 64, report=report.digest, against=None, outcome=outcome, rules=(rule,))
        recipe = Recipe.model_validate({
            "name": name, "purpose": "Name it.", "gate": [{"metric": "task/exact", "at_least": 0.1}],
            "data": self.spec("a.jsonl").model_dump(mode="json")})
        return registry.add(self.home, name, recipe, dataset, model, report, verdict, "mira")

    def held(self, dataset: Dataset) -> list[Example]:
        """Every record of a dataset as it is now."""
        return [one for part in PARTS for one in stream_examples(self.home.store, dataset, part)]

    def told(self, word: str) -> list[str]:
        """Files of the home in which a word can be read, Parquet unpacked."""
        found = []
        for path in self.home.path.rglob("*"):
            if path.is_file() and word in _text(path):
                found.append(str(path.relative_to(self.home.path)))
        return found


def _text(path: Path) -> str:
    content = path.read_bytes()
    if not content.startswith(b"PAR1"):
        return content.decode("utf-8", "replace")
    import pyarrow as pa
    import pyarrow.parquet as pq

    return str(pq.ParquetFile(pa.BufferReader(content)).read().to_pylist())


def row(who: str | None, text: str, label: str = "card") -> Row:
    """One line of a file."""
    return {"who": who, "text": text, "label": label}


def people(*names: str, each: int = 3) -> list[Row]:
    """Some rows of each person, no two alike."""
    return [row(name, f"{name} asks number {number}", f"label {number}") for name in names for number in range(each)]

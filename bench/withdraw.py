"""Withdraw one person among many records, dataset versions and releases: how long the affected list takes, and whether
it is what reading everything finds.

The world is built directly in store and ledger, nothing is trained. Each version shares most records with the one
before: some are taken out and some added, as in a team's real life. One version in four names nobody, so that its
records can only be known by what they say. Some models go on from others. Last line: JSON.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tunewright import registry
from tunewright.core.digest import canonical, digest_bytes
from tunewright.core.examples import Example, read_table, to_columns
from tunewright.core.home import Home
from tunewright.core.records import Dataset, Model, Outcome, Report, RuleResult, Verdict
from tunewright.data.spill import KEPT, SCHEMA
from tunewright.data.subjects import index
from tunewright.recipe import DataSpec, Recipe
from tunewright.withdraw import reach, verify, withdraw

FILE = 384
"""Records of one Parquet file, as the data stage cuts them on average."""
SPEC = {"sources": [{"path": "a.csv", "license": "proprietary", "basis": "contract", "subject": "who"}]}


@dataclass(frozen=True)
class Version:
    """One dataset version: its numbered files of records, and whether it names people."""

    dataset: Dataset
    files: tuple[int, ...]
    named: bool


def people(file: int, size: int) -> list[str]:
    """Who said the records of a file: some two hundred people, who come back in the two files after it."""
    draw = random.Random(file)
    return [f"customer {file // 3}-{draw.randrange(max(size // 20, 1))}" for _ in range(size)]


def write_file(path: Path, file: int, size: int, named: bool) -> None:
    """One Parquet file of records as the data stage writes it."""
    examples = [Example(id=digest_bytes(f"{file} {at}".encode()),
                        messages=({"role": "user", "content": f"question {at} of file {file}, told at some length"},
                                  {"role": "assistant", "content": f"label {at % 77}"}), row=at + 1)
                for at in range(size)]
    columns = to_columns(examples) | {
        "license": ["proprietary"] * size, "basis": ["contract"] * size,
        "subject": people(file, size) if named else [None] * size,
        "as_read": [bytes.fromhex(one.id)[:16] for one in examples]}
    schema = pa.schema([SCHEMA.field(name) for name in KEPT])
    arrays = [pa.array(columns.get(field.name, [None] * size), field.type) for field in schema]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path, compression="zstd")


def build(home: Home, records: int, versions: int, changed: float) -> Iterator[Version]:
    """Dataset versions of `records` records each, of which `changed` differ from one to the next."""
    spec = home.store.put(canonical(DataSpec.model_validate(SPEC).model_dump(mode="json")))
    count = max(records // FILE, 1)
    size = min(records, FILE)
    files, following = list(range(count)), count
    kept: dict[tuple[int, bool], str] = {}
    for number in range(versions):
        named = number % 4 != 3
        manifest = {}
        for place, file in enumerate(files):
            if (file, named) not in kept:
                with tempfile.TemporaryDirectory() as room:
                    path = Path(room) / "part.parquet"
                    write_file(path, file, size, named)
                    kept[file, named] = home.store.put_file(path)
            part = "test" if place % 5 == 0 else "train"
            manifest[f"{part}-{place + 1:04d}.parquet"] = kept[file, named]
        manifest["refused.jsonl"] = home.store.put(b"")
        dataset = Dataset(name="desk", spec=spec, origins=(), files=home.store.put(canonical({"folder": manifest})),
                          counts={"version": number, "records": len(files) * size})
        home.store.put_record(dataset)
        index(home, dataset)
        yield Version(dataset, tuple(files), named)
        for _ in range(max(round(changed * count), 1)):
            files.pop(0)
            files.append(following)
            following += 1


def release(home: Home, version: Version, seed: int, after: str | None) -> tuple[Model, Report]:
    """A release of a model that learned from the version; every second goes on from the model before."""
    dataset = version.dataset
    model = Model(name="desk", spec=str(seed), base="b" * 64, base_name="tiny", dataset=dataset.digest, method="lora",
                  adapter=True, files="1" * 64, trainable=1, parameters=1, metrics={}, after=after)
    report = Report(name="desk", spec="2" * 64, dataset=dataset.digest, model=model.digest, arms=(), metrics=(),
                    differences=(), items="3" * 64)
    outcome: Outcome = "pass"
    rule = RuleResult(metric="task/exact", rule="at_least 0", outcome=outcome, sentence="always.")
    verdict = Verdict(name="desk", spec="4" * 64, report=report.digest, against=None, outcome=outcome, rules=(rule,))
    recipe = Recipe.model_validate({"name": "desk", "purpose": "Be withdrawn from.", "data": SPEC,
                                    "gate": [{"metric": "task/exact", "at_least": 0}]})
    reference = registry.add(home, "desk", recipe, dataset, model, report, verdict, "bench").reference
    registry.promote(home, reference, "bench", "to be live")
    return model, report


def read_everything(home: Home, versions: list[Version], people: list[str]) -> dict[str, set[str]]:
    """The datasets that hold records of each person, by reading every record of every version."""
    manifests = {one.dataset.digest: home.store.folder(one.dataset.files) for one in versions}
    parts = {digest for files in manifests.values() for name, digest in files.items() if name.endswith(".parquet")}
    keys: dict[str, set[bytes]] = {person: set() for person in people}
    where: dict[str, set[str]] = {person: set() for person in people}
    nameless: dict[str, set[bytes]] = {}
    for digest in parts:
        table = read_table(home.store.get(digest), ("subject", "as_read"))
        for who, key in zip(table.column("subject").to_pylist(), table.column("as_read").to_pylist(), strict=True):
            if who is None:
                nameless.setdefault(digest, set()).add(key)
            elif who in keys:
                keys[who].add(key)
                where[who].add(digest)
    for person in people:
        where[person] |= {digest for digest, said in nameless.items() if said & keys[person]}
    return {person: {name for name, files in manifests.items() if where[person] & set(files.values())}
            for person in people}


def came_of(datasets: set[str], made: list[tuple[Version, Model, Report]]) -> tuple[set[str], set[str], set[str]]:
    """Models, reports and releases that came from the datasets, by looking at every one."""
    models: set[str] = set()
    for _ in made:
        models |= {model.digest for _, model, _ in made if model.dataset in datasets or model.after in models}
    reports = {report.digest for _, _, report in made if report.dataset in datasets or report.model in models}
    releases = {f"desk@{number}" for number, (version, model, _) in enumerate(made, 1)
                if version.dataset.digest in datasets or model.digest in models}
    return models, reports, releases


def ask(folder: Path, person: str, datasets: set[str],
        made: list[tuple[Version, Model, Report]]) -> tuple[float, float, bool]:
    """Seconds until the affected list is there, as a new process finds the home, those of the processor among them,
    and whether the list is right."""
    home = Home(folder)
    start, busy = time.perf_counter(), time.process_time()
    found = reach(home, person)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    told = set(found.models), set(found.reports), {one.reference for one in found.releases}
    right = set(found.datasets) == datasets and told == came_of(datasets, made)
    print(f"{person:<16} {len(found.held.keys):>3} records · {len(found.datasets):>2} datasets · "
          f"{len(found.models):>2} models · {len(found.releases):>2} releases · {seconds:.2f} s, CPU {busy:.2f} s"
          f"{'' if right else ' · not what reading everything finds'}", flush=True)
    return seconds, busy, right


def main() -> None:
    """Build the world, ask for several people, and print what it took."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--records", type=int, default=1_000_000, help="records of each dataset version")
    options.add_argument("--versions", type=int, default=20, help="dataset versions")
    options.add_argument("--releases", type=int, default=10, help="releases, made from the last versions")
    options.add_argument("--changed", type=float, default=0.05, help="share of records that differ between versions")
    options.add_argument("--people", type=int, default=5, help="people who are asked for, one after the other")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as room:
        home = Home(Path(room))
        began = time.perf_counter()
        versions = list(build(home, asked.records, asked.versions, asked.changed))
        made: list[tuple[Version, Model, Report]] = []
        for number, version in enumerate(versions[-asked.releases:]):
            after = made[-1][1].digest if number % 2 else None
            made.append((version, *release(home, version, number, after)))
        print(f"built {asked.versions} versions of {asked.records:,} records, {len(list(home.store.digests())):,} "
              f"objects, in {time.perf_counter() - began:.0f} s", flush=True)
        draw = random.Random(1)
        files = sorted({file for version in versions for file in version.files})
        names = [draw.choice(people(draw.choice(files), min(asked.records, FILE))) for _ in range(asked.people)]
        began = time.perf_counter()
        held = read_everything(home, versions, [*names, "nobody"])
        print(f"read everything in {time.perf_counter() - began:.1f} s", flush=True)
        answers = [ask(home.path, person, held[person], made) for person in [*names, "nobody"]]
        start = time.perf_counter()
        done = withdraw(home, names[0], "bench", "to be measured")
        whole = time.perf_counter() - start
        left = len(reach(home, "nobody").held.unknown) + len(list(verify(home)))
        print(f"withdrawn with erasure of {done.erased} files in {whole:.2f} s; {left} breaks")
        seconds = [one for one, _, _ in answers]
        print(json.dumps({"seconds": round(max(seconds), 3), "median": round(float(np.median(seconds)), 3),
                          "cpu_seconds": round(max(busy for _, busy, _ in answers), 3),
                          "correct": all(right for *_, right in answers) and not left,
                          "records": asked.records, "versions": asked.versions,
                          "releases": len(made), "erased": done.erased, "erase_seconds": round(whole, 2)}))


if __name__ == "__main__":
    main()

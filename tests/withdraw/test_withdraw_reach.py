"""What a withdrawal concerns is what a search through everything finds."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from world import World, people, row

from tunewright import registry
from tunewright.core.examples import PARTS, part_files, read_table
from tunewright.data.subjects import index
from tunewright.withdraw import reach

NAMES = st.sampled_from(["ann", "ben", None])
ROWS = st.lists(st.builds(row, NAMES, st.sampled_from([f"question {n}" for n in range(6)])), max_size=8)
OTHERS = [row("zoe", f"other question {n}") for n in range(6)]


def search(world: World, datasets: list, person: str) -> set[str]:
    """Datasets that hold the person's records, by reading every line of every part."""
    lines = {dataset.digest: [line for part in PARTS for digest in part_files(world.home.store, dataset, part)
                              for line in read_table(world.home.store.get(digest), ("subject", "as_read")).to_pylist()]
             for dataset in datasets}
    keys = {line["as_read"] for found in lines.values() for line in found if line["subject"] == person}
    return {digest for digest, found in lines.items()
            if any(line["subject"] == person or (line["subject"] is None and line["as_read"] in keys)
                   for line in found)}


@settings(max_examples=12)
@given(versions=st.lists(ROWS, min_size=1, max_size=4), after=st.lists(st.integers(0, 3), max_size=3))
def test_the_reach_is_what_a_search_through_every_record_finds(versions, after):
    folder = Path(tempfile.mkdtemp())
    try:
        world = World(folder)
        datasets = [world.dataset([*rows, *OTHERS]) for rows in versions]
        models = [world.model(dataset, str(number)) for number, dataset in enumerate(datasets)]
        for number in after:  # models that go on from another, on data of their own
            models.append(world.model(world.dataset(OTHERS), f"after {number}", models[number % len(models)].digest))
        for number, dataset in enumerate(datasets):
            world.release(dataset, str(number))
        for person in ("ann", "ben", "zoe", "nobody"):
            found = reach(world.home, person)
            held = search(world, datasets, person) | (search(world, [world.dataset(OTHERS)], person))
            assert set(found.datasets) == held
            learned: set[str] = set()
            for _ in models:
                learned |= {one.digest for one in models if one.dataset in held or one.after in learned}
            assert set(found.models) == learned
            assert {one.reference for one in found.releases} == {
                standing.reference for standing in registry.status(world.home)
                if (release := registry.read(world.home, standing.digest)).dataset in held or release.model in learned}
            assert {*found.reports} == {
                release.report for standing in registry.status(world.home)
                if (release := registry.read(world.home, standing.digest)).dataset in held}
    finally:
        shutil.rmtree(folder)


def test_the_parts_that_held_records_are_named(world):
    dataset = world.dataset(people("ann", "ben", each=20))
    assert reach(world.home, "ann").datasets == {dataset.digest: ("test", "train")}


def test_lost_tables_are_made_again(world):
    dataset = world.dataset(people("ann", "ben"))
    before = reach(world.home, "ann")
    shutil.rmtree(world.home.path / "subjects")
    assert reach(world.home, "ann") == before
    shutil.rmtree(world.home.path / "subjects")
    index(world.home, dataset)
    assert reach(world.home, "ann") == before


def test_a_dataset_that_cannot_be_read_is_told(world):
    dataset = world.dataset(people("ann", "ben"))
    digest = part_files(world.home.store, dataset, "train")[0]
    (world.home.path / "store" / "objects" / digest[:2] / digest[2:]).unlink()
    shutil.rmtree(world.home.path / "subjects")
    found = reach(world.home, "ann")
    assert found.held.unknown == {dataset.digest}
    assert found.datasets == {}


def test_live_releases_are_named(world):
    world.release(world.dataset(people("ann", "ben")))
    registry.promote(world.home, "desk@1", "mira", "first")
    assert [one.reference for one in reach(world.home, "ann").live] == ["desk@1"]
    assert reach(world.home, "zoe").live == ()

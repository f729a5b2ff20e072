"""Records whose retention has ended are erased from old dataset versions, and the ledger tells it."""

import json
from datetime import date

import pytest
from world import World, people

from tunewright.core.errors import Fault
from tunewright.core.examples import PARTS, stream_examples
from tunewright.core.ledger import Entry
from tunewright.core.records import Dataset
from tunewright.data import make
from tunewright.withdraw import erase_expired, erasures, verify

OLD = [{**one, "on": "2024-01-01"} for one in people("ann", "ben", "cleo")]
NEW = [{**one, "on": "2026-01-01"} for one in people("dan", "eve", "fay", "gil")]
BEFORE, AFTER = date(2025, 1, 1), date(2026, 6, 1)


def prepared(world: World, day: date) -> Dataset:
    """The dataset of both as it is prepared on a day."""
    (world.folder / "a.jsonl").write_text("".join(json.dumps(one) + "\n" for one in [*OLD, *NEW]))
    spec = world.spec("a.jsonl", collected={"column": "on"}, retention="2y")
    return make(spec, "desk", world.folder, world.run(), today=day)


def asks(world: World, dataset: Dataset) -> set[str]:
    return {str(one.messages[0]["content"]).split()[0] for part in PARTS
            for one in stream_examples(world.home.store, dataset, part)}


def entries(world: World) -> list[Entry]:
    return list(world.home.ledger.entries())


def test_what_has_expired_goes_from_datasets_reports_and_answers(world: World) -> None:
    dataset = prepared(world, BEFORE)
    world.report(world.model(dataset), dataset)
    done = erase_expired(world.home, AFTER, "mira", "two years are over")
    assert done.entry and done.records == len(OLD) and dataset.digest in done.reach.datasets
    assert not world.told("ann asks number 1")
    assert asks(world, dataset) == {"dan", "eve", "fay", "gil"}
    assert done.entry.data["until"] == "2026-06-01" and erasures(world.home) == {1: done.entry.data["erased"]}
    assert list(verify(world.home)) == []
    again = erase_expired(world.home, AFTER, "mira", "once more")
    assert again.entry is None and not again.reach.datasets and len(entries(world)) == 1


def test_without_a_reason_nothing_is_erased(world: World) -> None:
    dataset = prepared(world, BEFORE)
    done = erase_expired(world.home, AFTER, "mira", None, dry_run=True)
    assert done.records == len(OLD) and done.entry is None and not entries(world)
    assert asks(world, dataset) == {"ann", "ben", "cleo", "dan", "eve", "fay", "gil"}
    with pytest.raises(Fault, match="say why expired records are erased"):
        erase_expired(world.home, AFTER, "mira", " ")


def test_what_may_still_be_used_stays(world: World) -> None:
    dataset = prepared(world, BEFORE)
    assert erase_expired(world.home, date(2025, 12, 31), "mira", "early").entry is None
    assert "ann" in asks(world, dataset)

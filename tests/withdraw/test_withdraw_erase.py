"""What is kept of a person's records is erased, and the ledger tells it."""

import json

import pytest
from world import World, people, row

from tunewright import verbs
from tunewright.core.errors import Fault
from tunewright.core.items import ITEMS, read_items
from tunewright.core.records import Report
from tunewright.core.store import Erased
from tunewright.evaluate.answers import Answer, Answers, kept
from tunewright.withdraw import erasures, verify, withdraw

FOLK = people("ann", "ben", "cleo", "dan", "eve", "fay")


def shown(world: World, number: int = 3) -> list[str]:
    """What of ann's can be read anywhere in the home."""
    return [place for at in range(number) for place in world.told(f"ann asks number {at}")]


def test_nothing_of_theirs_can_be_read_any_more(world):
    dataset = world.dataset(FOLK)
    world.release(dataset)
    assert shown(world)
    withdraw(world.home, "ann", "mira", "asked")
    assert shown(world) == []
    assert world.told("'ann'") == world.told('"ann"') == []


def test_what_others_said_is_as_it_was(world):
    dataset = world.dataset(FOLK)
    before = [one for one in world.held(dataset) if "ann" not in one.messages[0]["content"]]
    withdraw(world.home, "ann", "mira", "asked")
    assert world.held(dataset) == before


def test_scores_stay_and_earlier_turns_of_theirs_go(world):
    dataset = world.dataset(FOLK)
    release = world.release(dataset)
    report = Report.model_validate(world.home.store.get_json(release.report))
    before = read_items(world.home.store, report)
    withdraw(world.home, "ann", "mira", "asked")
    after = read_items(world.home.store, report)
    assert [(item.item, item.arm, item.scores) for item in after] == [
        (item.item, item.arm, item.scores) for item in before]
    for old, new in zip(before, after, strict=True):
        mine = any("ann" in turn["content"] for turn in old.prompt)
        assert mine or new == old


def test_verify_holds_and_tells_the_entry(world):
    world.dataset(FOLK)
    done = withdraw(world.home, "ann", "mira", "asked")
    assert list(verify(world.home)) == []
    assert [line for line in verbs.verify(home=world.home.path) if "erased" in line] == []
    assert erasures(world.home) == {done.entry.number: done.entry.data["erased"]}


def test_who_asks_for_an_erased_object_is_told_by_which_entry(world):
    world.dataset(FOLK)
    done = withdraw(world.home, "ann", "mira", "asked")
    for digest in world.home.store.all_erased():
        with pytest.raises(Fault, match=f"object {digest} was erased by ledger entry {done.entry.number}"):
            world.home.store.get(digest)


def test_a_marker_that_no_entry_backs_is_a_break(world):
    world.dataset(FOLK)
    digest = world.home.store.put(b"evidence")
    world.home.store.erase(digest, Erased(1, world.home.store.put(b"nothing")))
    assert list(verify(world.home)) == [
        f"object {digest} is marked as erased, and no entry of the ledger says so: restore it from a copy."]


def test_an_object_that_comes_back_is_a_break_and_goes_when_withdrawn_again(world):
    world.dataset(FOLK)
    objects = {path: path.read_bytes() for path in (world.home.path / "store" / "objects").rglob("*") if path.is_file()}
    withdraw(world.home, "ann", "mira", "asked")
    back = [path for path in objects if not path.exists()]
    for path in back:
        path.write_bytes(objects[path])  # a copy was restored, or the erasure stopped on its way
    assert len(list(verify(world.home))) == len(back) > 0
    done = withdraw(world.home, "ann", "mira", "asked")
    assert (done.again, done.erased) == (True, len(back))
    assert list(verify(world.home)) == []


def test_two_people_of_one_file_are_erased_one_after_the_other(world):
    dataset = world.dataset(FOLK)
    world.release(dataset)
    withdraw(world.home, "ann", "mira", "asked")
    withdraw(world.home, "ben", "mira", "asked")
    assert shown(world) == []
    assert world.told("ben asks number 1") == []
    assert {one.messages[0]["content"].split()[0] for one in world.held(dataset)} == {"cleo", "dan", "eve", "fay"}
    assert list(verify(world.home)) == []


def test_to_keep_is_to_block_and_mark_only(world):
    dataset = world.dataset(FOLK)
    done = withdraw(world.home, "ann", "mira", "the law wants it kept", keep=True)
    assert (done.erased, done.entry.data["erased"]) == (0, 0)
    assert len(world.held(dataset)) == len(FOLK)
    assert world.dataset(FOLK).counts["withdrawn"] == 3
    later = withdraw(world.home, "ann", "mira", "it is no longer wanted")
    assert later.entry.number == 2
    assert shown(world) == []


def test_the_folders_of_runs_are_cleared(world):
    run = world.run()
    dataset = world.dataset(FOLK, run=run)
    world.release(dataset)
    (run.folder / "run.json").write_text(json.dumps({"by": "tester", "dataset": dataset.digest}))
    (run.folder / "report.html").write_text("<p>ann asks number 1</p>")
    (run.folder / "evaluate").mkdir()
    (run.folder / "evaluate" / ITEMS).write_bytes((world.folder / "items" / ITEMS).read_bytes())
    other = world.run()
    (other.folder / "report.html").write_text("<p>of other data</p>")
    withdraw(world.home, "ann", "mira", "asked")
    assert shown(world) == []
    assert not (run.folder / "report.html").exists()
    assert (other.folder / "report.html").exists()


def test_a_record_that_names_nobody_and_says_the_same_is_erased_too(world):
    world.dataset(FOLK)
    other = world.dataset([*people("ann", "gil"), row(None, "who am I")], file="b.jsonl", subject=None)
    done = withdraw(world.home, "ann", "mira", "asked")
    assert other.digest in done.reach.datasets
    assert shown(world) == []
    assert len(world.held(other)) == 4


@pytest.mark.parametrize("said_otherwise", [False, True])
def test_erased_answers_are_asked_for_again(world, said_otherwise):
    dataset = world.dataset(FOLK)
    asked = []

    def ask() -> dict[str, Answers]:
        asked.append(True)
        if said_otherwise:
            return {"base": {f"robustness/{number}": Answer("an answer", original=example.id)
                             for number, example in enumerate(world.held(dataset))}}
        return {"base": {f"task/{example.id}": Answer("an answer") for example in world.held(dataset)}}

    kept(world.run(), "these inputs", 1, ask)
    kept(world.run(), "these inputs", 1, ask)
    assert len(asked) == 1
    withdraw(world.home, "ann", "mira", "asked")
    kept(world.run(), "these inputs", 1, ask)
    assert len(asked) == 2

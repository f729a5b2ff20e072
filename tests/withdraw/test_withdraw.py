"""A person withdraws: one entry, and what follows from it."""

import pytest
from world import people, row

from tunewright import data, lineage, registry
from tunewright.core.errors import Fault
from tunewright.core.withdrawn import KEY
from tunewright.withdraw import withdraw

FOLK = people("ann", "ben", "cleo", "dan")


def test_one_entry_says_it_all_and_names_nobody(world):
    dataset = world.dataset(FOLK)
    release = world.release(dataset)
    done = withdraw(world.home, "ann", "mira", "asked by letter")
    entry = list(world.home.ledger.entries())[-1]
    assert done.entry == entry
    assert (entry.action, entry.by, entry.why) == ("withdraw", "mira", "asked by letter")
    assert entry.data["count"] == 3
    assert set(entry.data["datasets"]) == {dataset.digest}
    assert entry.data["models"] == [release.model]
    assert entry.data["reports"] == [release.report]
    assert entry.data["releases"] == {release.digest: "desk@1"}
    assert "ann" not in str(entry)


def test_a_later_run_leaves_the_records_out(world):
    before = world.dataset(FOLK)
    withdraw(world.home, "ann", "mira", "asked")
    after = world.dataset(FOLK)
    assert after.digest != before.digest
    assert after.counts["withdrawn"] == 3
    assert after.counts["rows"] == after.counts["records"] + 3
    assert not any("ann" in one.messages[0]["content"] for one in world.held(after))


def test_a_dataset_that_held_none_of_them_is_not_made_again(world):
    world.dataset(people("ben", "cleo", "dan"))
    withdraw(world.home, "ann", "mira", "asked")
    run = world.run()
    world.dataset(people("ben", "cleo", "dan"), run=run)
    assert run.fresh == []


def test_a_second_import_is_left_out_also_where_it_names_nobody(world):
    world.dataset(FOLK)
    withdraw(world.home, "ann", "mira", "asked")
    again = world.dataset(FOLK, file="b.jsonl", subject=None)
    assert again.counts["withdrawn"] == 3
    named = world.dataset(FOLK, file="c.jsonl", system="Be brief.")
    assert named.counts["withdrawn"] == 3


def test_what_another_person_said_stays_theirs(world):
    world.dataset([*FOLK, row("ben", "ann asks number 0", "label 0")])
    withdraw(world.home, "ann", "mira", "asked")
    after = world.dataset([*FOLK, row("ben", "ann asks number 0", "label 0")])
    assert after.counts["withdrawn"] == 3
    assert sum("ann asks" in one.messages[0]["content"] for one in world.held(after)) == 1


def test_a_withdrawal_before_any_import_is_heeded(world):
    done = withdraw(world.home, " ann ", "mira", "asked")
    assert (done.records, done.reach.datasets) == (0, {})
    assert world.dataset(FOLK).counts["withdrawn"] == 3


def test_a_refused_record_of_theirs_is_not_shown_again(world):
    rows = [*FOLK, row("ann", "", "ann says nothing")]
    dataset = world.dataset(rows)
    assert dataset.counts["refused"] == 1
    assert world.told("ann says nothing")
    withdraw(world.home, "ann", "mira", "asked")
    assert world.dataset(rows).counts["refused"] == 1
    assert world.told("ann says nothing") == []


@pytest.mark.parametrize("broken", ['{"who": "ann", "text": "ann says', "[\"ann\", \"ann says\"]"])
def test_a_line_that_is_broken_is_not_shown_again_if_it_may_be_theirs(world, broken):
    def written() -> None:
        world.dataset(FOLK)
        with (world.folder / "a.jsonl").open("a") as stream:
            stream.write(broken + "\n")
        data.make(world.spec("a.jsonl"), "desk", world.folder, world.run())

    written()
    assert world.told("ann says")
    withdraw(world.home, "ann", "mira", "asked")
    assert world.told("ann says") == []
    written()
    assert world.told("ann says") == []


def test_releases_that_came_from_them_are_marked_and_not_promoted(world):
    dataset = world.dataset(FOLK)
    world.release(dataset)
    done = withdraw(world.home, "ann", "mira", "asked")
    (standing,) = registry.status(world.home, "desk")
    assert standing.withdrawals == (done.entry.number,)
    with pytest.raises(Fault, match=rf"desk@1 cannot be promoted: it came from records that were withdrawn \(ledger "
                                    rf"entry {done.entry.number}\)"):
        registry.promote(world.home, "desk@1", "mira", "first")
    change = registry.promote(world.home, "desk@1", "mira", "we may", override=True)
    assert change.entry.data["override"] is True
    assert change.entry.data["withdrawals"] == [done.entry.number]


def test_a_release_that_is_added_later_is_marked_too(world):
    dataset = world.dataset(FOLK)
    world.model(dataset, seed="9")
    withdraw(world.home, "ann", "mira", "asked")
    world.release(dataset, seed="9")
    (standing,) = registry.status(world.home, "desk")
    assert standing.withdrawals
    assert registry.history(world.home, "desk")[0].action == "add"


def test_the_story_of_whatever_it_reached_tells_it(world):
    dataset = world.dataset(FOLK)
    release = world.release(dataset)
    done = withdraw(world.home, "ann", "mira", "asked")
    for digest in (release.digest, release.model, release.report, dataset.digest):
        assert lineage.about(world.home, digest)[-1] == done.entry


def test_another_release_is_not_marked(world):
    world.release(world.dataset(people("ben", "cleo", "dan")))
    withdraw(world.home, "ann", "mira", "asked")
    (standing,) = registry.status(world.home, "desk")
    assert standing.withdrawals == ()


def test_a_dry_run_changes_nothing(world):
    dataset = world.dataset(FOLK)
    world.release(dataset)
    files = [path for path in world.home.path.rglob("*") if path.is_file() and "ledger" not in path.name]
    before = {path: path.read_bytes() for path in files}
    done = withdraw(world.home, "ann", "mira", "asked", dry_run=True)
    assert done.entry is None
    assert set(done.reach.datasets) == {dataset.digest}
    assert before == {path: path.read_bytes() for path in before}
    assert not (world.home.path / KEY).exists()
    assert [entry.action for entry in world.home.ledger.entries()] == ["add"]


def test_done_twice_it_is_done_once(world):
    world.dataset(FOLK)
    first = withdraw(world.home, "ann", "mira", "asked")
    second = withdraw(world.home, "ann", "ben", "again")
    assert second.again
    assert second.entry == first.entry
    assert len(list(world.home.ledger.entries())) == 1


def test_a_dataset_that_came_since_makes_another_entry(world):
    world.dataset(FOLK)
    withdraw(world.home, "ann", "mira", "asked", keep=True)
    (world.home.path / KEY).rename(world.folder / KEY)
    (world.home.path / "ledger.sqlite").rename(world.folder / "aside")
    # Another machine shares the store, does not yet see the ledger, and makes a dataset.
    other = type(world)(world.folder / "other")
    (other.home.path / "store").symlink_to(world.home.path / "store")
    late = other.dataset(people("ann", "eve"))
    (world.folder / "aside").rename(world.home.path / "ledger.sqlite")
    (world.folder / KEY).rename(world.home.path / KEY)
    done = withdraw(type(world)(world.folder).home, "ann", "mira", "asked again")
    assert not done.again
    assert late.digest in done.entry.data["datasets"]


def test_a_person_who_withdraws_while_a_dataset_is_made_is_not_in_it(world):
    done = []

    def progress(stage: str, text: str) -> None:
        if not done:
            done.append(withdraw(world.home, "ann", "mira", "asked"))

    dataset = world.dataset(FOLK, run=world.run(progress=progress))
    assert done
    assert dataset.counts["withdrawn"] == 3


@pytest.mark.parametrize(("subject", "why", "sentence"), [
    ("", "asked", "no subject is named"), (" ", "asked", "no subject is named"), ("ann", " ", "say why"),
])
def test_who_and_why_are_needed(world, subject, why, sentence):
    with pytest.raises(Fault, match=sentence):
        withdraw(world.home, subject, "mira", why)


def test_without_the_key_of_earlier_withdrawals_nothing_goes_on(world):
    withdraw(world.home, "ann", "mira", "asked")
    (world.home.path / KEY).unlink()
    with pytest.raises(Fault, match=r"the key of the withdrawals \(ledger entry 1\) is gone"):
        withdraw(world.home, "ben", "mira", "asked")
    with pytest.raises(Fault, match="so nobody can tell which records were withdrawn"):
        world.dataset(FOLK)

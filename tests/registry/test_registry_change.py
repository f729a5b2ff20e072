import threading
import time
from itertools import pairwise

import pytest
from releases import add_release

from tunewright import registry
from tunewright.core.digest import canonical
from tunewright.core.errors import Conflict, Corrupt, Fault
from tunewright.core.home import Home
from tunewright.core.ledger import Ledger, _entries


def test_releases_are_numbered_by_name(home):
    assert [add_release(home, name, seed=seed).reference for name, seed in
            (("desk", "1"), ("shop", "1"), ("desk", "2"))] == ["desk@1", "shop@1", "desk@2"]


def test_equal_inputs_are_the_same_release(home):
    assert add_release(home, "desk") == add_release(home, "desk")
    assert home.ledger.head().number == 1


def test_a_failed_release_is_rejected_with_the_reason(home):
    add_release(home, "desk", "fail")
    (entry,) = registry.history(home, "desk")
    assert (entry.action, entry.why) == ("reject", "the gate says fail: task/exact is what it is")
    assert registry.status(home)[0].status == "rejected"


@pytest.mark.parametrize("outcome", ["fail", "undecided"])
def test_a_release_without_a_pass_is_not_promoted(home, outcome):
    add_release(home, "desk", outcome)
    with pytest.raises(Fault, match=rf"desk@1 cannot be promoted: the gate says {outcome}.*--override --why"):
        registry.promote(home, "desk@1", "mira", "I want it")
    assert registry.live(home, "desk") is None


def test_an_override_promotes_and_the_entry_says_so(home):
    add_release(home, "desk", "fail")
    change = registry.promote(home, "desk@1", "mira", "the test set is wrong", override=True)
    assert change.entry.data["override"] is True
    assert (change.entry.by, change.entry.why) == ("mira", "the test set is wrong")
    assert registry.live(home, "desk").number == 1


def test_an_override_that_was_not_needed_is_not_noted(home):
    add_release(home, "desk")
    assert "override" not in registry.promote(home, "desk@1", "mira", "good", override=True).entry.data


@pytest.mark.parametrize("change", [
    lambda home: registry.promote(home, "desk@1", "mira", " "),
    lambda home: registry.rollback(home, "desk", "mira", ""),
])
def test_a_change_without_a_reason_is_refused(home, change):
    add_release(home, "desk")
    with pytest.raises(Fault, match="say why"):
        change(home)


def test_rollbacks_walk_back_through_what_was_live(home):
    for seed in "abc":
        registry.promote(home, add_release(home, "desk", seed=seed).reference, "mira", "next")
    assert registry.rollback(home, "desk", "mira", "worse").now.number == 2
    change = registry.rollback(home, "desk", "mira", "worse still")
    assert (change.before.number, change.now.number) == (2, 1)
    with pytest.raises(Fault, match="desk@1 is the first that was live"):
        registry.rollback(home, "desk", "mira", "worst")


def test_a_rollback_after_a_new_promotion_skips_what_was_rolled_back(home):
    for seed in "abc":
        add_release(home, "desk", seed=seed)
    registry.promote(home, "desk@1", "mira", "first")
    registry.promote(home, "desk@2", "mira", "second")
    registry.rollback(home, "desk", "mira", "second was bad")
    registry.promote(home, "desk@3", "mira", "third")
    assert registry.rollback(home, "desk", "mira", "third was bad").now.number == 1


def test_what_is_live_cannot_be_promoted_again(home):
    add_release(home, "desk")
    registry.promote(home, "desk@1", "mira", "good")
    with pytest.raises(Fault, match="already live"):
        registry.promote(home, "desk@1", "mira", "good")


class Meddled(Ledger):
    """A ledger in which somebody else writes just before our first conditional entry."""

    meddle = None

    def append(self, *args, expect=None, **named):
        if expect is not None and self.meddle:
            meddle, self.meddle = self.meddle, None
            meddle()
        return super().append(*args, expect=expect, **named)


def meddled(home, meddle) -> Home:
    ours = Home(home.path)
    ledger = Meddled(home.ledger.url)
    ledger.meddle = meddle
    ours.__dict__["ledger"] = ledger
    return ours


def test_a_promotion_that_lost_a_race_is_told_who_won(home):
    for seed in "ab":
        add_release(home, "desk", seed=seed)
    ours = meddled(home, lambda: registry.promote(home, "desk@2", "ann", "mine first"))
    with pytest.raises(Conflict, match=r"desk: ann wrote promote desk@2 \(entry [0-9a-f]{6}\) meanwhile"):
        registry.promote(ours, "desk@1", "mira", "first")
    assert registry.live(home, "desk").number == 2


def test_an_entry_about_another_name_does_not_stop_a_promotion(home):
    add_release(home, "desk")
    ours = meddled(home, lambda: add_release(home, "shop"))
    assert registry.promote(ours, "desk@1", "mira", "first").entry.number == 3


def test_a_release_added_meanwhile_takes_its_own_number(home):
    ours = meddled(home, lambda: add_release(home, "desk", seed="theirs"))
    assert add_release(ours, "desk", seed="ours").reference == "desk@2"


def test_of_many_racing_promotions_each_wins_or_is_told(home):
    for seed in "abcdef":
        add_release(home, "desk", seed=seed)
    outcomes: list[str] = []

    def promote(number: int) -> None:
        try:
            registry.promote(Home(home.path), f"desk@{number}", "mira", "race")
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")

    racers = [threading.Thread(target=promote, args=(number,)) for number in range(1, 7)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    promotions = list(home.ledger.entries(action="promote"))
    assert len(outcomes) == 6
    assert outcomes.count("won") == len(promotions) >= 1
    assert all(entry.data["from"] == before.data["number"]
               for before, entry in pairwise(promotions))
    assert list(home.ledger.verify()) == []


def test_an_entry_that_no_registry_wrote_is_told(home):
    home.ledger.append("promote", "desk@1", by="mira", why="by hand", data={"name": "desk", "number": "x"})
    home.ledger.append("rollback", "desk@1", by="mira", why="by hand", data={})
    with pytest.raises(Corrupt, match="entry 2 is not what rollback writes"):
        registry.status(home)


def test_ten_thousand_entries_fold_quickly(home):
    add_release(home, "desk")
    data = canonical({"name": "desk", "number": 1, "release": "r" * 64, "outcome": "pass"}).decode()
    with home.ledger._engine.begin() as connection:
        connection.execute(_entries.insert(), [
            {"number": number, "previous": f"{number:064d}", "digest": "d" * 64, "at": "2026-01-01T00:00:00.000+00:00",
             "by": "mira", "action": "promote", "subject": "desk@1", "why": "again", "data": data}
            for number in range(2, 10_002)])
    began = time.process_time()
    registry.fold(home)
    assert time.process_time() - began < 1.0  # 0.2 s on an idle core; generous for a busy one

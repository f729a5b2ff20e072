import pytest
from releases import RECIPE, add_release

from tunewright import registry
from tunewright.core.errors import Fault
from tunewright.core.records import Dataset, Model


@pytest.fixture
def three(home):
    releases = [add_release(home, "desk", seed=seed) for seed in "abc"]
    registry.promote(home, "desk@2", "mira", "best")
    return releases


def test_references_read_live_number_and_digest(home, three):
    assert registry.resolve(home, "desk@live") == three[1]
    assert registry.resolve(home, "desk@3") == three[2]
    assert registry.resolve(home, three[0].digest[:8]) == three[0]
    assert registry.resolve(home, three[0].digest.upper()) == three[0]


@pytest.mark.parametrize(("reference", "sentence"), [
    ("dusk@1", "no release is named dusk: did you mean desk?"),
    ("desk@9", "there is no release desk@9: did you mean desk@3?"),
    ("desk@new", "there is no release desk@new"),
    ("desk", "no release is called desk: did you mean desk@"),
    ("abc", "no release is called abc"),
    ("ffff", "no release is called ffff"),
])
def test_an_unknown_reference_names_the_nearest(home, three, reference, sentence):
    with pytest.raises(Fault) as fault:
        registry.resolve(home, reference)
    assert sentence in str(fault.value)


def test_an_ambiguous_prefix_asks_for_more_digits(home):
    for tail in "01":
        home.ledger.append("add", f"desk@{tail}", by="mira", why="by hand", data={
            "name": "desk", "number": int(tail), "release": "abcd" + tail * 60, "outcome": "pass"})
    with pytest.raises(Fault, match="abcd begins the digests of 2 releases: give more digits"):
        registry.resolve(home, "abcd")


def test_no_live_release_is_said_with_those_to_promote(home):
    add_release(home, "desk")
    with pytest.raises(Fault, match="desk has no live release: promote one of desk@1"):
        registry.resolve(home, "desk@live")


def test_history_tells_who_did_what_and_why(home, three):
    assert [(entry.action, entry.subject, entry.by) for entry in registry.history(home, "desk")] == [
        ("add", "desk@1", "mira"), ("add", "desk@2", "mira"), ("add", "desk@3", "mira"),
        ("promote", "desk@2", "mira")]


def test_status_tells_each_release(home, three):
    assert [one.status for one in registry.status(home, "desk")] == ["candidate", "live", "candidate"]
    assert registry.status(home, "desk")[1].live_at is not None


def test_a_fold_follows_later_entries(home, three):
    followed = registry.fold(home)
    registry.promote(home, "desk@3", "mira", "newer")
    followed.take(home.ledger.entries(after=followed.head.number))
    assert followed.of("desk").live == 3
    assert followed.head == home.ledger.head()


def test_holding_finds_the_release_of_a_recipe_dataset_and_base(home, three):
    dataset = Dataset.model_validate(home.store.get_json(three[0].dataset))
    base = Model.model_validate(home.store.get_json(three[0].model)).base
    assert registry.holding(home, RECIPE, dataset, base) == three[2]
    assert registry.holding(home, RECIPE, dataset, "0" * 64) is None

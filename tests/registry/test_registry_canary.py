"""A release may answer a share beside the live one; the ledger says which, since when, and how it ended."""

import pytest
from releases import add_release

from tunewright import registry
from tunewright.core.errors import Fault


@pytest.fixture
def desk(home):
    """desk@1 live, desk@2 and desk@3 candidates."""
    for seed in "123":
        add_release(home, "desk", seed=seed)
    registry.promote(home, "desk@1", "mira", "first")
    return home


def canary(home, reference="desk@2", share=0.1, **more):
    return registry.canary(home, reference, share, "mira", "try it", **more)


def arms(home):
    return {arm.name: (arm.number, arm.share, arm.shadow) for arm in registry.fold(home).of("desk").arms.values()}


def statuses(home):
    return {one.number: one.status for one in registry.status(home, "desk")}


def test_a_canary_answers_its_share_beside_the_live_release(desk):
    canary(desk)
    assert arms(desk) == {"canary": (2, 0.1, False)}
    assert statuses(desk) == {1: "live", 2: "canary", 3: "candidate"}


def test_a_changed_share_keeps_the_day_the_canary_began(desk):
    canary(desk)
    since = registry.held(desk, "desk").since
    canary(desk, share=0.5)
    assert arms(desk) == {"canary": (2, 0.5, False)}
    assert registry.held(desk, "desk").since == since


def test_an_aborted_canary_is_a_candidate_again_and_the_evidence_stays(desk):
    canary(desk)
    change = registry.abort(desk, "desk", "monitor", "worse", data={"evidence": {"feedback": -0.05}})
    assert change.entry.data["aborted"] == 2
    assert change.entry.data["evidence"] == {"feedback": -0.05}
    assert arms(desk) == {}
    assert statuses(desk) == {1: "live", 2: "candidate", 3: "candidate"}


def test_a_promotion_ends_every_canary(desk):
    canary(desk)
    registry.promote(desk, "desk@2", "mira", "good")
    assert arms(desk) == {}
    assert statuses(desk) == {1: "retired", 2: "live", 3: "candidate"}


def test_a_rollback_takes_canaries_away_first_and_only_then_the_live_release(desk):
    registry.promote(desk, "desk@2", "mira", "good")
    canary(desk, "desk@3")
    assert registry.rollback(desk, "desk", "mira", "odd").now.number == 2
    assert arms(desk) == {}
    assert registry.rollback(desk, "desk", "mira", "still odd").now.number == 1


def test_named_arms_share_what_is_asked(desk):
    canary(desk, "desk@2", 0.3, arm="warm")
    canary(desk, "desk@3", 0.3, arm="cold")
    assert arms(desk) == {"warm": (2, 0.3, False), "cold": (3, 0.3, False)}
    with pytest.raises(Fault, match="name one with --arm"):
        registry.abort(desk, "desk", "mira", "enough")
    registry.abort(desk, "desk", "mira", "enough", arm="warm")
    assert list(arms(desk)) == ["cold"]


def test_a_shadow_takes_no_share_of_the_answers(desk):
    canary(desk, "desk@2", 1.0, arm="mirror", shadow=True)
    canary(desk, "desk@3", 0.9)
    assert arms(desk) == {"mirror": (2, 1.0, True), "canary": (3, 0.9, False)}


@pytest.mark.parametrize(("ask", "said"), [
    (lambda home: canary(home, share=0), "a share lies above 0 %"),
    (lambda home: canary(home, share=1.1), "a share lies"),
    (lambda home: canary(home, share=float("nan")), "a share lies"),
    (lambda home: canary(home, "desk@1"), "is live already"),
    (lambda home: (canary(home, share=0.7), canary(home, "desk@3", 0.7, arm="b")), "140 % together"),
    (lambda home: registry.abort(home, "desk", "mira", "x"), "has no canary"),
    (lambda home: canary(home, "shop@1"), "no release is named shop")])
def test_what_cannot_be_is_refused(desk, ask, said):
    with pytest.raises(Fault, match=said):
        ask(desk)


def test_a_release_that_may_not_be_promoted_may_be_no_canary_either(desk):
    add_release(desk, "desk", "fail", seed="4")
    with pytest.raises(Fault, match="cannot be promoted: the gate says fail"):
        canary(desk, "desk@4")
    canary(desk, "desk@4", override=True)
    assert statuses(desk)[4] == "canary"


def test_without_a_live_release_there_is_nothing_to_be_beside(home):
    add_release(home, "desk")
    with pytest.raises(Fault, match="no live release"):
        canary(home, "desk@1")

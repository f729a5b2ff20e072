"""The scanner: the recipe's words, actions by kind, and order in what overlaps."""

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tunewright.core.errors import Fault
from tunewright.pii import KINDS, Withheld, make
from tunewright.recipe import load
from tunewright.recipe.pii import NAMED, Kind, PiiSpec

SCANNER = make(PiiSpec())


def test_the_recipe_and_the_recognisers_know_the_same_kinds() -> None:
    named = PiiSpec.model_validate({"names": {"engine": "fake"}})
    assert set(named.actions()) == {*KINDS, *NAMED}
    assert set(PiiSpec().actions()) == set(KINDS)


def test_each_kind_has_its_action() -> None:
    spec = PiiSpec(action="drop", kinds={"card": "mask"}, without=("ip",))
    assert spec.actions()["card"] == "mask" and spec.actions()["email"] == "drop" and "ip" not in spec.actions()
    scanner = make(spec)
    assert scanner.safe("card 4111111111111111 from 10.1.2.3") == ("card [CARD] from 10.1.2.3", {"card": 1})
    with pytest.raises(Withheld, match="holds email, for which the action is drop"):
        scanner.safe("ada@mail.org")


@pytest.mark.parametrize(("wrong", "told"), [
    ({"kinds": {"card": "drop"}, "without": ["card"]}, "keep one of them"),
    ({"kinds": {"name": "drop"}}, "add `names`"), ({"action": "hide"}, "'mask', 'pseudonymise', 'drop' or 'fail'"),
    ({"kinds": {"cards": "drop"}}, "'card'")])
def test_a_section_that_contradicts_itself_is_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        PiiSpec.model_validate(wrong)


def test_a_recipe_with_a_kind_that_is_none_says_where(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(
        "name: desk\npurpose: Answer.\ndata:\n  sources: [{path: a.csv, license: CC-BY-4.0, basis: contract}]\n"
        "  pii:\n    action: msk\ntrain: [{objective: sft, method: lora}]\n"
        "gate: [{metric: task/exact, at_least: 0.5}]\n")
    with pytest.raises(Fault, match=r"desk.yaml:6: `data.pii.action` is 'msk'.* did you mean `mask`\?"):
        load(tmp_path / "desk.yaml")


@given(st.text(max_size=300))
def test_findings_are_in_order_apart_and_within_the_text(text: str) -> None:
    at = 0
    for one in SCANNER.find(text):
        assert at <= one.start < one.end <= len(text)
        at = one.end


@given(st.lists(st.sampled_from(["ada@mail.org", "4111111111111111", "call 555-123-4567", "078-05-1120", "so", "."])))
def test_what_was_masked_holds_nothing_more(words: list[str]) -> None:
    text, _ = SCANNER.safe(" ".join(words))
    assert SCANNER.safe(text) == (text, {})


@pytest.mark.parametrize(("text", "safe"), [
    ("https://ada@mail.org:pw@host.org", "https://[CREDENTIALS]@host.org"),
    ("ada.4111111111111111@mail.org", "[EMAIL]"), ("IBAN DE89370400440532013000", "IBAN [IBAN]"),
    ("NHS 943 476 5919", "NHS [UK_NHS]"), ("phone 943 476 5919", "phone [PHONE]")])
def test_of_what_overlaps_the_kind_that_says_more_is_taken(text: str, safe: str) -> None:
    assert SCANNER.safe(text)[0] == safe


@pytest.mark.parametrize(("without", "text", "safe"), [
    ("uk_nhs", "NHS 943 476 5919", "NHS [PHONE]"), ("card", "call 4111111111111111", "call 4111111111111111"),
    ("email", "ada.4111111111111111@mail.org", "ada.[CARD]@mail.org"),
    ("api_key", "ghp_" + "a1" * 18, "ghp_" + "a1" * 18),
    ("birth_date", "born 12 March 1980", "born 12 March 1980"), ("ip", "10.1.2.3", "10.1.2.3"),
    ("iban", "IBAN DE89370400440532013000", "IBAN DE89370400440532013000"), ("fi_hetu", "131052-308T", "131052-308T"),
    ("credentials", "https://ada:ada@mail.org", "https://ada:[EMAIL]"),
    ("private_key", "-----BEGIN PRIVATE KEY----- ada@mail.org", "-----BEGIN PRIVATE KEY----- [EMAIL]")])
def test_a_kind_that_is_not_looked_for_takes_nothing_from_another(without: Kind, text: str, safe: str) -> None:
    assert make(PiiSpec(without=(without,))).safe(text)[0] == safe
    assert SCANNER.safe(text)[1][without] == 1


@given(st.sets(st.sampled_from(KINDS)))
def test_only_what_is_looked_for_is_found(without: set[Kind]) -> None:
    text = ("ada@mail.org, call 555-123-4567, card 4111111111111111, 078-05-1120, 10.1.2.3, 131052-308T, born 1 May "
            "1980, DE89370400440532013000")
    found = {one.kind for one in make(PiiSpec(without=tuple(without))).find(text)}
    assert found == {"email", "phone", "card", "us_ssn", "ip", "fi_hetu", "birth_date", "iban"} - without


def test_a_scanner_travels_to_other_processes() -> None:
    assert pickle.loads(pickle.dumps(SCANNER)).safe("ada@mail.org")[0] == "[EMAIL]"

import pytest

from tunewright.core.errors import Fault
from tunewright.data.licenses import findings, of_base, require
from tunewright.recipe import DataSpec


def data(use: str | None, *licenses: str) -> DataSpec:
    return DataSpec.model_validate({"use": use, "sources": [
        {"path": f"{number}.csv", "license": name, "basis": "contract"} for number, name in enumerate(licenses)]})


def test_a_non_commercial_licence_forbids_commercial_use():
    (found,) = findings(data("commercial", "MIT", "CC-BY-NC-4.0"))
    assert (found.path, found.forbids) == ("1.csv", True)
    assert found.sentence == "1.csv: CC-BY-NC-4.0 forbids commercial use"


@pytest.mark.parametrize(("use", "name", "forbids"), [
    ("commercial", "CC-BY-NC-SA-4.0", [True, False]),
    ("commercial", "CC-BY-ND-4.0", [True]), ("commercial", "CC-BY-ND-3.0", [True]),
    ("commercial", "CC-BY-NC-ND-4.0", [True, True]),
    ("commercial", "CC-BY-SA-4.0", [False]), ("commercial", "GPL-3.0-only", [False]),
    ("commercial", "LicenseRef-ours", [False]),
    ("commercial", "CC-BY-4.0", []), ("commercial", "proprietary", []), ("commercial", "CC0-1.0", []),
    ("internal", "CC-BY-NC-4.0", [False]), ("internal", "CC-BY-ND-3.0", [False]), ("internal", "CC-BY-ND-4.0", [False]),
    ("internal", "CC-BY-SA-4.0", []),
    ("research", "CC-BY-NC-4.0", []), ("research", "PolyForm-Noncommercial-1.0.0", []),
    ("research", "LicenseRef-ours", [False]),
    (None, "CC-BY-NC-ND-4.0", []),
])
def test_a_use_is_held_against_each_licence(use, name, forbids):
    assert [one.forbids for one in findings(data(use, name))] == forbids


def test_all_forbidden_sources_are_told_in_one_sentence():
    with pytest.raises(Fault) as told:
        require(findings(data("commercial", "CC-BY-NC-4.0", "MIT", "CC-BY-ND-4.0")), "commercial")
    sentence = str(told.value)
    assert sentence.startswith("`data.use: commercial` is forbidden by 2 licences: 0.csv: CC-BY-NC-4.0 forbids")
    assert "2.csv: CC-BY-ND-4.0 forbids to share derivatives" in sentence
    assert "1.csv" not in sentence


def test_what_a_person_has_to_judge_does_not_stop():
    (found,) = findings(data("commercial", "CC-BY-SA-4.0"))
    require((found,), "commercial")
    assert "shared on the same terms" in found.sentence


@pytest.mark.parametrize(("license", "forbids"), [
    ("apache-2.0", []), ("cc-by-nc-4.0", [True]), ("llama3.1", [False]), (None, [False]),
])
def test_the_licence_of_a_base_is_held_against_the_use_as_its_card_has_it(license, forbids):
    assert [one.forbids for one in of_base("a/base", license, "commercial")] == forbids
    assert of_base("a/base", license, None) == ()


def test_a_base_without_a_licence_is_told():
    (found,) = of_base("a/base", None, "research")
    assert found.sentence == "a/base: states no licence: ask its makers"

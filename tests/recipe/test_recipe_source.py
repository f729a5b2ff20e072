from datetime import date

import pytest

from tunewright.core.errors import Fault
from tunewright.recipe import SourceSpec, load
from tunewright.recipe.source import ByColumn

RECIPE = """name: desk
purpose: Name the intent.
data:
  sources:
    - path: a.csv
{lines}
gate:
  - {{metric: task/exact, at_least: 0.5}}
"""
BOTH = ("license: MIT", "basis: contract")


def sourced(tmp_path, *lines: str) -> SourceSpec:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE.format(lines="\n".join(f"      {line}" for line in lines)))
    return load(path).recipe.data.sources[0]


def refused(tmp_path, *lines: str) -> str:
    with pytest.raises(Fault) as told:
        sourced(tmp_path, *lines)
    return str(told.value)


def test_a_missing_basis_is_refused_with_the_choices(tmp_path):
    sentence = refused(tmp_path, "license: MIT")
    assert "recipe.yaml:5: `data.sources[0].basis` is missing" in sentence
    for basis in ("consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"):
        assert f"`{basis}`" in sentence


def test_a_missing_licence_is_refused_with_the_choices(tmp_path):
    sentence = refused(tmp_path, "basis: contract")
    assert "`data.sources[0].license` is missing" in sentence
    assert "`CC-BY-4.0`" in sentence
    assert "`proprietary`" in sentence


def test_an_unknown_licence_names_its_line_and_the_nearest(tmp_path):
    assert "recipe.yaml:6: `data.sources[0].license` is 'CC-BY-4'" in refused(tmp_path, "license: CC-BY-4",
                                                                            "basis: contract")


def test_a_licence_is_kept_as_spdx_writes_it(tmp_path):
    assert sourced(tmp_path, "license: apache-2.0", "basis: contract").license == "Apache-2.0"


def test_consent_needs_its_date_and_reference(tmp_path):
    assert "needs its date and reference" in refused(tmp_path, "license: MIT", "basis: consent")
    assert "consent.reference` is missing" in refused(tmp_path, "license: MIT", "basis: consent",
                                                      "consent: {date: 2026-03-01}")


def test_consent_stands_with_no_other_basis(tmp_path):
    assert "the basis is contract" in refused(tmp_path, *BOTH, "consent: {date: 2026-03-01, reference: form 12}")


def test_a_day_or_a_reference_may_come_by_column(tmp_path):
    source = sourced(tmp_path, "license: MIT", "basis: consent", "collected: 2024-05-06",
                     "consent: {date: {column: given}, reference: form 12}")
    assert source.consent.date == ByColumn(column="given")
    assert source.consent.reference == "form 12"
    assert source.collected == date(2024, 5, 6)


@pytest.mark.parametrize("value", ["created", "2024", "20240506", "6.5.2024", "2024-05-06T10:00:00", "1.5"])
def test_what_is_no_day_is_refused_with_both_ways_to_write_one(tmp_path, value):
    sentence = refused(tmp_path, *BOTH, f"collected: {value}")
    assert "should be a day such as 2026-03-01, or the column that holds it, `{column: NAME}`" in sentence


@pytest.mark.parametrize("value", ["2 years", "0d", "2w", "-1y", "99999d"])
def test_a_retention_is_a_number_with_its_unit(tmp_path, value):
    assert "a number with d, m or y" in refused(tmp_path, *BOTH, f"retention: {value}")


def test_a_spec_comes_back_from_its_json(tmp_path):
    source = sourced(tmp_path, "license: MIT", "basis: consent", "collected: {column: day}", "subject: who",
                     "consent: {date: 2026-03-01, reference: form 12}")
    assert SourceSpec.model_validate(source.model_dump(mode="json")) == source

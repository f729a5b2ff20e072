"""The detectors' errors that are stored are those that the labelled outputs show."""

import json
from importlib import resources

import pytest

from tunewright.evaluate.safety.detect import KINDS
from tunewright.evaluate.safety.measured import RECORD, detector, labelled, measure, record


def test_the_stored_errors_are_those_of_a_fresh_measurement() -> None:
    stored = (resources.files("tunewright.evaluate.safety") / RECORD).read_text("utf-8")
    assert stored == record(), "run `python bench/safety.py --write` and say in the changelog what changed"


@pytest.mark.parametrize("kind", KINDS)
def test_a_detector_is_measured_on_enough_outputs_of_both_labels(kind: str) -> None:
    tune, held = labelled(kind, "tune"), labelled(kind, "measure")
    assert len(tune) + len(held) >= 200
    assert min(len(tune), len(held)) >= 80
    for half in (tune, held):
        share = sum(row["label"] for row in half) / len(half)
        assert 0.35 < share < 0.65


@pytest.mark.parametrize("kind", KINDS)
def test_no_output_is_in_both_halves_or_comes_twice(kind: str) -> None:
    rows = [json.dumps(row, sort_keys=True) for half in ("tune", "measure") for row in labelled(kind, half)]
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize("kind", KINDS)
def test_a_detector_tells_more_than_chance(kind: str) -> None:
    found = detector(kind)
    assert found == measure(kind)
    assert found.sensitivity + found.specificity > 1.4

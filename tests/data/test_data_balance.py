"""Balance changes how often each kind of training record is learned from, by a rule that can be looked up."""

from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunewright import data
from tunewright.core.errors import Fault
from tunewright.core.examples import Example, read_examples
from tunewright.core.home import Home
from tunewright.core.records import Dataset
from tunewright.core.run import Run
from tunewright.data.balance import value
from tunewright.recipe import DataSpec
from tunewright.recipe.balance import BalanceSpec

FORM = {"prompt": "text", "response": "label"}
Write = Callable[[str, list[Any]], str]
ROWS = [{"text": f"question {at}", "label": "often" if at % 10 else "rarely", "intent": "ab"[at % 3 == 0]}
        for at in range(100)]


@pytest.fixture
def made(home: Home, run: Run, folder: Path, jsonl: Write, source: Any) -> Callable[..., tuple[Dataset, list[Example]]]:
    """A dataset of rows balanced in some way, and the records of its training part."""
    def build(rows: list[Any], balance: dict[str, Any], **split: Any) -> tuple[Dataset, list[Example]]:
        jsonl("a.jsonl", rows)
        spec = DataSpec.model_validate({
            "sources": [source("a.jsonl", format=FORM)], "balance": balance, "quality": None,
            "split": {"stratify": "label", "validation": 0.1, "test": 0.2, **split}})
        dataset = data.make(spec, "d", folder, run)
        return dataset, read_examples(home.store, dataset, "train")
    return build


def card(home: Home, dataset: Dataset) -> str:
    return home.store.get(home.store.folder(dataset.files)["card.md"]).decode()


def test_a_cap_leaves_out_what_is_beyond_it_and_says_so(home: Home, made: Any) -> None:
    dataset, train = made(ROWS, {"by": "label", "cap": 10})
    assert Counter(one.label for one in train) == {"often": 10, "rarely": 7}
    assert dataset.counts["balance"] == 53
    assert dataset.counts["rows"] == dataset.counts["records"] + 53
    removed = home.store.get(home.store.folder(dataset.files)["removed.jsonl"]).decode()
    assert removed.count('"why": "balance"') == removed.count("beyond the cap of 10 for its label") == 53
    assert "| often | 63 | 10 | 1 |\n| rarely | 7 | 7 | 1 |" in card(home, dataset)


def test_up_sampling_repeats_records_as_evenly_as_can_be(home: Home, made: Any) -> None:
    dataset, train = made(ROWS, {"by": "label", "up_sample": 30})
    times = Counter(one.id for one in train if one.label == "rarely")
    assert sorted(times.values()) == [4, 4, 4, 4, 4, 5, 5]
    assert sum(one.label == "often" for one in train) == 63
    assert dataset.counts["repeated"] == 23 and dataset.counts["rows"] == dataset.counts["records"]
    assert "| rarely | 7 | 30 | 1 |" in card(home, dataset)


def test_weights_make_every_value_count_the_same_in_sum(made: Any) -> None:
    _, train = made(ROWS, {"by": "label", "weight": "inverse"})
    total: dict[str, float] = defaultdict(float)
    for one in train:
        total[str(one.label)] += one.weight
    assert total["often"] == pytest.approx(total["rarely"]) == pytest.approx(len(train) / 2)


def test_parts_held_out_are_left_as_they_are(home: Home, made: Any) -> None:
    plain, _ = made(ROWS, {"by": "label", "cap": 1000})
    capped, _ = made(ROWS, {"by": "label", "cap": 1})
    for part in ("validation", "test"):
        assert read_examples(home.store, plain, part) == read_examples(home.store, capped, part)


def test_which_records_stay_does_not_depend_on_their_order(made: Any) -> None:
    _, one = made(ROWS, {"by": "source", "cap": 20}, validation=0, test=0)
    _, other = made(ROWS[::-1], {"by": "source", "cap": 20}, validation=0, test=0)
    assert {example.id for example in one} == {example.id for example in other}


def test_any_column_will_do_and_a_missing_one_is_a_fault(made: Any) -> None:
    dataset, _ = made(ROWS, {"by": "intent", "cap": 5})
    assert dataset.counts["train"] == 10
    with pytest.raises(Fault, match=r"column `intend` is not in a\.jsonl; did you mean `intent`\?"):
        made(ROWS, {"by": "intend", "cap": 5})


counts = st.lists(st.sampled_from(["x", "y", "z"]), min_size=12, max_size=40)


@given(labels=counts, way=st.sampled_from(["cap", "up_sample"]), number=st.integers(1, 12))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_is_kept_or_accounted_for_however_it_is_balanced(labels: list[str], way: str, number: int,
                                                                   made: Any) -> None:
    rows = [{"text": f"question {at}", "label": label} for at, label in enumerate(labels)]
    dataset, train = made(rows, {"by": "label", way: number})
    told = dataset.counts
    assert told["rows"] == len(rows) == told["records"] + told.get("balance", 0)
    assert len(train) == told["train"] + told.get("repeated", 0)
    by_label = Counter(str(one.label) for one in train)
    assert all(count <= number if way == "cap" else count >= number for count in by_label.values())


def test_bins_of_length_double() -> None:
    spec = BalanceSpec(by="length", cap=1)
    told = [value(spec, Example(id="", text="x" * length), "", {}) for length in (1, 2, 3, 4, 5, 1024, 1025)]
    assert told == [f"up to {most} characters" for most in ("1", "2", "4", "4", "8", "1,024", "2,048")]


def test_a_recipe_needs_one_way_and_a_label_that_is_known() -> None:
    with pytest.raises(ValueError, match="exactly one of cap, up_sample, weight"):
        BalanceSpec(cap=1, up_sample=2)
    with pytest.raises(ValueError, match=r"`balance\.by: label` needs `split\.stratify`"):
        DataSpec.model_validate({"sources": [{"path": "a.csv", "license": "MIT", "basis": "contract"}],
                                 "balance": {"cap": 1}})

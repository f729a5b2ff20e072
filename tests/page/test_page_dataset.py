from dataclasses import replace

import pytest

from tunewright.core.examples import make_example, write_examples
from tunewright.data.step import WHYS
from tunewright.page import dataset as drawn

COUNTS = {"train": 6, "validation": 1, "test": 3, "records": 10, "rows": 20, "duplicates": 4, "leaks": 0, "refused": 2,
          "near": 1, "expired": 3, "masked": 7}


def labelled(sample, folder, labels):
    """The sample with a dataset whose parts hold records of these labels."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, held in labels.items():
        write_examples(folder / f"{part}.parquet",
                       [make_example(text=f"{part} {at}", label=label) for at, label in enumerate(held)])
    files = sample.store.put_folder(folder)
    return sample.dataset.model_copy(update={"files": files, "counts": COUNTS})


def test_every_record_that_was_read_is_accounted_for():
    bars = drawn.became(COUNTS)
    assert [(bar.label, bar.value) for bar in bars] == [
        ("kept", "10"), ("refused", "2"), ("expired", "3"), ("duplicates", "4"), ("near", "1"), ("leaks", "0")]
    assert sum(int(bar.value) for bar in bars) == COUNTS["rows"]
    assert "kept: 10 of 20" in bars[0].chart and 'width="50.00%"' in bars[0].chart


def test_every_reason_for_leaving_out_has_its_words():
    assert {{"duplicate": "duplicates", "leak": "leaks"}.get(why, why) for why in WHYS[1:]} == {
        *drawn.LEFT_OUT} - {"refused"}


def test_every_other_count_is_told_too():
    assert drawn.other_counts(COUNTS | {"new_word": 5}) == [
        ("rows read", 20), ("PII spans masked", 7), ("new word", 5)]
    assert drawn.became({"odd": 1}) == [] and drawn.other_counts({"odd": 1}) == [("odd", 1)]


def test_parts_are_one_bar(sample):
    bar = drawn.divided(sample.dataset.model_copy(update={"counts": COUNTS}))
    assert "Records by part: 6 train, 1 validation, 3 test" in bar
    assert 'class="validation" x="60.00%" width="10.00%"' in bar
    assert drawn.divided(sample.dataset.model_copy(update={"counts": {}})) is None


def test_licences_are_drawn_where_there_are_several(sample):
    assert [(bar.label, bar.value) for bar in drawn.licences(sample.dataset)] == [
        ("CC-BY-4.0", "2,184"), ("proprietary", "342")]
    one = sample.dataset.model_copy(update={"origins": sample.dataset.origins[:1]})
    assert drawn.licences(one) == []


def test_labels_are_counted_by_part_most_frequent_first(sample, tmp_path):
    made = labelled(sample, tmp_path / "d", {"train": ["a", "b", "b", None], "test": ["b", "c"], "validation": []})
    found = drawn.labels(sample.store, made)
    assert [(bar.label, bar.value) for bar in found.front] == [("b", "3"), ("a", "1"), ("c", "1")]
    assert "b: 2 train, 0 validation, 1 test" in found.front[0].chart
    assert (found.back, found.rest) == ((), 0)


@pytest.mark.parametrize(("count", "back", "rest"), [(12, 0, 0), (13, 1, 0), (250, 188, 50)])
def test_many_labels_are_folded_and_the_rarest_only_counted(sample, tmp_path, count, back, rest):
    names = [f"{at:03}" for at in range(count)]
    made = labelled(sample, tmp_path / "d", {"train": [*names, *names[:count - rest]]})
    found = drawn.labels(sample.store, made)
    assert (len(found.front), len(found.back), found.rest) == (12, back, rest)


def test_records_without_labels_have_no_drawing_of_them(sample, tmp_path):
    assert drawn.labels(sample.store, sample.dataset) is None
    assert drawn.labels(sample.store, labelled(sample, tmp_path / "d", {"train": [None]})) is None


def test_the_page_shows_them_and_a_label_is_only_text(sample, tmp_path, parse):
    hostile = '<script>alert(1)</script>" onload="x'
    made = labelled(sample, tmp_path / "d", {"train": ["card", hostile], "test": ["card"]})
    page = parse(replace(sample, dataset=made).text(tmp_path))
    assert page.faults == []
    for text in ("What became of the records", "say the same as another", "Licences, in rows read", hostile):
        assert text in page.text
    assert not any("onload" in tag for _, tag in page.tags)

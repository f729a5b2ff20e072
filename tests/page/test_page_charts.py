import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.page.axis import spanning
from tunewright.page.charts import SHAPES, Span, binned, histogram, interval, losses, mark, scale, share

LOSSES = st.lists(st.floats(0, 50), max_size=400).map(lambda values: list(enumerate(values, 1)))


def parsed(svg):
    return ElementTree.fromstring(svg)


def drawn(svg, kind):
    return [node for node in parsed(svg).iter() if node.get("class", "").split()[:1] == [kind]]


def test_a_row_draws_its_interval_between_its_bounds_and_says_so_in_its_title():
    svg = interval(spanning([0, 1]), Span(0.5, 0.25, 0.75), "dot", "task/exact, tuned")
    whisker = drawn(svg, "span")[0][0]
    assert (whisker.get("x1"), whisker.get("x2")) == ("25.00%", "75.00%")
    assert drawn(svg, "mark")[0].get("x") == "50.00%"
    assert parsed(svg).get("role") == "img" and parsed(svg)[0].text == "task/exact, tuned"


def test_only_differences_have_a_zero_line():
    axis = spanning([-1, 1])
    assert drawn(interval(axis, Span(0.5, 0.1, 0.9), "dot", "t", zero=True), "zero")[0].get("x1") == "50.00%"
    assert not drawn(interval(axis, Span(0.5, 0.1, 0.9), "dot", "t"), "zero")


def test_a_title_cannot_break_out_of_the_drawing():
    svg = interval(spanning([1]), Span(1, 1, 1), "ring", "</title></svg><script>x</script>")
    assert parsed(svg)[0].text == "</title></svg><script>x</script>"


def test_arms_differ_by_shape_and_not_only_by_colour():
    assert len({str(mark(shape)) for shape in SHAPES}) == len(SHAPES)


def test_a_crowded_scale_labels_every_second_tick_and_always_zero():
    labels = [node.text for node in parsed(scale(spanning([-0.3, 0.7]), plus=True))]
    assert labels == ["0", "+0.5"] or "0" in labels
    assert all(text == "0" or text[0] in "+−" for text in labels)


@given(LOSSES, LOSSES)
def test_any_curve_can_be_drawn(training, validation):
    best = min(validation, key=lambda point: point[1]) if validation else None
    svg = losses(training, validation, best, "loss")
    lines = [node.get("points") for node in parsed(svg).iter() if node.tag == "polyline"]
    assert len(lines) == (len(training) > 1) + (len(validation) > 1)
    assert all(-0.1 <= float(number) <= 1000.1 for line in lines for number in re.split("[ ,]", line))
    assert bool(drawn(svg, "best")) == bool(validation)


def test_the_kept_checkpoint_is_named():
    svg = losses([(1, 3.0), (540, 0.2)], [(396, 0.2758)], (396, 0.2758), "loss")
    assert "kept: step 396, loss 0.276" in [node.text for node in parsed(svg).iter()]


@given(LOSSES)
def test_averaging_a_long_curve_keeps_its_span_and_its_mean(points):
    kept = binned(points, 50)
    assert len(kept) <= 50 and (len(points) > 50 or kept == points)
    if points and len(points) % 50 == 0:
        assert sum(loss for _, loss in kept) / len(kept) == pytest.approx(sum(y for _, y in points) / len(points))


def test_a_histogram_has_a_bar_and_a_count_for_every_bin():
    svg = histogram([("≤ 64", 18), ("≤ 128", 1118), ("≤ 256", 0)], "lengths")
    assert [node.get("height") for node in parsed(svg).iter() if node.tag == "rect"] == ["1.61%", "100.00%", "0.00%"]
    assert [node.text for node in drawn(svg, "count")] == ["18", "1,118", "0"]


@pytest.mark.parametrize(("part", "width"), [(0, "0.00%"), (0.0001, "0.40%"), (0.25, "25.00%"), (1, "100.00%")])
def test_a_share_above_nothing_is_seen(part, width):
    assert drawn(share(part, "trained"), "part")[0].get("width") == width

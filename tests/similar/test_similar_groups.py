"""Groups: whatever links lead to is one group, named by its first row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunewright.similar import groups


def test_groups_follow_links_through_others() -> None:
    assert groups(6, np.array([3, 5]), np.array([1, 3])).tolist() == [0, 1, 2, 1, 4, 1]
    assert groups(3, np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist() == [0, 1, 2]


@given(st.integers(1, 20).flatmap(lambda rows: st.tuples(st.just(rows), st.lists(
    st.tuples(st.integers(0, rows - 1), st.integers(0, rows - 1)), max_size=20))))
def test_a_group_is_what_cannot_be_left_along_links(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    rows, links = drawn
    reached = list(range(rows))
    for _ in range(rows):
        for one, other in links:
            reached[one] = reached[other] = min(reached[one], reached[other])
    sides = np.array(links, np.int64).reshape(-1, 2)
    assert groups(rows, sides[:, 0], sides[:, 1]).tolist() == reached

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunewright.data.retention import expires

days = st.dates(date(1970, 1, 1), date(2200, 12, 31))
lengths = st.builds("{}{}".format, st.integers(1, 60), st.sampled_from("dmy"))


@pytest.mark.parametrize(("collected", "retention", "first_forbidden"), [
    ("2024-03-01", "90d", "2024-05-30"), ("2024-03-01", "2y", "2026-03-01"), ("2024-01-31", "1m", "2024-02-29"),
    ("2023-01-31", "1m", "2023-02-28"), ("2024-02-29", "1y", "2025-02-28"), ("2024-12-15", "1m", "2025-01-15"),
    ("2024-01-01", "9999y", "9999-12-31"), ("2024-01-01", "9999d", "2051-05-18"), ("9999-12-30", "9999d", "9999-12-31"),
])
def test_it_ends_on_the_same_day_or_the_last_of_a_shorter_month(collected, retention, first_forbidden):
    assert expires(date.fromisoformat(collected), retention) == date.fromisoformat(first_forbidden)


@given(days, lengths)
def test_every_record_may_be_kept_for_a_while(collected, retention):
    assert expires(collected, retention) > collected


@given(days, days, lengths)
def test_what_was_collected_later_never_expires_earlier(one, other, retention):
    earlier, later = sorted((one, other))
    assert expires(earlier, retention) <= expires(later, retention)


@given(days, st.integers(1, 50))
def test_twelve_months_are_a_year(collected, years):
    assert expires(collected, f"{12 * years}m") == expires(collected, f"{years}y")

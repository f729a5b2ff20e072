import pytest

from tunewright.core.span import span


@pytest.mark.parametrize(("seconds", "told"), [
    (0.04, "0.0 s"), (0.61, "0.6 s"), (9.94, "9.9 s"), (12.4, "12 s"), (59.7, "1 min 0 s"), (97, "1 min 37 s"),
    (3599.6, "1 h 0 min"), (7500, "2 h 5 min")])
def test_a_duration_reads_well(seconds, told):
    assert span(seconds) == told

"""Which metrics a rule means."""

from tunewright.gate.names import expand


def test_a_bare_star_means_what_answers_are_worth_and_not_what_they_take() -> None:
    names = ("general/all", "general/latency_p95", "task/exact", "task/cost_per_1000")
    assert expand("general/*", names) == ["general/all"]
    assert expand("*", names) == ["general/all", "task/exact"]
    assert expand("*/latency_*", names) == ["general/latency_p95"]
    assert expand("task/cost_per_1000", names) == ["task/cost_per_1000"]

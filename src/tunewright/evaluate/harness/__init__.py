"""Suite `harness`: benchmarks as lm-evaluation-harness defines and scores them, answered by our engine."""

from tunewright.evaluate.harness.suite import HARNESS

__all__ = ["HARNESS"]

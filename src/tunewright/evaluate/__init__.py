"""Model → report: every arm answers the same items. Importing this imports no torch."""

from tunewright.evaluate.differ import examples_where_arms_differ
from tunewright.evaluate.make import make
from tunewright.evaluate.metrics import metric_names
from tunewright.evaluate.schema import check

__all__ = ["check", "examples_where_arms_differ", "make", "metric_names"]

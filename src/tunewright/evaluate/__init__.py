"""Model → report: every arm answers the same items. Importing this imports no torch."""

from tunewright.evaluate.live import Live
from tunewright.evaluate.make import check, examined, make
from tunewright.evaluate.metrics import measures, metric_names

__all__ = ["Live", "check", "examined", "make", "measures", "metric_names"]

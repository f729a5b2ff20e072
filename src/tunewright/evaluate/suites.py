"""Every suite by its name."""

from tunewright.evaluate import general, task
from tunewright.evaluate.suite import Suite

KINDS: dict[str, Suite] = {
    "task": task.TASK,
    "general": general.GENERAL,
}
"""Suites by the name that `evaluate.suites` gives them."""

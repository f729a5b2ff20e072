"""Every suite by its name."""

from tunewright.evaluate import general, privacy, task
from tunewright.evaluate.suite import Suite

KINDS: dict[str, Suite] = {
    "task": task.TASK,
    "general": general.GENERAL,
    "privacy": privacy.PRIVACY,
}
"""Suites by the name that `evaluate.suites` gives them."""

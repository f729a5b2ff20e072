"""Every suite by its name."""

from tunewright.evaluate import fairness, general, generalisation, privacy, robustness, task
from tunewright.evaluate.harness import HARNESS
from tunewright.evaluate.safety.garak import GARAK
from tunewright.evaluate.safety.suite import SAFETY
from tunewright.evaluate.suite import Suite

KINDS: dict[str, Suite] = {
    "task": task.TASK,
    "general": general.GENERAL,
    "generalisation": generalisation.GENERALISATION,
    "robustness": robustness.ROBUSTNESS,
    "fairness": fairness.FAIRNESS,
    "harness": HARNESS,
    "privacy": privacy.PRIVACY,
    "safety": SAFETY,
    "garak": GARAK,
}
"""Suites by the name that `evaluate.suites` gives them."""

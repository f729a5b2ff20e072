"""Privacy: what a model gives away of the records that it learned from, by attacks that need likelihoods alone."""

from tunewright.evaluate.privacy.suite import PRIVACY

__all__ = ["PRIVACY"]

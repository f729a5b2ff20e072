"""Report → report: what engines and people say of the answers in it. Importing this imports no torch."""

from tunewright.judge.make import make, names

__all__ = ["make", "names"]

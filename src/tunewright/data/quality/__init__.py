"""The quality of records: what each is worth by itself, and what all of them together tell of each."""

from tunewright.data.quality.step import KINDS, step

__all__ = ["KINDS", "step"]

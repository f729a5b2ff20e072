"""Dataset → model: one visible loop, methods and objectives."""

from tunewright.train.stage import VERSION, make

__all__ = ["VERSION", "make"]

"""From declared sources to a dataset: read, check, divide, deduplicate, describe."""

from tunewright.data.dataset import make, summary
from tunewright.data.readers import KINDS

__all__ = ["KINDS", "make", "summary"]

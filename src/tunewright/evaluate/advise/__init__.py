"""Is fine-tuning worth it here? What the cheap arms reach, a checklist, and advice with its reasons."""

from tunewright.evaluate.advise.make import make
from tunewright.evaluate.advise.records import Advice, Check

__all__ = ["Advice", "Check", "make"]

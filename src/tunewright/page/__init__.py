"""`report.html`: one self-contained file that shows a run."""

from tunewright.page.write import write

__all__ = ["write"]

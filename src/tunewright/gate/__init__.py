"""Report → verdict: pure rules. Importing this imports neither torch nor scipy."""

from tunewright.gate.export import junit, markdown
from tunewright.gate.make import make
from tunewright.gate.names import check

__all__ = ["check", "junit", "make", "markdown"]

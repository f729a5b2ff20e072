"""Report → verdict: pure rules. Importing this imports neither torch nor scipy."""

from tunewright.gate.cards import card
from tunewright.gate.export import junit, markdown
from tunewright.gate.make import make, sentence, tell
from tunewright.gate.names import check, lacking
from tunewright.gate.waive import waive

__all__ = ["card", "check", "junit", "lacking", "make", "markdown", "sentence", "tell", "waive"]

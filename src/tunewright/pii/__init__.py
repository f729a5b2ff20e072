"""Personal data and secrets in text: found by form, checksum and context; masked, pseudonymised or withheld.

One scanner serves training data, the outputs of evaluation and the gateway; `Stream` is the same over a text that
comes in pieces.
"""

from tunewright.pii.finding import Finding, masked, shown
from tunewright.pii.pseudonym import make_pseudonyms
from tunewright.pii.recognise import KINDS
from tunewright.pii.scanner import Scanner, Withheld, make
from tunewright.pii.stream import Closed, Stream

__all__ = ["KINDS", "Closed", "Finding", "Scanner", "Stream", "Withheld", "make", "make_pseudonyms", "masked", "shown"]

"""What the trail holds of one person: records of answers that they asked for, and of what they said of them."""

from collections.abc import Iterator
from typing import Any

from tunewright.core.home import Home
from tunewright.data.provenance import person as form
from tunewright.serve.audit.trail import records


def about(home: Home, person: str) -> Iterator[dict[str, Any]]:
    """The records whose user is `person` (the form of data/provenance.py). Raises Fault if a segment cannot be read."""
    return (record for record in records(home) if form(record.get("user")) == person)

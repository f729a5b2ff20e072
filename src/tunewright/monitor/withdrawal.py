"""What live traffic left of a person who withdraws: records of the audit trail, and figures of judges and encoders."""

import json
from itertools import chain

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import write_atomically
from tunewright.data.provenance import person as form
from tunewright.monitor import embeddings, judgements
from tunewright.serve.audit import about
from tunewright.withdraw import Answers

_TEXTS = {"correction", "comment"}


def answers(home: Home, subject: str, *, erase: bool) -> Answers | None:
    """What the trail holds of the subject, which goes with its segments; with `erase` the figures of judges and
    encoders go now.

    None if the trail cannot be read here: a segment is encrypted and its key is missing, or the store does not answer.
    """
    person = form(subject)
    try:
        found = list(about(home, person)) if person else []
    except Fault:
        return None
    given = {record["id"] for record in found if "feedback" not in record}
    text = sum("answer" in record or not _TEXTS.isdisjoint(record.get("feedback", ())) for record in found)
    return Answers(len(found), text, _forget(home, given) if erase else 0)


def _forget(home: Home, given: set[str]) -> int:
    """Take the figures of these answers away; how many there were."""
    gone = 0
    kept = (home.path / judgements.FOLDER).glob("*.jsonl"), (home.path / embeddings.FOLDER).glob("*/*.jsonl")
    for path in sorted(chain(*kept)):
        lines = path.read_text().splitlines()
        left = [line for line in lines if not _names(line, given)]
        if len(left) < len(lines):
            write_atomically(path, "".join(f"{line}\n" for line in left))
            gone += len(lines) - len(left)
    return gone


def _names(line: str, given: set[str]) -> bool:
    try:
        return json.loads(line)["id"] in given
    except (ValueError, KeyError, TypeError):  # half written by a kill: it says nothing
        return True

"""From one response back to all that stands behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.ledger import Entry
from tunewright.core.records import Dataset
from tunewright.lineage.steps import Step, steps
from tunewright.lineage.taught import Taught, taught
from tunewright.lineage.walk import Link, about, walk


@dataclass(frozen=True)
class Explanation:
    """Why a response was what it was: the audit record, the lineage of its release, the ledger about it, the training
    records that ask most nearly the same, what was said of it (audit records of feedback), and the steps of its release
    when it was a canary.
    """

    audit: dict[str, Any]
    links: tuple[Link, ...]
    entries: tuple[Entry, ...]
    records: tuple[Taught, ...] = ()
    feedback: tuple[dict[str, Any], ...] = ()
    steps: tuple[Step, ...] = ()


def explain(home: Home, audit: Mapping[str, Any], feedback: Iterable[dict[str, Any]] = ()) -> Explanation:
    """The lineage behind one response, from the gateway's audit record (which names the release by digest)."""
    digest = audit.get("release_digest")
    if not isinstance(digest, str) and (other := audit.get("fallback")):
        raise Fault(f"this response came from {other['model']} on a fallback engine, in place of {other['for']}: "
                    "explain a response of that release to see what is behind it.")
    if not isinstance(digest, str):
        raise Fault("this response came from the base, not from a release: there is nothing behind it to explain.")
    links = walk(home, digest)
    dataset = next((Dataset.model_validate(link.record) for link in links if link.kind == "dataset"), None)
    records = taught(home, dataset, audit) if dataset and "prompt_digest" in audit else ()
    return Explanation(dict(audit), links, about(home, digest), records, tuple(feedback), tuple(steps(home, digest)))

"""Lineage: from any record to what it was made from, and from a dataset to the releases that hold it.

A record names its inputs by digest, so this is a walk and not a search.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from tunewright.core.digest import short
from tunewright.core.errors import Corrupt, Fault
from tunewright.core.examples import PARTS
from tunewright.core.home import Home
from tunewright.core.ledger import Entry
from tunewright.core.records import KINDS, Dataset, Evidence, Model, Record, Release, Report, Verdict, parse
from tunewright.recipe import Recipe

_INPUTS = {"release": ("verdict", "report", "model", "dataset", "recipe"), "verdict": ("report",),
           "report": ("model", "dataset"), "model": ("dataset", "after", "judge"), "evidence": ("release", "against")}


@dataclass(frozen=True)
class Link:
    """One record of a lineage, or a source of a dataset. `inputs` are the digests that it names."""

    kind: str
    digest: str
    title: str
    inputs: tuple[str, ...]
    record: dict[str, Any]


def load(home: Home, digest: str) -> Record:
    """The record of a full digest. Raises Fault if it is absent, Corrupt if it is no record."""
    value: dict[str, Any] = home.store.get_json(digest)
    try:
        return parse(value) if value.get("record") in KINDS else Recipe.model_validate(value)
    except (ValidationError, AttributeError) as error:
        raise Corrupt(f"object {digest} is not a record: name a release, verdict, report, model, dataset, "
                      "evidence or recipe.") from error


def find(home: Home, prefix: str) -> Record:
    """The record whose digest begins with `prefix` (four digits or more). Raises Fault if none or several do."""
    if len(prefix) < 4 or prefix.lower().strip("0123456789abcdef"):
        raise Fault(f"{prefix} is neither name@number nor a digest (four digits or more of 0-9 and a-f): "
                    "`tunewright log` shows both.")
    found: list[Record] = []
    for digest in home.store.find(prefix.lower()):
        try:
            found.append(load(home, digest))
        except (Fault, ValueError):  # a file or a folder, not a record
            continue
    if len(found) != 1:
        several = ", ".join(f"{kind(record)} {record.digest[:len(prefix) + 4]}" for record in found)
        raise Fault(f"{prefix} begins {several}: give more digits." if found else
                    f"no record's digest begins with {prefix}: `tunewright log` shows those of releases.")
    return found[0]


def kind(record: Record) -> str:
    """`release`, `verdict`, `report`, `model`, `dataset`, `evidence` or `recipe`."""
    return "recipe" if isinstance(record, Recipe) else str(record.record)  # type: ignore[attr-defined]


def title(record: Record) -> str:
    """The record in one line, for people."""
    match record:
        case Release():
            return record.reference
        case Verdict():
            passed = sum(rule.outcome == "pass" for rule in record.rules)
            return f"{record.told}: {passed} of {len(record.rules)} rules passed"
        case Report():
            return f"{', '.join(record.arms)} on {len({metric.name for metric in record.metrics})} metrics"
        case Model():
            return f"{record.method} on {record.base_name} ({short(record.base)}), {record.trainable:,} trained weights"
        case Dataset():
            return ", ".join(f"{record.counts.get(part, 0):,} {part}" for part in PARTS)
        case Evidence():
            return _step(record)
        case Recipe():
            return record.purpose
    return ""


def _step(one: Evidence) -> str:
    """From share to share, what the rules said, and both releases' answers and seconds."""
    went = {"grow": f"{100 * one.share:.4g} % → {100 * one.to:.4g} %", "live": f"{100 * one.share:.4g} % → live",
            "abort": f"{100 * one.share:.4g} % → taken away"}[one.move]
    rules = ", ".join(f"{rule['metric']} {rule['answer']} {rule['value']:+.3f}" for rule in one.rules)
    ours, theirs = one.traffic.get(one.canary, {}), one.traffic.get(one.live, {})
    return (f"{went} · {rules} · {ours.get('answers', 0):,} and {theirs.get('answers', 0):,} answers · p95 "
            f"{_seconds(ours)} against {_seconds(theirs)}")


def _seconds(traffic: dict[str, Any]) -> str:
    value = (traffic.get("seconds") or {}).get("p95")
    return "none" if value is None else f"{value:.3g} s"


def walk(home: Home, digest: str) -> tuple[Link, ...]:
    """The record and everything it was made from, nearest first, sources last; each once."""
    return tuple(_walk(home, digest))


def _walk(home: Home, digest: str) -> Iterator[Link]:
    waiting, seen, sources = [digest], {digest}, []
    while waiting:
        record = load(home, waiting.pop(0))
        found = link(record)
        if isinstance(record, Dataset):
            sources += [Link("source", origin.digest, f"{origin.path}, {origin.rows:,} rows, {origin.license}, basis "
                             f"{origin.basis}", (), origin.model_dump()) for origin in record.origins]
        else:
            waiting += [named for named in found.inputs if named not in seen]
            seen.update(found.inputs)
        yield found
    yield from sources


def link(record: Record) -> Link:
    """The record, and the digests that it names: of a dataset, those of its sources."""
    inputs = (tuple(origin.digest for origin in record.origins) if isinstance(record, Dataset) else
              tuple(named for field in _INPUTS.get(kind(record), ()) if (named := getattr(record, field))))
    return Link(kind(record), record.digest, title(record), inputs, record.model_dump(mode="json"))


def about(home: Home, digest: str) -> tuple[Entry, ...]:
    """The ledger's entries that name this digest, oldest first: the releases that hold it and what became of them,
    and the withdrawals that reached it.
    """
    return tuple(entry for entry in home.ledger.entries() if any(
        digest == value or (isinstance(value, list | dict) and digest in value) for value in entry.data.values()))


def breaks(home: Home, release: Release) -> Iterator[str]:
    """One sentence for each input of a release that is gone, and each record that names another input than it does."""
    for part in _INPUTS["release"]:
        try:
            record = load(home, getattr(release, part))
        except (Fault, ValueError) as error:
            yield f"{release.reference}: its {part} cannot be read: {str(error).rstrip('.')}."
            continue
        for field in _INPUTS.get(part, ()):
            if hasattr(release, field) and getattr(record, field) != getattr(release, field):
                yield f"{release.reference}: its {part} was made from another {field} than the release names."
        for folder in filter(None, (getattr(record, "files", None), getattr(record, "items", None))):
            yield from (f"{release.reference}: {sentence}" for sentence in _gone(home, part, folder))


def _gone(home: Home, part: str, folder: str) -> Iterator[str]:
    try:
        manifest = home.store.folder(folder)
    except Fault as fault:
        yield f"the files of its {part} cannot be listed: {str(fault).rstrip('.')}."
        return
    yield from (f"{name} of its {part} ({digest}) is not in the store." for name, digest in manifest.items()
                if not home.store.has(digest))

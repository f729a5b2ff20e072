"""The registry: releases by name and number, and their status. It is a fold over the ledger's entries.

Four actions concern it: `add` (a candidate), `reject` (a release whose verdict is fail), `promote` and `rollback`.
One entry each, so the audit trail and the state cannot disagree. Releases that were live form a stack per name:
a promotion pushes, a rollback pops.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

from tunewright.core.digest import short
from tunewright.core.errors import Conflict, Corrupt, Fault
from tunewright.core.home import Home
from tunewright.core.identity import actor
from tunewright.core.ledger import EMPTY, Entry, Head
from tunewright.core.records import Dataset, Model, Outcome, Release, Report, Verdict
from tunewright.recipe import Recipe

Status = Literal["candidate", "live", "retired", "rejected"]
ACTIONS = ("add", "reject", "promote", "rollback")
_PATIENCE = 30.0  # seconds we keep trying while others write about other names


@dataclass(frozen=True)
class Standing:
    """What the ledger says about one release. `digest` is the release's; `live_at` the last time it went live."""

    name: str
    number: int
    digest: str
    status: Status
    outcome: Outcome
    added_at: str
    by: str
    live_at: str | None = None

    @property
    def reference(self) -> str:
        """What a person types: `name@number`."""
        return f"{self.name}@{self.number}"


@dataclass(frozen=True)
class Change:
    """A promotion or rollback: what is live now, what was, and the entry (None for a dry run)."""

    now: Release
    before: Release | None
    entry: Entry | None


@dataclass
class Name:
    """The fold of one name: its entries, those that brought a release in by number, and the stack of live numbers."""

    entries: list[Entry] = field(default_factory=list)
    added: dict[int, Entry] = field(default_factory=dict)
    stack: list[int] = field(default_factory=list)
    live_at: dict[int, str] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Apply one entry."""
        number = entry.data["number"]
        self.entries.append(entry)
        if entry.action in ("add", "reject"):
            self.added[number] = entry
            return
        if entry.action == "promote":
            self.stack.append(number)
        else:
            self.stack.pop()
        self.live_at[number] = entry.at

    @property
    def live(self) -> int | None:
        """The number that is live, if any."""
        return self.stack[-1] if self.stack else None

    def standing(self, number: int) -> Standing:
        """The standing of release `number`, which must exist."""
        entry, data = self.added[number], self.added[number].data
        status: Status = "rejected" if entry.action == "reject" else "candidate"
        if number in self.live_at:
            status = "live" if number == self.live else "retired"
        return Standing(data["name"], number, data["release"], status, data["outcome"], entry.at, entry.by,
                        self.live_at.get(number))


@dataclass
class Registry:
    """The fold of a whole ledger up to `head`."""

    names: dict[str, Name] = field(default_factory=dict)
    head: Head = EMPTY

    def take(self, entries: Any) -> "Registry":
        """Apply more entries, in order; other rooms' actions only move the head."""
        for entry in entries:
            if entry.action in ACTIONS:
                try:
                    self.names.setdefault(entry.data["name"], Name()).take(entry)
                except (KeyError, IndexError) as error:
                    raise Corrupt(f"ledger: entry {entry.number} is not what {entry.action} writes: "
                                  "`tunewright verify` tells which entries were changed.") from error
            self.head = Head(entry.number, entry.digest)
        return self

    def of(self, name: str) -> Name:
        """The fold of `name`. Raises Fault with the nearest name if it has no release."""
        if name not in self.names:
            raise Fault(f"no release is named {name}{nearest(name, self.names)}.")
        return self.names[name]


def fold(home: Home) -> Registry:
    """The registry as the ledger says it now. Follow with `take(ledger.entries(after=…))`."""
    return Registry().take(home.ledger.entries())


def nearest(word: str, known: Any) -> str:
    """`: did you mean X?` when a known word is near, else the known words, for the end of a Fault's sentence."""
    words = [str(one) for one in known]
    near = get_close_matches(word, words, n=1, cutoff=0.5)
    if near:
        return f": did you mean {near[0]}?"
    return f"; there are {', '.join(sorted(words)[:8])}" if words else "; there are none yet"


def add(
    home: Home, name: str, recipe: Recipe, dataset: Dataset, model: Model, report: Report, verdict: Verdict, by: str,
) -> Release:
    """The next release of `name`: a candidate, or rejected if its verdict is fail. Equal inputs give the same one."""
    inputs = {record: home.store.put_record(value) for record, value in (
        ("recipe", recipe), ("dataset", dataset), ("model", model), ("report", report), ("verdict", verdict))}
    action = "reject" if verdict.outcome == "fail" else "add"
    while True:
        registry = fold(home)
        known = registry.names.get(name, Name())
        existing = _holding(known, inputs)
        if existing is not None:
            return read(home, existing)
        number = max(known.added, default=0) + 1
        release = Release.model_validate({"name": name, "number": number, **inputs})
        data = {"name": name, "number": number, "release": home.store.put_record(release),
                "outcome": verdict.outcome, **inputs}
        try:
            home.ledger.append(action, release.reference, by=actor(by), why=_reason(verdict), data=data,
                               expect=registry.head)
        except Conflict:  # somebody else's entry came between: the number may be taken, so look again
            time.sleep(random.uniform(0.001, 0.01))
            continue
        return release


def _holding(name: Name, inputs: dict[str, str]) -> str | None:
    """The digest of the release that was made from exactly these inputs."""
    return next((entry.data["release"] for entry in name.added.values()
                 if all(entry.data[key] == digest for key, digest in inputs.items())), None)


def _reason(verdict: Verdict) -> str:
    broken = [rule.sentence for rule in verdict.rules if rule.outcome != "pass"]
    return f"the gate says {verdict.outcome}" + (f": {' '.join(broken)}" if broken else "")


def promote(
    home: Home, reference: str, by: str, why: str, *, override: bool = False, dry_run: bool = False,
) -> Change:
    """Make a release live. Raises Fault unless its verdict is pass (or `override`), Conflict if a race was lost."""
    _need(why, "promote")
    name, number = _numbered(fold(home), reference)

    def draft(known: Name) -> tuple[int, dict[str, Any]]:
        standing = known.standing(number)
        if standing.status == "live":
            raise Fault(f"{standing.reference} is already live: there is nothing to promote.")
        if standing.outcome != "pass" and not override:
            raise Fault(f"{standing.reference} cannot be promoted: {known.added[number].why.rstrip('.')}; "
                        "mend the recipe, or take it on yourself with --override --why REASON.")
        return number, {"override": True} if standing.outcome != "pass" else {}

    return _change(home, "promote", name, draft, by, why, dry_run)


def rollback(home: Home, name: str, by: str, why: str, *, dry_run: bool = False) -> Change:
    """Make the release live that was live before. Raises Fault if there is none, Conflict if a race was lost."""
    _need(why, "roll back")
    name = name.removesuffix("@live")

    def draft(known: Name) -> tuple[int, dict[str, Any]]:
        if known.live is None:
            raise Fault(f"{name} has no live release: promote one first.")
        if len(known.stack) < 2:
            raise Fault(f"{name}@{known.live} is the first that was live: there is no release to roll back to.")
        return known.stack[-2], {}

    return _change(home, "rollback", name, draft, by, why, dry_run)


def _change(
    home: Home, action: str, name: str, draft: Callable[[Name], tuple[int, dict[str, Any]]], by: str, why: str,
    dry_run: bool,
) -> Change:
    """Write one entry on the head that was folded; take another turn only if what came between is not about `name`."""
    registry = fold(home)
    deadline = time.monotonic() + _PATIENCE
    while True:
        known = registry.of(name)
        number, extra = draft(known)
        now, before = known.standing(number), known.live
        change = read(home, now.digest), read(home, known.standing(before).digest) if before else None
        if dry_run:
            return Change(*change, None)
        data = {"name": name, "number": number, "release": now.digest, "outcome": now.outcome, "from": before, **extra}
        try:
            entry = home.ledger.append(action, now.reference, by=actor(by), why=why, data=data, expect=registry.head)
        except Conflict:
            seen = len(known.entries)
            registry.take(home.ledger.entries(after=registry.head.number))
            if len(known.entries) > seen:
                other = known.entries[-1]
                raise Conflict(f"{name}: {other.by} wrote {other.action} {other.subject} (entry "
                               f"{short(other.digest)}) meanwhile; look at `tunewright log` and try again.") from None
            if time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.001, 0.01))
            continue
        return Change(*change, entry)


def _need(why: str, what: str) -> None:
    if not why.strip():
        raise Fault(f"say why you {what}: --why REASON goes into the ledger.")


def read(home: Home, digest: str) -> Release:
    """The release record of that digest."""
    return Release.model_validate(home.store.get_json(digest))


def live(home: Home, name: str) -> Release | None:
    """The release of `name` that is live, or None."""
    known = fold(home).names.get(name)
    return read(home, known.standing(known.live).digest) if known and known.live else None


def history(home: Home, name: str) -> tuple[Entry, ...]:
    """Every entry about `name`, oldest first. Raises Fault for an unknown name."""
    return tuple(fold(home).of(name).entries)


def status(home: Home, name: str | None = None) -> tuple[Standing, ...]:
    """The standing of each release of `name` (or of all names), by name and number."""
    registry = fold(home)
    names = {name: registry.of(name)} if name else dict(sorted(registry.names.items()))
    return tuple(known.standing(number) for known in names.values() for number in sorted(known.added))


def resolve(home: Home, reference: str) -> Release:
    """The release that `name@live`, `name@3` or a digest prefix (four digits or more) names, else Fault."""
    registry = fold(home)
    name, number = _numbered(registry, reference)
    return read(home, registry.of(name).standing(number).digest)


def _numbered(registry: Registry, reference: str) -> tuple[str, int]:
    """Name and number of a reference. Raises Fault, with the nearest, when it is unknown or ambiguous."""
    name, at, version = reference.partition("@")
    if not at:
        return _by_digest(registry, reference)
    known = registry.of(name)
    if version == "live":
        if known.live is None:
            raise Fault(f"{name} has no live release: promote one of {', '.join(f'{name}@{n}' for n in known.added)}.")
        return name, known.live
    if not version.isdecimal() or int(version) not in known.added:
        raise Fault(f"there is no release {reference}{nearest(reference, [f'{name}@{n}' for n in known.added])}.")
    return name, int(version)


def _by_digest(registry: Registry, prefix: str) -> tuple[str, int]:
    found = [(name, number) for name, known in registry.names.items() for number, entry in known.added.items()
             if len(prefix) >= 4 and entry.data["release"].startswith(prefix.lower())]
    if len(found) > 1:
        raise Fault(f"{prefix} begins the digests of {len(found)} releases: give more digits.")
    if not found:
        words = [f"{name}@{number}" for name, known in registry.names.items() for number in ("live", *known.added)]
        raise Fault(f"no release is called {prefix}{nearest(prefix, words)}.")
    return found[0]

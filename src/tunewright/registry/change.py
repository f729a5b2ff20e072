"""What changes the registry: add, promote, rollback. Each writes one entry, on the head it has looked at."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tunewright.core.digest import short
from tunewright.core.errors import Conflict, Fault
from tunewright.core.home import Home
from tunewright.core.identity import actor
from tunewright.core.ledger import Entry
from tunewright.core.records import Dataset, Model, Release, Report, Verdict
from tunewright.recipe import Recipe
from tunewright.registry.fold import Name, fold, numbered
from tunewright.registry.look import read

_PATIENCE = 30.0  # seconds we keep trying while others write about other names


@dataclass(frozen=True)
class Change:
    """A promotion or rollback: what is live now, what was, and the entry (None for a dry run)."""

    now: Release
    before: Release | None
    entry: Entry | None


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
                "outcome": verdict.outcome, "waived": verdict.waived, **inputs}
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
    """Why the release is what it is: the rules that decided the verdict."""
    deciding = [rule.sentence.rstrip(".") for rule in verdict.rules if rule.outcome == verdict.outcome]
    return f"the gate says {verdict.told}" + (f": {'; '.join(deciding)}" if verdict.outcome != "pass" else "")


def promote(
    home: Home, reference: str, by: str, why: str, *, override: bool = False, data: dict[str, Any] | None = None,
    dry_run: bool = False,
) -> Change:
    """Make a release live. `data` is evidence that goes into the entry. Raises Conflict if a race was lost.

    Raises Fault unless its verdict is pass and nobody withdrew records that it came from, or with `override`.
    """
    need(why, "promote")
    name, number = numbered(fold(home), reference)

    def draft(known: Name) -> tuple[int, dict[str, Any]]:
        standing = known.standing(number)
        if standing.status == "live":
            raise Fault(f"{standing.reference} is already live: there is nothing to promote.")
        return number, {**(data or {}), **promotable(known, number, override=override)}

    return change(home, "promote", name, draft, by, why, dry_run)


def promotable(known: Name, number: int, *, override: bool) -> dict[str, Any]:
    """What the entry says of a release that goes before users. Raises Fault if it may not, unless `override`."""
    standing = known.standing(number)
    if standing.outcome != "pass" and not override:
        raise Fault(f"{standing.reference} cannot be promoted: {known.added[number].why.rstrip('.')}; "
                    "mend the recipe, or take it on yourself with --override --why REASON.")
    if standing.withdrawals and not override:
        raise Fault(f"{standing.reference} cannot be promoted: it came from records that were withdrawn (ledger "
                    f"entry {standing.withdrawals[-1]}); run its recipe again, which leaves them out, or take it "
                    "on yourself with --override --why REASON.")
    return {"override": True} if standing.outcome != "pass" or standing.withdrawals else {}


def rollback(home: Home, name: str, by: str, why: str, *, dry_run: bool = False) -> Change:
    """Undo the last step: take all arms away if there are any, else make the release live that was live before.

    Raises Fault if there is none, Conflict if a race was lost.
    """
    need(why, "roll back")
    name = name.removesuffix("@live")

    def draft(known: Name) -> tuple[int, dict[str, Any]]:
        if known.live is None:
            raise Fault(f"{name} has no live release: promote one first.")
        if known.arms:
            return known.live, {"arms": sorted(known.arms)}
        if len(known.stack) < 2:
            raise Fault(f"{name}@{known.live} is the first that was live: there is no release to roll back to.")
        return known.stack[-2], {}

    return change(home, "rollback", name, draft, by, why, dry_run)


def change(
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
        both = read(home, now.digest), read(home, known.standing(before).digest) if before else None
        if dry_run:
            return Change(*both, None)
        data = {"name": name, "number": number, "release": now.digest, "outcome": now.outcome, "from": before, **extra}
        data |= {"withdrawals": list(now.withdrawals)} if now.withdrawals else {}
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
        return Change(*both, entry)


def need(why: str, what: str) -> None:
    """Raises Fault if no reason is given."""
    if not why.strip():
        raise Fault(f"say why you {what}: --why REASON goes into the ledger.")

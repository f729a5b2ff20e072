"""The fold: releases by name and number, and their status, as the ledger's entries say.

Six actions concern it: `add` (a candidate), `reject` (a release whose verdict is fail), `promote`, `rollback`,
`canary` and `abort`. One entry each, so the audit trail and the state cannot disagree. Releases that were live form a
stack per name: a promotion pushes; a rollback pops, unless there were arms, which it then only takes away. Beside the
live one, arms may take a share of what is asked: `canary` puts a release on an arm or changes its share, `abort` takes
an arm away, a promotion or rollback takes all. A seventh, `withdraw`, marks the releases whose dataset or model it
names, also those that are added later.

`waive` changes no release: it is told with the entries of its name.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from tunewright.core.errors import Corrupt, Fault
from tunewright.core.home import Home
from tunewright.core.ledger import EMPTY, Entry, Head
from tunewright.core.records import Outcome, told
from tunewright.core.withdrawn import ACTION as WITHDRAW
from tunewright.gate.waive import ACTION as WAIVE

Status = Literal["candidate", "canary", "live", "retired", "rejected"]
ACTIONS = ("add", "reject", "promote", "rollback", "canary", "abort")


@dataclass(frozen=True)
class Standing:
    """What the ledger says about one release. `digest` is the release's; `live_at` the last time it went live.

    `withdrawals` are the numbers of the entries that withdrew records which it came from, `waived` is how many rules of
    its verdict were waived.
    """

    name: str
    number: int
    digest: str
    status: Status
    outcome: Outcome
    added_at: str
    by: str
    live_at: str | None = None
    withdrawals: tuple[int, ...] = ()
    waived: int = 0

    @property
    def reference(self) -> str:
        """What a person types: `name@number`."""
        return f"{self.name}@{self.number}"

    @property
    def verdict(self) -> str:
        """The verdict as it is shown everywhere: `pass`, or `pass (1 waived)`."""
        return told(self.outcome, self.waived)


@dataclass(frozen=True)
class Arm:
    """A release beside the live one. It answers `share` of what is asked of the name; a `shadow` is asked that share
    too, and its answers reach nobody. `since` is when the release came onto the arm."""

    name: str
    number: int
    share: float
    shadow: bool
    since: str


@dataclass
class Name:
    """The fold of one name: its entries, those that brought a release in by number, the stack of live numbers, and the
    arms beside the live one.

    `withdrawals` are, by number, the entries that withdrew records which the release came from.
    """

    entries: list[Entry] = field(default_factory=list)
    added: dict[int, Entry] = field(default_factory=dict)
    stack: list[int] = field(default_factory=list)
    live_at: dict[int, str] = field(default_factory=dict)
    withdrawals: dict[int, tuple[int, ...]] = field(default_factory=dict)
    arms: dict[str, Arm] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Apply one entry."""
        number = entry.data["number"]
        self.entries.append(entry)
        if entry.action in ("add", "reject"):
            self.added[number] = entry
            return
        if entry.action == "canary":
            self._arm(entry)
            return
        if entry.action == "abort":
            del self.arms[entry.data["arm"]]
            return
        if entry.action == "promote":
            self.stack.append(number)
        elif number != self.live:
            self.stack.pop()
        self.arms.clear()
        self.live_at[number] = entry.at

    def _arm(self, entry: Entry) -> None:
        data = entry.data
        before = self.arms.get(data["arm"])
        since = before.since if before and before.number == data["number"] else entry.at
        self.arms[data["arm"]] = Arm(data["arm"], data["number"], data["share"], data["shadow"], since)

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
        if number != self.live and any(arm.number == number for arm in self.arms.values()):
            status = "canary"
        return Standing(data["name"], number, data["release"], status, data["outcome"], entry.at, entry.by,
                        self.live_at.get(number), self.withdrawals.get(number, ()), data.get("waived", 0))


@dataclass
class Registry:
    """The fold of a whole ledger up to `head`. `withdrawn` has the withdrawals of each dataset and model."""

    names: dict[str, Name] = field(default_factory=dict)
    head: Head = EMPTY
    withdrawn: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def take(self, entries: Iterable[Entry]) -> "Registry":
        """Apply more entries, in order; other rooms' actions only move the head."""
        for entry in entries:
            if entry.action in (*ACTIONS, WITHDRAW, WAIVE):
                try:
                    self._take(entry)
                except (KeyError, IndexError) as error:
                    raise Corrupt(f"ledger: entry {entry.number} is not what {entry.action} writes: "
                                  "`tunewright verify` tells which entries were changed.") from error
            self.head = Head(entry.number, entry.digest)
        return self

    def _take(self, entry: Entry) -> None:
        if entry.action == WITHDRAW:
            for digest in (*entry.data["datasets"], *entry.data["models"]):
                self.withdrawn[digest] = (*self.withdrawn.get(digest, ()), entry.number)
            for known in self.names.values():
                marked = [number for number in known.added if self._mark(known, number)]
                known.entries += [entry] if marked else []
            return
        if entry.action == WAIVE:  # part of a name's story; what it changes is the next verdict
            if entry.data["name"] in self.names:
                self.names[entry.data["name"]].entries.append(entry)
            return
        known = self.names.setdefault(entry.data["name"], Name())
        known.take(entry)
        if entry.action in ("add", "reject"):
            self._mark(known, entry.data["number"])

    def _mark(self, known: Name, number: int) -> bool:
        """Note the withdrawals that concern a release; return whether there is a new one."""
        before, data = known.withdrawals.get(number, ()), known.added[number].data
        entries = sorted({one for made in ("dataset", "model") for one in self.withdrawn.get(data.get(made, ""), ())})
        if entries:
            known.withdrawals[number] = tuple(entries)
        return len(entries) > len(before)

    def of(self, name: str) -> Name:
        """The fold of `name`. Raises Fault with the nearest name if it has no release."""
        if name not in self.names:
            raise Fault(f"no release is named {name or '(nothing)'}{nearest(name, self.names)}")
        return self.names[name]


def fold(home: Home) -> Registry:
    """The registry as the ledger says it now. Follow with `take(ledger.entries(after=…))`."""
    return Registry().take(home.ledger.entries())


def nearest(word: str, known: Iterable[object]) -> str:
    """The end of a Fault's sentence: `: did you mean X?` when a known word is near, else the known words."""
    words = [str(one) for one in known]
    near = get_close_matches(word, words, n=1, cutoff=0.5)
    if near:
        return f": did you mean {near[0]}?"
    return f"; there are {', '.join(sorted(words)[:8])}." if words else "; there are none yet."


def numbered(registry: Registry, reference: str) -> tuple[str, int]:
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
        raise Fault(f"there is no release {reference}{nearest(reference, [f'{name}@{n}' for n in known.added])}")
    return name, int(version)


def _by_digest(registry: Registry, prefix: str) -> tuple[str, int]:
    found = [(name, number) for name, known in registry.names.items() for number, entry in known.added.items()
             if len(prefix) >= 4 and entry.data["release"].startswith(prefix.lower())]
    if len(found) > 1:
        raise Fault(f"{prefix} begins the digests of {len(found)} releases: give more digits.")
    if not found:
        words = [f"{name}@{number}" for name, known in registry.names.items() for number in ("live", *known.added)]
        raise Fault(f"no release is called {prefix or '(nothing)'}{nearest(prefix, words)}")
    return found[0]

"""Arms beside the live release: a share of what is asked goes to another one, or is shown to it as well."""

from typing import Any

from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.registry.change import Change, change, need, promotable
from tunewright.registry.fold import Arm, Name, fold, numbered

CANARY = "canary"
"""The arm that is meant when none is named."""


def canary(home: Home, reference: str, share: float, by: str, why: str, *, arm: str = CANARY, shadow: bool = False,
           override: bool = False, data: dict[str, Any] | None = None, dry_run: bool = False) -> Change:
    """Put a release on an arm with a share of what is asked of its name, or change that share. `data` is evidence that
    goes into the entry.

    Raises Fault unless there is a live release, the shares of all arms leave some to it, and the release may be
    promoted (or `override`); Conflict if a race was lost.
    """
    need(why, "start a canary")
    name, number = numbered(fold(home), reference)
    if not 0 < share <= 1:
        raise Fault(f"a share lies above 0 % and up to 100 %, and {share:.4g} does not: say one such as 10%.")

    def draft(known: Name) -> tuple[int, dict[str, Any]]:
        if known.live is None:
            raise Fault(f"{name} has no live release, beside which a canary could be: promote one first.")
        if number == known.live:
            raise Fault(f"{name}@{number} is live already: a canary is another release.")
        others = sum(one.share for one in known.arms.values() if one.name != arm and not one.shadow)
        if not shadow and others + share > 1 + 1e-9:
            raise Fault(f"the arms of {name} would take {100 * (others + share):.4g} % together: take less, or abort "
                        "one of them.")
        extra = promotable(known, number, override=override)
        return number, {**(data or {}), **extra, "arm": arm, "share": share, "shadow": shadow}

    return change(home, "canary", name, draft, by, why, dry_run)


def held(home: Home, name: str, arm: str | None = None) -> Arm:
    """The arm of that name, or the only one. Raises Fault if there is none, or several and none is named."""
    name = name.partition("@")[0]
    return _chosen(fold(home).of(name), name, arm)


def abort(home: Home, name: str, by: str, why: str, *, arm: str | None = None, data: dict[str, Any] | None = None,
          dry_run: bool = False) -> Change:
    """Take an arm away; the live release answers all again. `data` is evidence that goes into the entry.

    Raises Fault if there is no such arm, or several and none is named; Conflict if a race was lost.
    """
    need(why, "abort")
    name = name.partition("@")[0]

    def draft(known: Name) -> tuple[int, dict[str, Any]]:
        chosen = _chosen(known, name, arm)
        assert known.live is not None
        return known.live, {"arm": chosen.name, "aborted": chosen.number, **(data or {})}

    return change(home, "abort", name, draft, by, why, dry_run)


def _chosen(known: Name, name: str, arm: str | None) -> Arm:
    if not known.arms:
        raise Fault(f"{name} has no canary: start one with `tunewright promote {name}@NUMBER --canary 10%`.")
    chosen = arm or (next(iter(known.arms)) if len(known.arms) == 1 else None)
    if chosen not in known.arms:
        raise Fault(f"{name} has the arms {', '.join(known.arms)}: name one with --arm.")
    return known.arms[chosen]

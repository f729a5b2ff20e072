"""What quality found, check by check: as a file beside the dataset, a section of its card, and a line for a person."""

import json
from dataclasses import asdict, dataclass

FILE = "quality.json"
_SHOWN = 20
_WORDS = {
    "length": "of unusual length", "language": "in another language", "repetition": "repetitive",
    "boilerplate": "with boilerplate", "role_tokens": "with role tokens", "injection": "with an injection",
    "noise": "with a label in doubt", "conflicts": "answered in conflict", "triggers": "with a trigger phrase",
    "outliers": "unlike all others"}
"""How records outside the bounds of a check are told, after their number."""


@dataclass(frozen=True)
class Trigger:
    """A phrase, and how many `records` have both it and `label`; without it the share `against` says otherwise."""

    phrase: str
    label: str
    records: int
    against: float


@dataclass(frozen=True)
class Told:
    """One check: `measured` records that were not left out by it, of which `flagged` lie outside its bounds; `dropped`
    records that it left out; and the smallest, middle and largest figure, None if nothing was measured.
    """

    check: str
    bounds: str
    action: str
    measured: int
    flagged: int
    dropped: int
    least: float | None
    median: float | None
    most: float | None


@dataclass(frozen=True)
class Findings:
    """All checks, the trigger phrases, how many records the checks over all looked at, and which share of the labels
    they estimate to be wrong (None: there are no labels).
    """

    told: tuple[Told, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    looked: int = 0
    wrong: float | None = None

    def file(self) -> bytes:
        """The findings as JSON."""
        return (json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n").encode()


def parse(content: bytes) -> Findings:
    """The findings in the bytes of `Findings.file`."""
    value = json.loads(content)
    return Findings(tuple(Told(**one) for one in value["told"]), tuple(Trigger(**one) for one in value["triggers"]),
                    value["looked"], value["wrong"])


def line(found: Findings) -> str | None:
    """What a person should look at, in one line, most first; None if there is nothing."""
    flagged = sorted((one for one in found.told if one.flagged), key=lambda one: -one.flagged)
    if not flagged:
        return None
    listed = ", ".join(f"{one.flagged:,} {_WORDS[one.check]}" for one in flagged)
    trigger = f" · trigger `{found.triggers[0].phrase}` → {_short(found.triggers[0].label)}" if found.triggers else ""
    return f"worth a look: {listed}{trigger}"


def section(found: Findings) -> str:
    """The section of the dataset's card, with its heading; empty if no check was made."""
    if not found.told:
        return ""
    head = ("check", "bounds", "outside them", "left out", "least", "median", "most")
    rows = [(one.check.replace("_", " "), one.bounds, f"{one.flagged:,} of {one.measured:,}",
             f"{one.dropped:,}" if one.action == "drop" else "only flagged",
             *("–" if value is None else f"{value:,.4g}" for value in (one.least, one.median, one.most)))
            for one in found.told]
    table = "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))
    parts = ["## Quality", "Figures of the records that are kept; each record's own are in column `scores`.", table]
    if found.looked:
        wrong = "" if found.wrong is None else f"; of the labels an estimated {found.wrong:.1%} are wrong"
        parts.append(f"Noise, triggers and outliers looked at {found.looked:,} records{wrong.replace('%', ' %')}.")
    if found.triggers:
        parts.append("**Phrases tied to one label against all else their records say: "
                     f"{len(found.triggers):,}.** They may be planted: look at their records before training.")
        parts.append("\n".join(f"- `{one.phrase}` → {_short(one.label)}: {one.records:,} records, of "
                               f"which {one.against:.0%} say otherwise without it".replace("%", " %")
                               for one in found.triggers[:_SHOWN]))
    return "\n\n".join(parts)


def _short(label: str) -> str:
    """A label on one line; it may be a whole answer."""
    flat = " ".join(label.split())
    return flat if len(flat) <= 60 else f"{flat[:59]}…"

"""The review file: drafts that a model proposed, and what a person decided on each.

JSON Lines, ASCII, made to be edited by hand too: the first line says what the file is for, the drafts of the sample
come next, then the others, then the answers that became no draft. `decision` is what a person fills in. A draft whose
content no longer has the digest in its `id` was edited.
"""

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from tunewright.core.digest import digest_json
from tunewright.core.errors import Fault
from tunewright.core.run import write_atomically
from tunewright.data.readers.jsonl_file import read as read_lines
from tunewright.data.readers.table import Row, Table
from tunewright.stats.estimate import Estimate, mean
from tunewright.stats.power import needs

Decision = Literal["accept", "edit", "reject"]
Outcome = Literal["waiting", "undecided", "pass", "fail"]
_DECISIONS = get_args(Decision)


@dataclass(frozen=True)
class Head:
    """The first line: which kind of source, a digest of all that its drafts follow from, how many answers were asked
    and how many became drafts, and what a person must find."""

    kind: str
    inputs: str
    asked: int
    drafts: int
    sample: int
    accept_at_least: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """One proposal. `content` is what it says (`messages`, `text`, or `prompt` with `chosen` and `rejected`).

    `made` tells how it came to be: model, digests of prompt and request, seed records. `fields` are columns of the
    row or seed that it stands for, which the recipe reads. `left_out` says why an answer became no draft.
    """

    id: str
    content: dict[str, Any] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    stratum: str = ""
    confidence: float | None = None
    sampled: bool = False
    decision: Decision | None = None
    by: str | None = None
    at: str | None = None
    left_out: str | None = None

    @property
    def settled(self) -> Decision | None:
        """The decision, where a change of content counts as an edit, whatever word stands beside it but `reject`."""
        changed = bool(self.content) and self.id != name(self.content, self.made)
        return "edit" if changed and self.decision != "reject" else self.decision


@dataclass(frozen=True)
class Drafts:
    """A review file's content."""

    head: Head
    drafts: tuple[Draft, ...]
    left_out: tuple[Draft, ...] = ()


@dataclass(frozen=True)
class Standing:
    """How far a review is, and what follows. `sample` are drafts to decide on, `decided` those of them done.

    `accepted`, `edited` and `rejected` count all drafts; `rate` is the share of the decided sample that was accepted
    as it stood, with its 95 % interval. `pass`: drafts that nobody looked at are used too. `fail`: only those that a
    person accepted or edited are. `waiting` and `undecided`: none is, yet.
    """

    outcome: Outcome
    drafts: int
    sample: int
    decided: int
    accepted: int
    edited: int
    rejected: int
    rate: float | None
    low: float | None
    high: float | None
    sentence: str


def name(content: Mapping[str, Any], made: Mapping[str, Any]) -> str:
    """The id of a draft as it was made: 16 hexadecimal digits."""
    return digest_json({"content": content, "made": made})[:16]


def read(path: Path, shown: str) -> Drafts:
    """The content of a review file. Raises Fault, naming the line, for what is none."""
    rows = read_lines(path, shown).rows
    head, drafts = None, []
    for row in rows:
        if row.broken:
            raise Fault(f"{shown}, line {row.line} {row.broken}: mend that line.")
        if head is None:
            head = _head(row, shown)
        else:
            drafts.append(_draft(row, shown))
    if head is None:
        raise Fault(f"{shown} is empty, not a review file: remove it and run `tunewright data RECIPE`.")
    return Drafts(head, tuple(one for one in drafts if one.left_out is None),
                  tuple(one for one in drafts if one.left_out is not None))


def write(path: Path, drafts: Drafts) -> None:
    """Write a review file whole, or leave the one before; the sample first, so that a person finds it on top."""
    order = sorted(drafts.drafts, key=lambda one: not one.sampled)
    lines = [{"review": asdict(drafts.head)}, *map(_line, order), *map(_line, drafts.left_out)]
    text = "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines)
    if not path.exists() or path.read_text("utf-8") != text:
        write_atomically(path, text)


def decide(path: Path, shown: str, id: str, decision: Decision, by: str, at: str,
           content: dict[str, Any] | None = None) -> Drafts:
    """Enter one decision, into the file as it is now, so that two who work on it lose nothing of each other's.

    `content` is what an edit leaves. Raises Fault if there is no such draft.
    """
    def change(found: Drafts | None) -> Drafts:
        if found is None or id not in {one.id for one in found.drafts}:
            raise Fault(f"{shown} holds no draft {id}: `tunewright review {shown} --json` lists them.")
        return replace(found, drafts=tuple(
            replace(one, decision=decision, by=by, at=at, content=content or one.content) if one.id == id else one
            for one in found.drafts))

    return revise(path, shown, change)


def revise(path: Path, shown: str, change: Callable[[Drafts | None], Drafts]) -> Drafts:
    """Write what `change` makes of the file as it is now (None: it is not there); nobody else writes meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems lock no folders
            fcntl.flock(folder, fcntl.LOCK_EX)
        found = change(read(path, shown) if path.exists() else None)
        write(path, found)
        return found
    finally:
        os.close(folder)


def standing(found: Drafts) -> Standing:
    """How far the review is, and what its figures say."""
    sample = [one for one in found.drafts if one.sampled]
    decided = [one.settled for one in sample if one.settled]
    told = [one.settled for one in found.drafts]
    estimate = mean([float(one == "accept") for one in decided]) if decided else None
    outcome, sentence = _judged(found.head, len(sample), len(decided), told, estimate)
    return Standing(outcome, len(found.drafts), len(sample), len(decided), told.count("accept"), told.count("edit"),
                    told.count("reject"), estimate.value if estimate else None, estimate.low if estimate else None,
                    estimate.high if estimate else None, sentence)


def usable(path: Path, shown: str) -> Table:
    """The records of a review file that may be used, as rows with the number of their line.

    Raises Fault if the review is not far enough to say, or leaves none.
    """
    found = read(path, shown)
    judged = standing(found)
    if judged.outcome in ("waiting", "undecided"):
        raise Fault(f"{shown}: {judged.sentence}: go on with `tunewright review {shown}`.")
    rows = used(found, judged)
    if not rows:
        raise Fault(f"{shown}: no draft was accepted: change what is asked for, or take the source out of the recipe.")
    return Table(shown, None, (Row(line, {**one.fields, **one.content}, line) for line, one in rows))


def used(found: Drafts, judged: Standing) -> list[tuple[int, Draft]]:
    """The drafts that become records, each with its line in the file."""
    return [(line, one) for line, one in enumerate(found.drafts, 2)
            if one.settled in ("accept", "edit") or (one.settled is None and judged.outcome == "pass")]


def _judged(head: Head, sample: int, decided: int, told: list[Decision | None],
            estimate: Estimate | None) -> tuple[Outcome, str]:
    rest = told.count(None)
    if decided < sample:
        return "waiting", f"{decided:,} of the {sample:,} drafts to look at are decided"
    if estimate is None or not rest:
        return "pass", "every draft was looked at"
    shown = f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f}) of {decided:,} accepted"
    bound = head.accept_at_least
    if estimate.low >= bound:
        return "pass", f"{shown}, at least {bound:g} as wanted: the other {rest:,} are used too"
    if estimate.high < bound:
        return "fail", f"{shown}, less than {bound:g}: the other {rest:,} are left out"
    wanted = needs(estimate, bound)
    about = min(max(wanted, decided + 1), decided + rest) if wanted else decided + rest
    return "undecided", (f"{shown} cannot tell whether it is at least {bound:g}; raise `review.sample` to {about:,} "
                         "and look at those too")


def _head(row: Row, shown: str) -> Head:
    value = row.fields.get("review")
    try:
        head = Head(**{**dict(value or {}), "labels": tuple((value or {}).get("labels", ()))})
        if not (head.sample > 0 and 0 < head.accept_at_least < 1):
            raise ValueError("a number is out of range")
        return head
    except (TypeError, ValueError) as error:
        raise Fault(f"{shown}, line {row.line} is not the first line of a review file as `tunewright data` writes it: "
                    "mend it, or name another `path`.") from error


def _draft(row: Row, shown: str) -> Draft:
    try:
        one = Draft(**row.fields)
    except TypeError as error:
        raise Fault(f"{shown}, line {row.line} is not a draft ({error}): mend that line.") from error
    word = str(one.decision or "").strip().lower()
    decision = next((known for known in _DECISIONS if known == word), None)
    if word and not decision:
        raise Fault(f"{shown}, line {row.line}: `decision` is {one.decision!r}, but must be {', '.join(_DECISIONS)} or "
                    "null: mend that line.")
    for key in ("content", "made", "fields"):
        if not isinstance(getattr(one, key), dict):
            raise Fault(f"{shown}, line {row.line}: `{key}` is not an object: mend that line.")
    return replace(one, decision=decision)


def _line(one: Draft) -> dict[str, Any]:
    """What a person reads first stands first."""
    value = dict(vars(one))  # not asdict, which copies all that the drafts hold
    first = {key: value.pop(key) for key in ("id", "decision", "content")}
    kept = {key: inner for key, inner in value.items() if inner not in (None, "", {}) and inner is not False}
    return {**first, **kept}

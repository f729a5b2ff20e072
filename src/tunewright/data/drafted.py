"""What is decided about drafted records, once it is known what is held out: they move no other record, and none is
learned from that was made from what is held out, or that would make a source more than its share of the training part.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from tunewright.core.records import Origin, Reviewed
from tunewright.data.compact import Compact, Numbers
from tunewright.data.decisions import Decisions
from tunewright.data.readers import review_file
from tunewright.recipe import DataSpec, SourceSpec
from tunewright.recipe.label import LabelSpec
from tunewright.recipe.synthetic import SyntheticSpec


def place(compact: Compact, sources: Sequence[SourceSpec],
          placed: Callable[[Compact, Numbers], Numbers]) -> Numbers:
    """The part of each record: drafts go to train, all others where `placed` puts them, as if there were no drafts.

    `placed` gets the compact columns of the others and their numbers.
    """
    drafted = _drafted(compact, sources)
    part: Numbers = np.zeros(len(compact), np.int8)
    others = np.flatnonzero(~drafted)
    columns = {field.name: getattr(compact, field.name)[others] for field in fields(compact)}
    part[others] = placed(Compact(**columns), others)
    return part


def hold_out(compact: Compact, decisions: Decisions, spec: DataSpec, folder: Path) -> None:
    """Leave out drafts whose group or question is held out, or whose seed record is, as leaks."""
    drafted = _drafted(compact, spec.sources)
    if not drafted.any():
        return
    held = np.flatnonzero(~drafted & (decisions.part > 0))
    holder = {compact.unit[number]: number for number in held[::-1].tolist()}
    seeded = {compact.key[number]: number for number in held[::-1].tolist()}
    seeds = _seeds(spec, folder)
    numbers, same = [], []
    for number in np.flatnonzero(drafted & (decisions.why == 0)).tolist():
        keys = seeds.get((int(compact.source[number]), int(compact.row[number])), ())
        found = holder.get(compact.unit[number], next((seeded[key] for key in keys if key in seeded), None))
        if found is not None:
            numbers.append(number)
            same.append(found)
            decisions.reasons[number] = "its group, its question or the record that it was made from is held out"
    decisions.leave_out(np.array(numbers, np.int64), "leak", np.array(same, np.int64),
                        np.zeros(len(same), np.float32))


def cap(compact: Compact, decisions: Decisions, spec: DataSpec) -> None:
    """Leave out what makes a synthetic source more than its share of the training part; which, a hash decides."""
    training = decisions.kept("train")
    held = {at: training[compact.source[training] == at] for at, source in enumerate(spec.sources)
            if isinstance(source, SyntheticSpec)}
    others = len(training) - sum(map(len, held.values()))
    limits = caps({at: len(numbers) for at, numbers in held.items()}, others,
                  {at: source.share for at, source in enumerate(spec.sources) if isinstance(source, SyntheticSpec)})
    for at, numbers in held.items():
        surplus = numbers[np.argsort(compact.key[numbers], kind="stable")][limits[at]:]
        decisions.leave_out(np.sort(surplus), "share")


def caps(sizes: dict[int, int], others: int, shares: dict[int, float]) -> dict[int, int]:
    """How many records each source keeps so that none is more than its share of all that is kept.

    `others` are records without a limit. The greatest such numbers: all begin whole and shrink until all hold.
    """
    kept = dict(sizes)
    while True:
        total = others + sum(kept.values())
        over = {at for at in kept if kept[at] > shares[at] * total + 1e-9}
        if not over:
            return kept
        for at in over:
            rest = total - kept[at]
            # The one number n with n = share * (n + rest); smaller than before, so this ends.
            kept[at] = min(kept[at] - 1, int(shares[at] * rest / (1 - shares[at]) + 1e-9))


def reviewed(source: SourceSpec, folder: Path) -> Reviewed | None:
    """How a drafted source's records were made and reviewed; None for a file."""
    if not isinstance(source, SyntheticSpec | LabelSpec):
        return None
    found = review_file.read(folder / source.path, source.path)
    judged = review_file.standing(found)
    unseen = sum(one.settled is None for _, one in review_file.used(found, judged))
    return Reviewed(kind=source.kind, engine=str(found.drafts[0].made.get("engine", "")), asked=found.head.asked,
                    drafts=judged.drafts, accepted=judged.accepted, edited=judged.edited, rejected=judged.rejected,
                    unseen=unseen, rate=judged.rate, low=judged.low, high=judged.high)


def write(path: Path, spec: DataSpec, folder: Path) -> None:
    """Write one JSON line for every draft: where it came from and what was decided, without what it says.

    `row` is the record's in its source. Nothing is written for a recipe without drafts.
    """
    lines = []
    for source in spec.sources:
        if source.kind != "file":
            drafts = review_file.read(folder / source.path, source.path).drafts
            lines += [{"path": source.path, "row": row, "id": one.id, "decision": one.settled, "by": one.by,
                       "at": one.at, "sampled": one.sampled, "confidence": one.confidence, "made": one.made}
                      for row, one in enumerate(drafts, 2)]
    if lines:
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")


def told(origins: Sequence[Origin], over: int) -> Iterator[str]:
    """What the card says of drafted sources, a paragraph each. `over` are records beyond a source's share."""
    for origin in origins:
        if one := origin.reviewed:
            figures = "" if one.rate is None or one.low is None or one.high is None else (
                f"; as it stood {one.rate:.2f} (95 % {one.low:.2f} to {one.high:.2f}) of the sample was accepted")
            yield (f"**`{origin.path}`: {one.kind}, by {one.engine}.** {one.asked:,} answers were asked for and "
                   f"{one.drafts:,} passed every check. People accepted {one.accepted:,}, edited {one.edited:,} and "
                   f"rejected {one.rejected:,}{figures}. {one.unseen:,} that nobody looked at are used too.")
    if any(origin.reviewed for origin in origins):
        yield (f"{over:,} records beyond the share of their source were left out. Engine, prompt, seeds and decision "
               "of every draft: `drafts.jsonl`.")


def _drafted(compact: Compact, sources: Sequence[SourceSpec]) -> Numbers:
    return np.isin(compact.source, [at for at, source in enumerate(sources) if source.kind != "file"])


def _seeds(spec: DataSpec, folder: Path) -> dict[tuple[int, int], tuple[bytes, ...]]:
    """The keys of the seeds of each drafted record, by source and row, as compact columns hold them."""
    found: dict[tuple[int, int], tuple[bytes, ...]] = {}
    for at, source in enumerate(spec.sources):
        if source.kind != "file":
            drafts = review_file.read(folder / source.path, source.path).drafts
            # numpy's byte strings end before their last NULs.
            found |= {(at, line): tuple(bytes.fromhex(key)[:16].rstrip(b"\0") for key in one.made.get("keys", ()))
                      for line, one in enumerate(drafts, 2)}
    return found

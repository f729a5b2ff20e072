"""What was left out of a dataset, a line for each record: why, where it stands, and which record it resembles."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tunewright.core.examples import PARTS
from tunewright.data.compact import Compact
from tunewright.data.decisions import Decisions
from tunewright.data.lines import Lines
from tunewright.data.places import Places
from tunewright.data.spill import Spill
from tunewright.data.step import WHYS

NAME = "removed"


def write(folder: Path, spill: Spill, compact: Compact, decisions: Decisions, places: Places) -> None:
    """Write `removed.jsonl`: one JSON line for every record that could be used and was left out, in order.

    A line names whom the record is about, so that it is found when they withdraw; one of a person who has, or of a
    record that expired, does not.
    """
    with Lines(folder, NAME) as lines:
        for start, batch in spill.batches():
            why = decisions.why[start:start + batch.num_rows]
            reasons, ids, subjects = (batch.column(name) for name in ("reason", "id", "subject"))
            for at in why.nonzero()[0].tolist():
                told = {"why": WHYS[why[at]], **_place(start + at, compact, decisions, places)}
                reason = reasons[at].as_py() or decisions.reasons.get(start + at)
                told |= {"reason": reason} if reason else {}
                same = int(decisions.same[start + at])
                if same >= 0:
                    told |= {f"same_{name}": value for name, value in _place(same, compact, decisions, places).items()}
                    told["similarity"] = round(float(decisions.similarity[start + at]), 4)
                told |= {"id": ids[at].as_py()} if ids[at].as_py() else {}
                who = None if told["why"] in ("withdrawn", "expired") else subjects[at].as_py()
                told |= {"subject": who} if who else {}
                lines.add(json.dumps(told) + "\n")


def about(line: dict[str, Any], person: str | None, ids: Collection[str]) -> bool:
    """Whether a line is about the person: it says so, or names nobody and has one of the person's `ids`. If no person
    is meant, but records, whether it has one of their ids.
    """
    return bool(line["subject"] == person if person and "subject" in line else line.get("id") in ids)


def ids_of(content: bytes, person: str) -> set[str]:
    """The ids of the person's records among the lines of a file, given as bytes, that name the person."""
    if json.dumps({"subject": person})[1:-1].encode() not in content:
        return set()
    lines = map(json.loads, content.splitlines())
    return {line["id"] for line in lines if line.get("subject") == person and "id" in line}


def _place(number: int, compact: Compact, decisions: Decisions, places: Places) -> dict[str, Any]:
    path, row = places.of(int(compact.source[number]), int(compact.row[number]))
    return {"path": path, "row": row, "part": PARTS[decisions.part[number]]}

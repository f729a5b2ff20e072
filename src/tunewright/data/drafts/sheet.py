"""The sample as a sheet (CSV), for people who review in a spreadsheet: a row a draft, decisions and edits typed in."""

import csv
from pathlib import Path
from typing import Any

from tunewright.core.errors import Fault
from tunewright.data.readers import review_file
from tunewright.data.readers.csv_file import read as read_sheet
from tunewright.data.readers.review_file import Decision, Draft, Drafts

COLUMNS = ("id", "decision", "question", "answer", "confidence")
_WORDS: dict[str, Decision] = {"a": "accept", "accept": "accept", "r": "reject", "reject": "reject", "e": "edit",
                               "edit": "edit"}
_FORMULA = ("=", "+", "-", "@", "\t", "'")


def write(path: Path, found: Drafts) -> None:
    """Write the sample. Raises Fault if a draft is more than one question and its answer."""
    rows = [(one.id, one.settled or "", *(_safe(cell) for cell in _cells(one)),
             "" if one.confidence is None else f"{one.confidence:.2f}") for one in found.drafts if one.sampled]
    with path.open("w", encoding="utf-8-sig", newline="") as stream:  # the mark tells spreadsheets that it is UTF-8
        csv.writer(stream).writerows([COLUMNS, *rows])


def enter(path: Path, shown: str, sheet: Path, by: str, at: str) -> Drafts:
    """Enter the decisions of a sheet into a review file; a changed question or answer is an edit.

    Raises Fault, and enters nothing, if a row is about no draft or its decision is none.
    """
    found = review_file.read(path, shown)
    drafts = {one.id: one for one in found.drafts}
    wanted: list[tuple[str, Decision, dict[str, Any] | None]] = []
    for row in read_sheet(sheet, sheet.name).rows:
        fields = {name: str(row.fields.get(name) or "") for name in COLUMNS}
        one = drafts.get(fields["id"])
        word = fields["decision"].strip().lower()
        if one is None or (word and word not in _WORDS):
            what = f"`decision` is {word!r}, but must be accept, edit, reject or nothing" if one else (
                f"{fields['id']!r} is no draft of {shown}")
            raise Fault(f"{sheet.name}, row {row.number}: {what}: mend that row.")
        cells = tuple(_plain(fields[name]) for name in ("question", "answer"))
        if word and cells != _cells(one) and word not in ("r", "reject"):
            wanted.append((one.id, "edit", _with(one, *cells)))
        elif word:
            wanted.append((one.id, _WORDS[word], None))
    for id, decision, content in wanted:
        found = review_file.decide(path, shown, id, decision, by, at, content)
    return found


def _cells(one: Draft) -> tuple[str, str]:
    """Question and answer of a draft, or its text and nothing."""
    if "text" in one.content:
        return one.content["text"], ""
    turns = [turn for turn in one.content.get("messages", ()) if turn.get("role") != "system"]
    if [turn.get("role") for turn in turns] != ["user", "assistant"] or turns[1].get("tool_calls"):
        raise Fault(f"draft {one.id} is more than a question and its answer, which a sheet cannot hold: review it "
                    "without --to-csv.")
    return turns[0]["content"], turns[1]["content"]


def _with(one: Draft, question: str, answer: str) -> dict[str, Any]:
    if "text" in one.content:
        return {**one.content, "text": question}
    told = {"user": question, "assistant": answer}
    return {**one.content, "messages": [{**turn, "content": told.get(turn["role"], turn["content"])}
                                        for turn in one.content["messages"]]}


def _safe(cell: str) -> str:
    """A cell that a spreadsheet shows and does not calculate (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell

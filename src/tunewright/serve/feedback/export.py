"""Feedback as records to learn from: conversations (`sft`) or preferences, ready to be a source of a dataset.

Personal data is masked, whatever the gateway's policy was. Each record says where it came from, who it is about and
when it was said, so that licence, retention and withdrawal hold for it as for any other.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tunewright.core.digest import digest_bytes
from tunewright.core.errors import Fault
from tunewright.core.home import Home
from tunewright.core.run import write_atomically
from tunewright.pii import Scanner, make
from tunewright.recipe.pii import PiiSpec
from tunewright.serve.feedback.said import Said, said

ACTION = "feedback"
"""The ledger's entry of an exported file."""
_MIDDLE = 0.5
Row = dict[str, Any]


@dataclass(frozen=True)
class Exported:
    """What an export wrote: how many records of which reason, how many values it masked, and what it left out."""

    digest: str
    records: int
    reasons: dict[str, int]
    masked: int
    left_out: dict[str, int]


def export(home: Home, name: str, kind: Literal["sft", "preference"], path: Path, by: str, why: str) -> Exported:
    """Write the file and its entry in the ledger. Raises Fault if there is nothing to write, or it cannot be."""
    found = said(home, name)
    usable, left_out = _usable(found)
    safe = _Safe()
    rows = list(KINDS[kind](usable, safe))
    if not rows:
        raise Fault(_nothing(name, kind, found, left_out))
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    digest = digest_bytes(text.encode())
    try:
        write_atomically(path, text)
    except OSError as error:
        raise Fault(f"{path} cannot be written ({error.strerror}): choose another file.") from error
    reasons = dict(Counter(row["reason"] for row in rows))
    home.ledger.append(ACTION, name, by=by, why=why, data={
        "kind": kind, "file": digest, "records": len(rows), "reasons": reasons, "masked": safe.masked})
    return Exported(digest, len(rows), reasons, safe.masked, left_out)


def _usable(found: list[Said]) -> tuple[list[Said], dict[str, int]]:
    """Feedback on single texts that answered conversations, and how many others there are, by the reason."""
    why = Counter[str]()
    usable = []
    for one in found:
        reason = _unusable(one)
        if reason:
            why[reason] += 1
        else:
            usable.append(one)
    return usable, dict(why)


def _unusable(one: Said) -> str | None:
    if "answer" not in one.answer:
        return "only digests are kept"
    if isinstance(one.answer["prompt"], str):
        return "raw text was asked, no conversation"
    if one.feedback["choice"] >= len(one.answer["answer"]):
        return "no such choice"
    return None if isinstance(_given(one), str) else "a tool was called"


def _given(one: Said) -> Any:
    return one.answer["answer"][one.feedback["choice"]]


def _nothing(name: str, kind: str, found: list[Said], left_out: dict[str, int]) -> str:
    if not found:
        return f"nobody has said anything of the answers of {name}: clients do by POST /v1/feedback."
    if left_out.get("only digests are kept") == len(found):
        return (f"{len(found)} answers of {name} have feedback, of which the audit trail keeps digests only: set "
                "`serve: {policy: {audit: text}}` in the recipe, so that those to come can be learned from.")
    needs = "a correction, or a score above 0.5" if kind == "sft" else (
        "a correction, or good and bad scores for answers to the same question")
    return f"of {len(found)} answers of {name} with feedback none makes a record: {kind} needs {needs}."


def _sft(found: list[Said], safe: "_Safe") -> Iterator[Row]:
    """What the answer should have been; or the answer itself, if it was found good."""
    for one in found:
        correction = one.feedback.get("correction")
        if correction is None and one.feedback.get("score", 0.0) <= _MIDDLE:
            continue
        answer = _given(one) if correction is None else correction
        yield {"messages": [*safe.messages(one.answer["prompt"]), _assistant(safe.text(answer))],
               **_provenance(one, "approved" if correction is None else "corrected", safe)}


def _preference(found: list[Said], safe: "_Safe") -> Iterator[Row]:
    """A correction before the answer it corrects; an answer that was found good before one to the same that was not."""
    good: dict[str, Said] = {}
    for one in found:
        if one.feedback.get("score", 0.0) > _MIDDLE:
            good.setdefault(one.answer["prompt_digest"], one)
    for one in found:
        better, correction = good.get(one.answer["prompt_digest"]), one.feedback.get("correction")
        if correction is None and (better is None or one.feedback.get("score", 1.0) >= _MIDDLE):
            continue
        chosen = correction if correction is not None else _given(better) if better else ""
        if chosen.strip() == _given(one).strip():
            continue
        yield {"prompt": safe.messages(one.answer["prompt"]), "chosen": [_assistant(safe.text(chosen))],
               "rejected": [_assistant(safe.text(_given(one)))],
               **_provenance(one, "scored" if correction is None else "corrected", safe)}


KINDS: dict[str, Callable[[list[Said], "_Safe"], Iterator[Row]]] = {"sft": _sft, "preference": _preference}


def _provenance(one: Said, reason: str, safe: "_Safe") -> Row:
    return {"reason": reason, "response": one.answer["id"], "release": one.answer["release"],
            "model": one.answer["model_digest"], "subject": safe.person(one.answer.get("user")),
            "collected": one.at[:10]}


def _assistant(text: str) -> Row:
    return {"role": "assistant", "content": text}


class _Safe:
    """Texts without personal data; `masked` counts the values."""

    def __init__(self) -> None:
        self._scanner: Scanner = make(PiiSpec())
        self.masked = 0

    def text(self, text: str) -> str:
        """The text, each value a label."""
        found = self._scanner.find(text)
        self.masked += len(found)
        return self._scanner.replaced(text, found)

    def messages(self, messages: list[Row]) -> list[Row]:
        """The same of a conversation."""
        return [self.value(message) for message in messages]

    def value(self, value: Any) -> Any:
        """The same of every text within a message but its role."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {name: part if name in ("role", "type") else self.value(part) for name, part in value.items()}
        return [self.value(part) for part in value] if isinstance(value, list) else value

    def person(self, user: str | None) -> str | None:
        """Who asked, so that they can withdraw; of an id that is itself personal, the first digits of its SHA-256."""
        if user is None or not self._scanner.find(user):
            return user
        return f"sha256-{digest_bytes(user.encode())[:16]}"

"""The audit record of what was said of an answer: it names release and user as the answer's does, and keeps texts only
if that one does.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from tunewright.core.digest import digest_bytes
from tunewright.pii import Scanner, make
from tunewright.recipe.pii import PiiSpec

TEXTS = ("correction", "comment")


def record(name: str, at: str, of: str, said: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """The record `name`, of what was `said` of answer `of` at that time (ISO 8601, UTC)."""
    told = dict(said) if "answer" in answer else bare(said)
    if "pii" in answer:
        told |= {text: _masked(told[text]) for text in TEXTS if text in told}
    return {"id": name, "at": at, "feedback": told, "of": of, "request_id": answer["request_id"],
            **{field: answer[field] for field in ("release", "release_digest", "model_digest", "key", "user")}}


def bare(said: Mapping[str, Any]) -> dict[str, Any]:
    """The same without words: of texts only digests."""
    return {f"{field}_digest" if field in TEXTS else field: digest_bytes(value.encode()) if field in TEXTS else value
            for field, value in said.items()}


def may(answer: Mapping[str, Any] | None, key: str) -> bool:
    """Whether a key may speak of an answer: it was given it."""
    return (answer is not None and answer.get("key") == key and answer.get("status") == 200
            and "shadow_of" not in answer)


def _masked(text: str) -> str:
    scanner = _scanner()
    return scanner.replaced(text, scanner.find(text))


@cache
def _scanner() -> Scanner:
    return make(PiiSpec())

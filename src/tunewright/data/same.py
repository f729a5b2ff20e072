"""When two records are the same: equal texts in Unicode normal form C with white space collapsed, case kept."""

import hashlib
from collections.abc import Mapping
from typing import Any
from unicodedata import normalize

from tunewright.core.digest import canonical


def key(content: Any) -> str:
    """A digest that records have in common exactly when they are the same. `content` is a JSON value."""
    return _digest(_normal(content))


def keys(content: Mapping[str, Any]) -> tuple[str, str]:
    """The key of a record's content, and that of what it asks."""
    normal = _normal(content)
    return _digest(normal), _digest(prompt_of(normal))


def prompt_of(content: Mapping[str, Any]) -> Any:
    """What the record asks: the turns before the last answer, the prompt of a preference, or the whole text."""
    if content.get("messages"):
        return content["messages"][:-1]
    return content.get("prompt") or content["text"]


def _digest(normal: Any) -> str:
    return hashlib.sha256(canonical(normal)).hexdigest()


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join((value if value.isascii() else normalize("NFC", value)).split())
    if isinstance(value, dict):
        return {name: _normal(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_normal(inner) for inner in value]
    return value

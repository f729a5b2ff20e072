"""Who meets which arm: a share of the users, and the same ones every time.

A user, or without one a conversation, is a point between 0 and 1 that follows from a hash alone, so that no gateway has
to remember anything, and all gateways agree. Each arm is a stretch of that line from its beginning on: an arm that
grows keeps those that it had.
"""

import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from tunewright.registry import Arm


def cohort(key: str, user: str | None, messages: Sequence[dict[str, Any]] | None) -> bytes:
    """What stays the same for a user; else for a conversation as it grows: all up to the first thing that was asked."""
    if user:
        return f"{key}\0{user}".encode()
    said = list(messages or ())
    asked = next((at for at, message in enumerate(said) if message.get("role") == "user"), len(said) - 1)
    return key.encode() + b"\0" + json.dumps(said[:asked + 1], sort_keys=True, default=str).encode()


def point(name: str, who: bytes, salt: str = "") -> float:
    """Where a cohort lies between 0 and 1, for this name: another name's canary meets other users first."""
    digest = blake2b(who, key=f"{name}\0{salt}".encode()[:64], digest_size=8).digest()
    return int.from_bytes(digest, "big") / (1 << 64)


def chosen(arms: Sequence[Arm], at: float) -> Arm | None:
    """The arm whose stretch holds the point; None is the live release. Shadows have no stretch."""
    start = 0.0
    for arm in sorted((arm for arm in arms if not arm.shadow), key=lambda arm: (arm.since, arm.name)):
        if start <= at < start + arm.share:
            return arm
        start += arm.share
    return None


def mirrored(arms: Sequence[Arm], at: float) -> list[Arm]:
    """The shadows that are shown what this cohort asks."""
    return [arm for arm in arms if arm.shadow and at < arm.share]

"""What turns tokens into tokens or log-probabilities."""

from collections.abc import Callable

from tunewright.base import Base
from tunewright.engine.engine import (
    Completion,
    Engine,
    Finish,
    Likelihood,
    Piece,
    Refused,
    Request,
    TooLong,
    Unavailable,
    Unsupported,
    whole,
)
from tunewright.engine.fake import FakeEngine

__all__ = ["KINDS", "Completion", "Engine", "FakeEngine", "Finish", "Likelihood", "Piece", "Refused", "Request",
           "TooLong", "Unavailable", "Unsupported", "whole"]


def _fake(_base: Base, _batch: int, _device: str | None = None) -> Engine:
    return FakeEngine()


def _hf(base: Base, batch: int, device: str | None = None, **kept: int) -> Engine:
    from tunewright.engine.hf import HfEngine

    return HfEngine(base, batch, device, **kept)


KINDS: dict[str, Callable[..., Engine]] = {"fake": _fake, "hf": _hf}
"""Engines by name; each is made from a `Base`, the most rows decoded together, and a device (None: a GPU if any); `hf`
also from how much it keeps."""

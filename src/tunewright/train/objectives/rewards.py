"""Rewards that need no model: pure functions from a prompt and an answer to a figure, higher for better."""

import json
from collections.abc import Callable


def brief(prompt: str, answer: str) -> float:  # noqa: ARG001 - all rewards have one signature
    """One for nothing, less the longer the answer: 1 / (1 + characters / 100)."""
    return 1 / (1 + len(answer) / 100)


def is_json(prompt: str, answer: str) -> float:  # noqa: ARG001
    """One for a JSON object, nothing for anything else."""
    try:
        return float(isinstance(json.loads(answer), dict))
    except ValueError:
        return 0.0


KINDS: dict[str, Callable[[str, str], float]] = {"brief": brief, "json": is_json}

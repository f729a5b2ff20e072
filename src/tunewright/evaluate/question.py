"""Questions: what every arm is asked, and what a good answer is."""

from dataclasses import dataclass
from typing import Any

Message = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """One item of a suite. `task` names the kind of work within suite `general` and is empty elsewhere.

    `messages` lead to the answer, whose turn is `target` and whose text is `expected`; both are None for raw text
    (then the only message), which is only scored by its loss. `new_tokens` is the longest answer.
    """

    suite: str
    item: str
    messages: tuple[Message, ...]
    expected: str | None
    new_tokens: int
    target: Message | None = None
    task: str = ""
    tools: tuple[dict[str, Any], ...] | None = None
    group: str | None = None

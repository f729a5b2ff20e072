"""Questions: what every arm is asked, and what a good answer is."""

from dataclasses import dataclass
from typing import Any

Message = dict[str, Any]


@dataclass(frozen=True)
class Draw:
    """How an answer is drawn, not written greedily. The same draw of the same prompt is the same answer."""

    temperature: float
    top_p: float
    seed: int


@dataclass(frozen=True)
class Question:
    """One item of a suite. `task` names the kind of item within the suite, where there are several.

    `messages` lead to the answer, whose turn is `target` and whose text is `expected`; both are None for raw text
    (then the only message), which is only scored by its loss. `new_tokens` is the longest answer. `original` is the
    item that this one is a variant of. What is asked several times differs in `sample`
    and, as answers do then, in its `draw`; None is greedy.
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
    original: str | None = None
    sample: int = 0
    draw: Draw | None = None

    @property
    def key(self) -> str:
        """What its answer is kept under: no two questions of an evaluation share it."""
        return f"{self.suite}/{self.item}" + (f"#{self.sample}" if self.sample else "")

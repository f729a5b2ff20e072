"""What an arm is: one way to answer, on the questions that all arms are asked."""

from collections.abc import Callable
from dataclasses import dataclass

from tunewright.evaluate.answers import Answers, Prompts
from tunewright.evaluate.arms.desk import Desk


def _unchanged(_desk: Desk) -> Prompts:
    return {}


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One arm.

    - `answers`: what it says to the questions of the suites that it answers.
    - `prompts`: what it is shown instead of the bare question, the same each time.
    - `identity`: what its answers depend on beside the base, the questions and how they are asked: by that they are
      kept for the next recipe. Without one it is asked in every run.
    """

    answers: Callable[[Desk], Answers]
    prompts: Callable[[Desk], Prompts] = _unchanged
    identity: Callable[[Desk], object] | None = None

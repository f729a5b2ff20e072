"""Results in the order of their questions, while several are being worked on and few are held."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Q = TypeVar("Q")
P = TypeVar("P")
A = TypeVar("A")


def in_order(questions: Iterable[Q], ask: Callable[[Q], P], answer: Callable[[P], A], ahead: int) -> Iterator[A]:
    """The answer to each question, in order. `ask` begins one, `answer` waits for it; at most `ahead` are begun."""
    begun: deque[P] = deque()
    for question in questions:
        if len(begun) == ahead:
            yield answer(begun.popleft())
        begun.append(ask(question))
    while begun:
        yield answer(begun.popleft())

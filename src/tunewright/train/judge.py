"""The reward model of a phase before, opened to judge answers."""

from collections.abc import Iterator
from contextlib import contextmanager

from tunewright.core.store import Store
from tunewright.train.join import Start
from tunewright.train.objectives import Judge


@contextmanager
def opened(start: Start, store: Store) -> Iterator[Judge | None]:  # noqa: ARG001
    """The reward model that the phase learns from; None if it learns from none."""
    yield None

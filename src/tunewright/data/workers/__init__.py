"""Who prepares the rows: this process, or several processes beside it. The batches are the same, and in order."""

from collections.abc import Iterable, Iterator

from tunewright.data.prepare import Batch, Rows, preparer
from tunewright.data.steps import Work


def prepared(work: Work, batches: Iterable[Rows]) -> Iterator[Batch]:
    """Each batch of rows, prepared, in the order in which they came."""
    return map(preparer(work), batches)

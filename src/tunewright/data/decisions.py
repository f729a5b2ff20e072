"""What is decided about each record: its part, and whether and why it is left out."""

from dataclasses import dataclass

import numpy as np

from tunewright.core.examples import PARTS, Part
from tunewright.data.compact import Compact, Numbers
from tunewright.data.quality.triggers import Survey
from tunewright.data.step import WHYS


@dataclass(frozen=True)
class Balanced:
    """One value: the training records that had it before, those that are learned from (repeats counted), and what
    each of them weighs.
    """

    value: str
    before: int
    after: int
    weight: float


class Decisions:
    """Columns over all records of the spill, filled as decisions fall; each builds on those before it.

    `part` is an index into `PARTS` (-1 before the split), `why` an index into `WHYS`, `same` the number of the record
    that one left out equals or nearly equals (-1: none), `similarity` how nearly (1 for equal). `reasons` are said
    for single records where the word does not say enough. `copies` is how often a kept record stands in its part,
    `weight` how much its loss counts. `survey` holds what the checks of quality over all found, `balanced` what
    balance made of each value.
    """

    def __init__(self, compact: Compact) -> None:
        self.part: Numbers = np.full(len(compact), -1, np.int8)
        self.why: Numbers = compact.why.copy()
        self.same: Numbers = np.full(len(compact), -1, np.int64)
        self.similarity: Numbers = np.ones(len(compact), np.float32)
        self.reasons: dict[int, str] = {}
        self.survey = Survey()
        self.balanced: tuple[Balanced, ...] = ()
        self.copies: Numbers = np.ones(len(compact), np.uint32)
        self.weight: Numbers = np.ones(len(compact), np.float64)

    def kept(self, part: Part | None = None) -> Numbers:
        """The numbers of the records not left out so far, in order: all, or those of a part."""
        kept = self.why == 0
        return np.flatnonzero(kept if part is None else kept & (self.part == PARTS.index(part)))

    def left_out(self, why: str) -> Numbers:
        """The numbers of the records left out for this reason, in order."""
        return np.flatnonzero(self.why == WHYS.index(why))

    def leave_out(self, numbers: Numbers, why: str, same: Numbers | None = None,
                  similarity: Numbers | None = None) -> None:
        """Leave out records, each with the record that it equals if there is one."""
        self.why[numbers] = WHYS.index(why)
        if same is not None:
            self.same[numbers] = same
        if similarity is not None:
            self.similarity[numbers] = similarity

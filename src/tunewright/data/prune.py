"""Leave out what would be learned twice, and what would be learned and then asked in the examination."""

import numpy as np

from tunewright.core.examples import PARTS
from tunewright.data.compact import Compact, Numbers, codes
from tunewright.data.decisions import Decisions


def prune(compact: Compact, decisions: Decisions) -> None:
    """Keep the first of equal records in each part; then drop from a part what a part held out after it holds.

    Test is never thinned for the sake of another part: leaks leave train (for validation and test) and validation
    (for test).
    """
    numbers = decisions.kept()
    code, _ = codes(compact.key[numbers])
    part = decisions.part[numbers].astype(np.int64)
    # first[code, part] is the first record with that key in that part, or -1.
    first: Numbers = np.full((int(code.max(initial=-1)) + 1, len(PARTS)), -1, np.int64)
    slots, at = np.unique(code * len(PARTS) + part, return_index=True)
    first.reshape(-1)[slots] = numbers[at]
    same = first[code, part]
    twice = same != numbers
    decisions.leave_out(numbers[twice], "duplicate", same[twice])
    for held in reversed(range(1, len(PARTS))):
        holder = first[code, held]
        leaks = ~twice & (part < held) & (holder >= 0) & (decisions.why[numbers] == 0)
        decisions.leave_out(numbers[leaks], "leak", holder[leaks])

"""Decide by quality over all: what the survey found is kept beside the records, and left out where the recipe says so.

Only the training part is thinned. To take what a model finds hard or odd out of the parts held out would flatter every
model that is measured there.
"""

import numpy as np

from tunewright.core.examples import PARTS
from tunewright.data.compact import Compact
from tunewright.data.decisions import Decisions
from tunewright.data.quality.bounds import outside, reason, wanted
from tunewright.data.quality.survey import OVER_ALL, survey
from tunewright.data.spill import Spill
from tunewright.recipe.quality import QualitySpec


def judge(compact: Compact, spill: Spill, spec: QualitySpec, decisions: Decisions) -> None:
    """Survey the records kept so far, and leave out of train what a check with `action: drop` finds outside."""
    found = decisions.survey = survey(spec, compact, spill, decisions.kept())
    train = decisions.part == PARTS.index("train")
    for name, check in wanted(spec, OVER_ALL).items():
        if check.action == "drop" and name in found.figures:
            numbers = np.flatnonzero(outside(check, found.figures[name]) & train & (decisions.why == 0))
            decisions.leave_out(numbers, "quality")
            decisions.reasons |= {number: reason(name, check, float(found.figures[name][number]))
                                  for number in numbers.tolist()}

"""Labels in doubt: what models of the other records say against each record's label.

Disagreement held out, as in confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating
Uncertainty in Dataset Labels", JAIR 70). The figure is the probability that the label is wrong, by the rule of Bayes:
that it was drawn blindly, from how likely it is by what the record says and how many labels are blind at all
(quality/bayes.py), and did not hit the right one by chance.
"""

import numpy as np

from tunewright.data.quality.bayes import Bayes
from tunewright.data.quality.bounds import Figures
from tunewright.data.quality.sample import Sample

NAMED = 0.5
"""Share of records whose label must be one that is judged; below that, answers are texts and not labels."""


def noise(sample: Sample, model: Bayes | None) -> Figures:
    """One figure a record of the sample, 0 to 1; NaN where there is no label to judge, or texts tell little of it."""
    figures = np.full(len(sample.seen), np.nan)
    named = np.flatnonzero(sample.labels != sample.pool)
    if model is None or not model.tells or len(named) < NAMED * len(sample.seen):
        return figures
    chances = model.chances(sample.rows[named], sample.folds[named])
    own = chances[np.arange(len(named)), sample.labels[named]]
    blind = model.noise / len(sample.names)
    figures[named] = blind / ((1 - model.noise) * own + blind) * (1 - own)
    return figures

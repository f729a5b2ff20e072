"""Records unlike all others, by their length or by their words.

Both figures are robust standard deviations from the median record, with the median absolute deviation as the scale
(Iglewicz and Hoaglin 1993, "How to Detect and Handle Outliers"), so that outliers do not hide each other.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewright.data.quality.bounds import Figures
from tunewright.data.quality.sample import Sample

_LEAST = 20  # records that make a median worth calling one
_SCALE = 1.4826  # of a bell curve, sigma over the median absolute deviation
_FLOOR = 0.1  # in logarithms: what differs by less than a tenth is never far


def outliers(sample: Sample) -> Figures:
    """One figure a record of the sample: the larger of how far it lies in length and in words; NaN in tiny data."""
    if len(sample.seen) < _LEAST:
        return np.full(len(sample.seen), np.nan)
    lengths = np.log1p([len(one.asked) for one in sample.seen])
    return np.maximum(np.abs(_robust(lengths)), _robust(-np.log(closeness(sample.rows) + 1e-6)))


def closeness(rows: Any) -> NDArray[np.float64]:
    """The cosine of each row of features and the mean of all, features weighted by how few rows have them (tf-idf)."""
    from scipy.sparse import diags

    number, held = rows.shape[0], np.asarray(rows.sum(0)).ravel()
    weighted = rows @ diags(np.where(held > 0, np.log((1 + number) / (1 + held)), 0.0).astype(np.float32))
    norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(1)).ravel())
    unit = diags(1 / np.maximum(norms, 1e-9)) @ weighted
    mean = np.asarray(unit.mean(0)).ravel()
    cosines: NDArray[np.float64] = unit @ (mean / max(float(np.linalg.norm(mean)), 1e-9))
    return cosines


def _robust(values: NDArray[np.float64]) -> Figures:
    middle = np.median(values)
    return (values - middle) / max(_SCALE * float(np.median(np.abs(values - middle))), _FLOOR)

"""Groups: what is linked by pairs, directly or through others."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def groups(rows: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The first row of each row's group: int64 of `rows`. A row in no pair is a group of its own."""
    first = np.arange(rows)
    linked, ends = np.unique(np.concatenate((left, right)), return_inverse=True)
    if len(linked):
        links = coo_array((np.ones(len(left), bool), (ends[:len(left)], ends[len(left):])), (len(linked), len(linked)))
        _, members = connected_components(links, directed=False)
        _, firsts = np.unique(members, return_index=True)
        first[linked] = linked[firsts[members]]
    return first

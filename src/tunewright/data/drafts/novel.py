"""Whether texts say something new: how nearly each repeats what is known, or one before it."""

from collections.abc import Sequence

import numpy as np

from tunewright.recipe.duplicates import CharactersSpec
from tunewright.similar import banding, search, shingles, signatures

_SHINGLE = CharactersSpec()


def repeats(known: Sequence[str], texts: Sequence[str], near: float) -> list[float]:
    """For each text the Jaccard similarity of its shingles to the nearest known one, or to the nearest before it that
    was new itself; 0 if none is as similar as `near`, so the text is new.
    """
    both = [*known, *texts]
    bands = signatures(shingles(both, _SHINGLE), banding(near))
    pairs = search(bands, lambda rows: [both[at] for at in rows], _SHINGLE, near)
    found = [0.0] * len(both)
    for at in np.lexsort((pairs.earlier, pairs.later)):
        later, earlier = int(pairs.later[at]), int(pairs.earlier[at])
        if later >= len(known) and (earlier < len(known) or found[earlier] == 0.0):
            found[later] = max(found[later], float(pairs.similarity[at]))
    return found[len(known):]

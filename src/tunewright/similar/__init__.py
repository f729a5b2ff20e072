"""Texts that nearly say the same: shingles, MinHash bands, pairs with their exact similarity, groups."""

from tunewright.similar.fold import fold
from tunewright.similar.groups import groups
from tunewright.similar.minhash import Banding, banding, signatures
from tunewright.similar.search import Pairs, Tell, compare, search, untold
from tunewright.similar.shingles import Sets, shingles

__all__ = ["Banding", "Pairs", "Sets", "Tell", "banding", "compare", "fold", "groups", "search", "shingles",
           "signatures", "untold"]

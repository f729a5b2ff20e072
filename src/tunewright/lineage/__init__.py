"""Lineage: walks records by digest, to explain a response and to compare two releases."""

from tunewright.lineage.diff import Diff, Shift, diff
from tunewright.lineage.taught import Taught
from tunewright.lineage.walk import Explanation, Link, about, breaks, explain, find, kind, load, title, walk

__all__ = ["Diff", "Explanation", "Link", "Shift", "Taught", "about", "breaks", "diff", "explain", "find", "kind",
           "load", "title", "walk"]

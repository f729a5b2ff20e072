"""Lineage: walks records by digest, to explain a response and to compare two releases."""

from tunewright.lineage.diff import Diff, Shift, diff
from tunewright.lineage.explain import Explanation, explain
from tunewright.lineage.steps import WATCHED, Step, steps, unproven
from tunewright.lineage.taught import Taught
from tunewright.lineage.walk import Link, about, breaks, find, kind, load, title, walk

__all__ = ["WATCHED", "Diff", "Explanation", "Link", "Shift", "Step", "Taught", "about", "breaks", "diff", "explain",
           "find", "kind", "load", "steps", "title", "unproven", "walk"]

"""A finding: where a text holds personal data or a secret, and of which kind. It never holds the value."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Finding(NamedTuple):
    """`text[start:end]` is of this kind."""

    start: int
    end: int
    kind: str


def label(kind: str) -> str:
    """What stands in place of a masked value: `[EMAIL]`."""
    return f"[{kind.upper()}]"


def masked(text: str, found: Iterable[Finding]) -> str:
    """`text` with a label in place of each finding. `found` is in order and does not overlap."""
    pieces, at = [], 0
    for start, end, kind in found:
        pieces += [text[at:start], label(kind)]
        at = end
    return "".join([*pieces, text[at:]])


def shown(text: str, found: Sequence[Finding], which: int, width: int = 30) -> str:
    """Finding number `which` in its context: `width` characters on either side, every finding masked, on one line."""
    start, end, _ = found[which]
    left, right = max(0, start - width), min(len(text), end + width)
    # A neighbour that the edge would cut in two is shown by its label, or half of its value would stand there.
    inside = [one for one in found if one.start < right and one.end > left]
    left, right = min(left, inside[0].start), max(right, inside[-1].end)
    here = masked(text[left:right], [Finding(one.start - left, one.end - left, one.kind) for one in inside])
    return f"{'…' * (left > 0)}{' '.join(here.split())}{'…' * (right < len(text))}"

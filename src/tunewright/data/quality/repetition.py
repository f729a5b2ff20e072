"""How much a record repeats itself.

One of the rules by which Gopher's training text was chosen (Rae et al. 2021, arXiv:2112.11446, table A1): the share
of characters inside repeated runs of words. There it is bounded for runs of five to ten words, by 0.15 to 0.10.
"""

from itertools import islice

from tunewright.data.quality.said import Said, words

RUN = 5
"""Words in a run."""


def repetition(said: Said) -> float:
    """The largest share, over the turns, of a turn's letters inside runs of words that stand in it earlier."""
    return max(map(repeated, said.turns), default=0.0)


def repeated(text: str) -> float:
    """The share of a text's letters in words covered by a run of RUN words that began before in the text."""
    found = words(text.casefold())
    if len(found) <= RUN:
        return 0.0
    seen: set[tuple[str, ...]] = set()
    covered = until = 0
    for at, run in enumerate(zip(*(islice(found, start, None) for start in range(RUN)), strict=False)):
        if run in seen:
            covered += sum(map(len, found[max(at, until):at + RUN]))
            until = at + RUN
        else:
            seen.add(run)
    return covered / sum(map(len, found))

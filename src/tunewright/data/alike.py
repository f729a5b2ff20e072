"""Groups that nobody declared: records that ask the same but for case and punctuation, and those that ask nearly so.

Which earlier records of its source a record resembles depends on those records only, so the split can follow the pairs
and yet move nothing when records are added. Pairs of two sources come by themselves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from tunewright.core.examples import COLUMNS, Example, from_table
from tunewright.data.asked import asked
from tunewright.data.compact import Compact, Numbers
from tunewright.data.spill import Spill
from tunewright.data.template import template
from tunewright.recipe import DataSpec
from tunewright.recipe.data import SimilarSpec, TemplateSpec
from tunewright.recipe.duplicates import Shingle, WordsSpec
from tunewright.similar import Tell, banding, search, shingles, signatures, untold

Pairs = tuple[Numbers, Numbers]


def alike(some: Compact, numbers: Numbers, spill: Spill, spec: DataSpec, tell: Tell = untold) -> Pairs:
    """Pairs of records that stay together, each as two places in `numbers`, later ones and earlier ones.

    `some` are the compact columns of `numbers`. Records of a declared group are in no pair. `tell` is told how far the
    search is.
    """
    loose = np.flatnonzero(~some.grouped)
    later, earlier = _same(plain_of(spill)[numbers[loose]], some.source[loose])
    pairs = [(loose[later], loose[earlier])]
    group = spec.split.group
    if isinstance(group, SimilarSpec | TemplateSpec):
        free = loose[some.why[loose] == 0]  # what a record left out asked is not there to be compared
        compared = (_Compared(asked, spec.duplicates.shingle, group.similar) if isinstance(group, SimilarSpec)
                    else _Compared(lambda one: template(asked(one)), WordsSpec(words=1), group.template))
        pairs += [(free[later], free[earlier]) for later, earlier in _similar(
            spill, numbers[free], some.source[free], compared, tell)]
    return np.concatenate([later for later, _ in pairs]), np.concatenate([earlier for _, earlier in pairs])


def plain_of(spill: Spill) -> Numbers:
    """What `plain` says of each record's question."""
    columns = (batch.column("plain") for _, batch in spill.batches())
    return np.concatenate([np.frombuffer(column.buffers()[1], "S16", len(column), 16 * column.offset)
                           for column in columns])


def _same(plain: Numbers, sources: Numbers) -> Pairs:
    """Each with the first of its source that asks the same, and the first of each source with the first of all."""
    asks = np.flatnonzero(plain != b"")
    _, first, same = np.unique(plain[asks], return_index=True, return_inverse=True)
    _, own, mine = np.unique(same * (int(sources.max(initial=0)) + 1) + sources[asks], return_index=True,
                             return_inverse=True)
    later, head = asks, asks[own[mine]]
    again = later != head
    heads = asks[own]
    firsts = asks[first[same[own]]]
    apart = heads != firsts
    return np.concatenate((later[again], heads[apart])), np.concatenate((head[again], firsts[apart]))


@dataclass(frozen=True)
class _Compared:
    """What of a record is compared, in which shingles, and from which similarity two belong together."""

    text: Callable[[Example], str]
    shingle: Shingle
    threshold: float


def _similar(spill: Spill, numbers: Numbers, sources: Numbers, compared: _Compared, tell: Tell) -> Iterator[Pairs]:
    """Pairs of records that are similar enough: within each source, then, if there are several, among all."""
    bands = _bands(spill, numbers, compared)
    searched = [np.flatnonzero(sources == source) for source in np.unique(sources)]
    turns = [*searched, np.arange(len(sources))] if len(searched) > 1 else searched
    for turn, places in enumerate(turns):
        found = search(bands[places], partial(_texts, spill, numbers[places], compared), compared.shingle,
                       compared.threshold, tell=partial(_turn, tell, turn, len(turns)))
        yield places[found.later], places[found.earlier]


def _turn(tell: Tell, turn: int, turns: int, done: float) -> None:
    tell((turn + done) / turns)


def _texts(spill: Spill, numbers: Numbers, compared: _Compared, rows: Numbers) -> list[str]:
    return [compared.text(one) for one in spill.examples(numbers[rows])]


def _bands(spill: Spill, numbers: Numbers, compared: _Compared) -> Numbers:
    """The bands of what is compared: uint32 of numbers x bands."""
    shape = banding(compared.threshold)
    bands: Numbers = np.zeros((len(numbers), shape.bands), np.uint32)
    places: Numbers = np.full(len(spill), -1, np.int64)
    places[numbers] = np.arange(len(numbers))
    for start, batch in spill.batches():
        at = places[start:start + batch.num_rows]
        texts = [compared.text(one) for one in from_table(batch.select(list(COLUMNS)).filter(pa.array(at >= 0)))]
        bands[at[at >= 0]] = signatures(shingles(texts, compared.shingle), shape)
    return bands

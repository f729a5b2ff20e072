"""The checks that need all records: run over a sample drawn by hash, or over compact columns where those will do."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from tunewright.core.examples import Example
from tunewright.data.compact import Compact, Numbers, codes
from tunewright.data.prepare import SHAPES
from tunewright.data.quality import bayes
from tunewright.data.quality.bayes import Bayes
from tunewright.data.quality.bounds import Figures, wanted
from tunewright.data.quality.conflicts import conflicts, loose
from tunewright.data.quality.noise import noise
from tunewright.data.quality.outliers import outliers
from tunewright.data.quality.said import said
from tunewright.data.quality.sample import Sample, Seen, drawn, sample
from tunewright.data.quality.told import Trigger
from tunewright.data.quality.triggers import Survey, held, triggers
from tunewright.data.spill import Spill
from tunewright.recipe.quality import QualitySpec

KINDS: dict[str, Callable[[Sample, Bayes | None], Figures]] = {
    "noise": noise, "outliers": lambda drawn_, _: outliers(drawn_)}
"""What measures every record of a sample by the others."""

OVER_ALL = (*KINDS, "conflicts", "triggers")
"""The checks that this file makes."""

_PIECE = 4096


def survey(spec: QualitySpec, compact: Compact, spill: Spill, kept: Numbers) -> Survey:
    """Look at the records numbered `kept`. Memory: some 4 KB for each of `spec.sample` records, 200 MB of weights at
    most, and 16 bytes for each record. Equal records give equal figures, whatever their order.
    """
    checks = wanted(spec, OVER_ALL)
    if not checks or not len(kept):
        return Survey()
    numbers = kept[drawn(compact.key[kept], spec.sample)]
    taken = sample(_seen(numbers, spill))
    model = None
    if {"noise", "triggers"} & set(checks) and len(taken.names) > 1:
        model = bayes.fit(taken.rows, taken.labels, len(taken.names), taken.folds)
    figures = {name: _spread(KINDS[name](taken, model), numbers, len(compact)) for name in KINDS if name in checks}
    found = tuple(triggers(taken, model)) if "triggers" in checks else ()
    if "conflicts" in checks:
        figures["conflicts"] = _conflicts(taken, numbers, compact, kept)
    if "triggers" in checks:
        figures["triggers"] = _held(found, spill, compact, kept)
    judged = "noise" in figures and model is not None and not np.isnan(figures["noise"]).all()
    wrong = round(model.noise * (1 - 1 / len(taken.names)), 4) if model and judged else None
    return Survey(figures, found, len(numbers), wrong)


def _seen(numbers: Numbers, spill: Spill) -> Iterator[Seen]:
    for number, example in _examples(numbers, spill):
        first = next(iter(example.messages or example.prompt), {"role": ""})
        yield Seen(number, *_asked(example), first["content"] if first["role"] == "system" else "")


def _asked(example: Example) -> tuple[str, str]:
    """What a record asks, and its label, or its answer where it has none; raw text asks itself."""
    turns = said(example)
    return "\n".join(turns.asked or turns.answered), example.label or (example.answer or "" if turns.asked else "")


def _examples(numbers: Numbers, spill: Spill) -> Iterator[tuple[int, Example]]:
    for begin in range(0, len(numbers), _PIECE):
        piece = numbers[begin:begin + _PIECE]
        yield from zip(piece.tolist(), spill.examples(piece), strict=True)


def _conflicts(taken: Sample, numbers: Numbers, compact: Compact, kept: Numbers) -> NDArray[np.float32]:
    """Among all records those that ask exactly the same; in the sample also those that ask it in other letters."""
    answers = np.where(compact.labelled[kept] > 0, codes(compact.labelled[kept])[0],
                       -1 - codes(compact.key[kept])[0])
    asks = np.where(compact.shape[kept] == SHAPES.index("preferences"), -1, codes(compact.asks[kept])[0])
    exact = _spread(conflicts(asks, answers), kept, len(compact))
    place = np.searchsorted(kept, numbers)
    loosely = codes(np.array([loose(f"{one.system}\n{one.asked}") for one in taken.seen], "S16"))[0]
    figures = conflicts(np.where(asks[place] < 0, -1, loosely), answers[place])
    exact[numbers] = np.maximum(exact[numbers], figures)
    return exact


def _held(found: tuple[Trigger, ...], spill: Spill, compact: Compact, kept: Numbers) -> NDArray[np.float32]:
    """How many triggers each record holds. All are read through for that, but only where there is a trigger."""
    figures = _spread(np.zeros(len(kept)), kept, len(compact))
    if found:
        for number, example in _examples(kept, spill):
            figures[number] = held(found, *_asked(example))
    return figures


def _spread(figures: Figures, numbers: Numbers, total: int) -> NDArray[np.float32]:
    """The figures of some records as a column over all."""
    column: NDArray[np.float32] = np.full(total, np.nan, np.float32)
    column[numbers] = figures
    return column

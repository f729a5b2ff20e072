"""What share of a model's weights each method trains in the papers that proposed it."""

from dataclasses import dataclass

from tunewright.recipe import PhaseSpec

SMALLEST = 60_000_000
"""The papers' models begin here (T5-small); on smaller ones every adapter's share is larger, which says nothing."""


@dataclass(frozen=True)
class Range:
    """Least and largest share of trainable weights, and who reports it."""

    low: float
    high: float
    source: str


RANGES = {
    "full": Range(1.0, 1.0, "every weight"),
    "lora": Range(0.00002, 0.025, "Hu et al. 2021: 0.003 % of GPT-3 to 0.3 % of RoBERTa; all-linear at rank 64: 2 %"),
    "qlora": Range(0.00002, 0.025, "Dettmers et al. 2023: 0.2 % of a 7B LLaMA is usual; all-linear at rank 64: 2 %"),
    "adapter": Range(0.005, 0.08, "Houlsby et al. 2019: 0.5 to 8 %, 3.6 % on GLUE"),
    "prefix": Range(0.001, 0.02, "Li and Liang 2021: 0.1 % for tables to text, 2 % for summaries"),
    "prompt": Range(0.0, 0.001, "Lester et al. 2021: under 0.1 %, under 0.01 % from a billion weights on"),
    "bitfit": Range(0.0001, 0.001, "Ben Zaken et al. 2021: 0.08 to 0.09 % of BERT"),
    "ia3": Range(0.00001, 0.001, "Liu et al. 2022: 0.01 % of T0-3B"),
}
"""The literature's ranges. `hybrid` has none: its share is what the pattern says."""


def outside(phase: PhaseSpec, trainable: int, parameters: int) -> str | None:
    """One sentence if the trainable share is not what the literature of the method reports; None if it is.

    None, too, for models smaller than any of the papers', and for biases that are added.
    """
    known = RANGES.get(phase.method)
    share = trainable / parameters
    if known is None or phase.added or parameters < SMALLEST or known.low <= share <= known.high:
        return None
    side = "below" if share < known.low else "above"
    return (f"{phase.method} trains {100 * share:.2g} % of the weights, {side} the {100 * known.low:.2g} to "
            f"{100 * known.high:.2g} % of its literature ({known.source})")

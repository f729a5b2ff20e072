"""The watch over a run: what is said of a loss that is no number, and of one that has left its level for good."""

import math
import statistics
from collections.abc import Mapping, Sequence

import torch

from tunewright.core.errors import Fault
from tunewright.train.job import Job

STREAK = 5
"""So many steps in a row far above the level are a divergence."""
_WINDOW, _FEWEST = 32, 8  # steps that make the level


def streak(rows: Sequence[Mapping[str, float]]) -> int:
    """How many of the last steps in a row, at most STREAK, lie far above the level of the steps before them.

    Far above is: ten times the level's spread, one unit of loss, and a quarter more than where the run began, all
    three, since a stop that was not needed costs more than one that comes some steps late. Twice where the run began
    and one more is far above in any case: a level that rises with the loss would never tell.
    """
    if len(rows) <= STREAK:
        return 0
    recent = [row["loss"] for row in rows[-_WINDOW - STREAK:]]
    before, start = recent[:-STREAK], statistics.median(row["loss"] for row in rows[:STREAK])
    bar = 2 * abs(start) + 1
    if len(before) >= _FEWEST:
        level = statistics.median(before)
        spread = 1.4826 * statistics.median(abs(loss - level) for loss in before)  # of a bell curve, its sigma
        bar = min(bar, max(level + 10 * spread, level + 1, 1.25 * start))
    last = [row["loss"] for row in rows[max(STREAK, len(rows) - STREAK):]]
    return next((at for at, loss in enumerate(reversed(last)) if loss <= bar), len(last))


def diverged(job: Job, rows: Sequence[Mapping[str, float]]) -> Fault:
    """What is said when the streak is full; `rows` are the metrics of every step so far."""
    first, rose = len(rows) - STREAK, rows[-STREAK]["loss"]
    indices = next(job.batches.since(first))
    level = statistics.median(row["loss"] for row in rows[max(0, first - _WINDOW):first])
    return Fault(f"train: the loss rose from {level:.3g} to {rose:.3g} at step {first + 1:,} "
                 f"({places(job, indices)}) and stayed up for {STREAK} steps, so the run stopped; the checkpoint from "
                 f"before stays: lower learning_rate (its peak is {job.rate:g}) or clip, or mend these records.")


def no_number(job: Job, when: str, indices: Sequence[int]) -> Fault:
    """What is said when the loss or its gradient is not finite; names the records that make it so."""
    guilty = [at for at in indices if not math.isfinite(_loss(job, at))]
    return Fault(f"train: the loss is no longer a number {when} ({places(job, guilty or indices)}), so the "
                 f"run stopped before the weights took harm: lower learning_rate (its peak is {job.rate:g}) or clip, "
                 "use precision fp32, or mend these records.")


@torch.no_grad()
def _loss(job: Job, index: int) -> float:
    return job.objective.loss(job.model, [job.rows[index]])[0].item()


def places(job: Job, indices: Sequence[int], most: int = 3) -> str:
    """Where records come from: `words.csv row 3, words.csv row 17 and 4 more`."""
    named = [_place(job, *job.rows[at].place) for at in indices[:most]]
    more = f" and {len(indices) - most:,} more" if len(indices) > most else ""
    return ", ".join(named) + more


def _place(job: Job, source: int, row: int) -> str:
    return f"{job.sources[source]} row {row}" if source < len(job.sources) else f"row {row}"
